"""Sends replies: in order within a chat, many chats at once, until each is known to be there.

What was sent is told to whoever keeps the books; nothing is decided here.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.conversation.reply import Message, Reply
from bot.followups.tick import Attempt
from bot.telegram import calls
from bot.telegram.attach import Made, bare, call, made, parts
from bot.telegram.line import never_left
from bot.telegram.pace import FOLLOW_UP, REPLY, Pace
from bot.telegram.render import chosen, keyboard

log = structlog.get_logger()
T = TypeVar("T")
Job = Callable[[], Awaitable[None]]

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
TAP_PAUSES = (1.0, 3.0, 0.0)
MOST_AT_ONCE = 48
"""Calls under way at once, but for urgent ones: some of the client's lines stay free for those."""
LONGEST_WAIT = 5.0
"""Seconds a follow-up waits for a chat that a 429 holds, before it is put off."""


class Outcome(StrEnum):
    """What became of a message; the closed set the rest of the house knows."""

    SENT = "sent"
    GONE = "gone"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A reply that is done with: `message_id` is what its last message became.

    None also where an earlier copy may have been seen: an answer to that one is older than the
    message we know, and is no early one.
    """

    reply: Reply
    outcome: Outcome
    message_id: int | None = None


class Sender:
    """A lane for each chat that has something to hear."""

    def __init__(self, bot: Bot, pace: Pace, tell: Callable[[Delivery], None]) -> None:
        self._bot = bot
        self._pace = pace
        self._tell = tell
        self._lanes: dict[tuple[int, bool], deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[int] = set()
        self._urgent: dict[int, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    def post(self, reply: Reply, *, again: bool = False) -> None:
        """Takes a reply to send, perhaps `again`; one already in hand is not taken twice."""
        if reply.id in self._in_hand:
            return
        self._in_hand.add(reply.id)
        if reply.pressed is not None and reply.pressed.query_id:
            # Beside the rest, not after it: the tapped button waits for this to stop spinning.
            self._start(self._answer_tap(reply.pressed.query_id, reply.toast))
        job = partial(self._handle, reply, again)
        self._line_up(reply.chat, job, urgent=reply.urgent)

    async def in_turn(self, chat: int, work: Job) -> None:
        """Does some work that writes to a chat first, in the chat's lane and at the pace for it.

        What is answered to a stop that arrives meanwhile then comes after it, never before.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def job() -> None:
            try:
                # Waits for its turn before the work begins, not within: what has begun when the
                # process ends has no known outcome.
                if self._pace.held(chat) <= LONGEST_WAIT:
                    await self._pace.wait(chat, FOLLOW_UP)
                await work()
            except Exception as error:  # noqa: BLE001 - it is handed to the one who waits
                done.set_exception(error)
            else:
                done.set_result(None)

        self._line_up(chat, job)
        await done

    async def once(self, chat: int, message: Message) -> Attempt:
        """Sends one message at most once, and says what is known about it. See `in_turn`."""
        attempt = Attempt.NOT_SENT
        for place, part in enumerate(parts(message)):
            attempt = await self._once(chat, part)
            if attempt is not Attempt.SENT:
                # What half of has been seen must not be said again from its beginning.
                half = place > 0 and attempt is Attempt.NOT_SENT
                return Attempt.UNCERTAIN if half else attempt
        return attempt

    async def _once(self, chat: int, part: Message) -> Attempt:
        if self._pace.held(chat) > LONGEST_WAIT:
            return Attempt.NOT_SENT
        file = await made(part)
        try:
            await call(self._bot, chat, part, file, disable_notification=True)
        except RetryAfter as error:
            self._pace.hold(chat, _seconds(error))
            return Attempt.NOT_SENT
        except Forbidden:
            return Attempt.GONE
        except (BadRequest, ChatMigrated) as error:
            return Attempt.GONE if _is_gone(error) else Attempt.REFUSED
        except TelegramError as error:
            return Attempt.NOT_SENT if never_left(error) else Attempt.UNCERTAIN
        return Attempt.SENT

    @property
    def in_hand(self) -> frozenset[int]:
        """The ids of replies taken and not yet done with."""
        return frozenset(self._in_hand)

    async def idle(self) -> None:
        """Returns when everything taken is done with."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Lets go at once; what was not sent is still owed."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _line_up(self, chat: int, job: Job, *, urgent: bool = False) -> None:
        # What is urgent has a lane of its own: the one before it may wait long for its turn.
        which = (chat, urgent)
        if which in self._lanes:
            self._lanes[which].append(job)
        else:
            self._lanes[which] = deque([job])
            task = self._start(self._drive(which))
            if urgent:
                self._urgent[chat] = task
                task.add_done_callback(lambda _: self._urgent.pop(chat, None))

    async def _drive(self, which: tuple[int, bool]) -> None:
        lane = self._lanes[which]
        try:
            while lane:
                try:
                    await lane.popleft()()
                except Exception as error:  # noqa: BLE001 - the next in the lane is still owed
                    log.error("lane.failed", error=type(error).__name__)  # noqa: TRY400 - no content
        finally:
            del self._lanes[which]

    async def _handle(self, reply: Reply, again: bool) -> None:
        try:
            delivery = await self._deliver(reply)
            if again:
                delivery = replace(delivery, message_id=None)
            if reply.messages or delivery.outcome is Outcome.GONE:
                self._tell(delivery)
        finally:
            self._in_hand.discard(reply.id)

    async def _deliver(self, reply: Reply) -> Delivery:
        message_id: int | None = None
        try:
            tapped = reply.pressed.message_id if reply.pressed else None
            if reply.redraw and tapped:
                await self._insist(
                    reply.chat,
                    partial(self._edit, reply.chat, tapped, keyboard(reply.messages[-1])),
                )
                return Delivery(reply, Outcome.SENT, tapped)
            for part in chain.from_iterable(map(parts, reply.messages)):
                message_id = await self._send(reply, part)
            if reply.chosen and tapped:
                await self._mark(reply.chat, tapped, chosen(reply.chosen))
            if reply.menu:
                await self._show_menu(reply)
        except Forbidden:
            return Delivery(reply, Outcome.GONE)
        except (BadRequest, ChatMigrated) as error:
            gone = _is_gone(error)
            if not gone:
                log.warning("telegram.refused", reply=reply.id, error=type(error).__name__)
            return Delivery(reply, Outcome.GONE if gone else Outcome.REFUSED)
        return Delivery(reply, Outcome.SENT, message_id)

    async def _send(self, reply: Reply, part: Message) -> int | None:
        perhaps_seen = False

        async def go(part: Message, file: Made, formatted: bool) -> int | None:
            nonlocal perhaps_seen
            if not reply.urgent:
                await self._pace.wait(reply.chat, REPLY)
                while urgent := self._urgent.get(reply.chat):
                    await asyncio.wait((urgent,))  # a 429 may hold it: the rest is not before it
            try:
                async with nullcontext() if reply.urgent else self._room:
                    sent = await call(self._bot, reply.chat, part, file, formatted=formatted)
            except TelegramError as error:
                perhaps_seen |= not isinstance(error, RetryAfter | BadRequest | Forbidden)
                raise
            return None if perhaps_seen else sent

        file = await made(part)
        # Better without italics than not at all; and better the words alone than none, for a voice
        # note may be known no more.
        ways = [(part, file, True), (part, file, False)]
        if part.attach:
            ways.append((bare(part), None, False))
        for way in ways[:-1]:
            try:
                return await self._insist(reply.chat, partial(go, *way))
            except BadRequest as error:
                if _is_gone(error):
                    raise
                log.warning("telegram.plainly", reply=reply.id, error=type(error).__name__)
        return await self._insist(reply.chat, partial(go, *ways[-1])) if ways[-1][0].text else None

    async def _edit(self, chat: int, message_id: int, markup: Any) -> None:
        """Changes buttons. Where they are so already, or the message is gone, nothing is lost."""
        try:
            here = {"chat_id": chat, "message_id": message_id, "reply_markup": markup}
            await calls.call(self._bot, "editMessageReplyMarkup", **here)
        except BadRequest as error:
            log.debug("telegram.buttons_left", error=type(error).__name__)

    async def _mark(self, chat: int, message_id: int, markup: Any) -> None:
        """Marks a question as answered, trying once: old buttons are harmless."""
        try:
            await self._edit(chat, message_id, markup)
        except Forbidden:
            raise
        except TelegramError as error:
            log.debug("telegram.buttons_left", error=type(error).__name__)

    async def _show_menu(self, reply: Reply) -> None:
        """Sets the commands shown in one chat, trying once: they work without being shown."""
        try:
            commands = [BotCommand(name, words) for name, words in reply.menu]
            await self._bot.set_my_commands(commands, scope=BotCommandScopeChat(reply.chat))
        except TelegramError as error:
            log.debug("telegram.no_menu", error=type(error).__name__)

    async def _insist(self, chat: int, go: Callable[[], Awaitable[T]]) -> T:
        """Tries until Telegram has answered, with growing pauses; a 429 holds only this chat."""
        pause = FIRST_PAUSE
        while True:
            try:
                return await go()
            except RetryAfter as error:
                self._pace.hold(chat, _seconds(error))
                await self._pace.timer.sleep(_seconds(error))
            except (BadRequest, Forbidden, InvalidToken, ChatMigrated):
                raise
            except (NetworkError, TelegramError) as error:
                log.warning("telegram.away", error=type(error).__name__, pause=pause)
                await self._pace.timer.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _answer_tap(self, query_id: str, toast: str | None) -> None:
        """Stops the button's spinning, trying for as long as it spins.

        "Query is too old" is no harm: what was tapped is counted without it.
        """
        for pause in TAP_PAUSES:
            try:
                told = {"callback_query_id": query_id, "text": toast[:200] if toast else None}
                await calls.call(self._bot, "answerCallbackQuery", **told)
            except TelegramError as error:
                log.debug("telegram.tap_not_answered", error=type(error).__name__)
                if isinstance(error, BadRequest | Forbidden):
                    return
                await self._pace.timer.sleep(pause)
            else:
                return


def _is_gone(error: TelegramError) -> bool:
    return "chat not found" in str(error).lower()


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return float(after if isinstance(after, int | float) else after.total_seconds())
