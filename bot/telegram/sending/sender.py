"""Sends replies: in order within a chat, many chats at once, until each is delivered.

Results are passed to the delivery log; nothing is decided here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
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
    RetryAfter,
    TelegramError,
)

from bot.domain.participant import ContentOwner
from bot.domain.send_result import DatabaseBusy
from bot.domain.visible_message import VisibleMessage
from bot.messages.reply import ClearChat, DataCopy, Message, Reply, VoiceNote
from bot.store.availability import DatabaseUnavailable
from bot.store.repositories.delivery.voice_note_repository import VoiceNoteDeleted
from bot.telegram.sending import bot_api
from bot.telegram.sending.attachments import (
    CopyFactory,
    FileContent,
    VoiceLoader,
    call,
    no_copy,
    no_voice_kept,
    prepare_file,
    split_for_caption,
    text_only,
)
from bot.telegram.sending.chat_cleaner import ChatCleaner
from bot.telegram.sending.rate_limiter import FOLLOW_UP, REPLY, STRANGER, RateLimiter
from bot.telegram.sending.rendering import chosen, keyboard
from bot.telegram.sending.retries import PATIENCE, URGENT_PATIENCE, GaveUp, Retries
from bot.telegram.sending.send_once import LONGEST_WAIT, SingleSender, is_gone

log = structlog.get_logger()
T = TypeVar("T")
Job = Callable[[], Awaitable[None]]

TAP_PAUSES = (1.0, 3.0, 0.0)
MOST_AT_ONCE = 48
"""Calls in flight at once, except urgent ones: some of the client's connections stay free for
those."""
MOST_STRANGERS = 2_000
"""First greetings queued at once: over a minute of sending. More are dropped."""
TROUBLED_FOR = 600.0
"""Seconds after a reply was given up in which no follow-up is tried in the chat."""
MOST_SEEN = 1_000
"""Replies given up half-way whose delivered parts are remembered."""
FRESH = 0.25
"""Seconds in the queue after which a reply asks whether another process received a stop."""


class DeliveryStatus(StrEnum):
    """What became of a message; the closed set that other modules know."""

    SENT = "sent"
    BLOCKED = "gone"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A finished reply: `message_id` is what its last message became.

    None also where an earlier copy may have been seen: an answer to that one is older than the
    message we know, and is not early. `visible` are all messages that are in the chat since, the
    bot's and those of the participant that are not recorded yet; `deleted` are those deleted.
    """

    reply: Reply
    status: DeliveryStatus
    message_id: int | None = None
    visible: tuple[VisibleMessage, ...] = ()
    deleted: tuple[int, ...] = ()


async def _always(_whose: ContentOwner) -> bool:
    return True


async def _alone(_chat: int, _reply: int) -> bool:
    return False


class ReplyWithdrawn(Exception):
    """The reply's content was withdrawn before it was sent; the rest of it is not sent either."""


class Sender(SingleSender):
    """One queue per chat with pending messages.

    `may` tells whether a participant's answers may still be shown, asked right before each message
    that contains some; `copy` makes a file of everything stored about them.
    """

    def __init__(
        self,
        bot: Bot,
        pace: RateLimiter,
        tell: Callable[[Delivery], None],
        kept: VoiceLoader = no_voice_kept,
        *,
        may: Callable[[ContentOwner], Awaitable[bool]] = _always,
        copy: CopyFactory = no_copy,
        clearer: ChatCleaner | None = None,
        stands: Callable[[int, tuple[VisibleMessage, ...]], None] = lambda _chat, _said: None,
    ) -> None:
        """`tell` receives deliveries; `stands` receives follow-ups, which are not in the outbox."""
        super().__init__(bot, pace, kept, copy, stands)
        self._tell = tell
        self._may = may
        self._clearer = clearer
        self._queues: dict[tuple[int, bool], deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: set[int] = set()
        # not urgent: by id, with the time of enqueueing
        self._lined_up: dict[int, tuple[Reply, float]] = {}
        self.stopped_elsewhere: Callable[[int, int], Awaitable[bool]] = _alone
        """Whether another process received a stop in a chat after a reply (by its id) was
        committed."""
        self._insistence = Retries(pace)
        self._troubled: dict[int, float] = {}
        self._given_up: set[int] = set()  # chats whose queue was released
        self._seen: OrderedDict[int, tuple[Message, ...]] = OrderedDict()
        # Parts already delivered of replies that were given up half-way.
        self._dropped: set[int] = set()
        self._strangers: set[int] = set()
        self._urgent: dict[int, asyncio.Task[None]] = {}
        self.turn_within = LONGEST_WAIT
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    def send(self, reply: Reply, *, again: bool = False) -> None:
        """Enqueues a reply, perhaps `again`; one in flight is not enqueued twice."""
        if reply.id in self._in_hand:
            return
        # A participant in danger may write for the first time, and never waits behind greetings.
        greets = reply.low_priority and not reply.urgent
        if greets and len(self._strangers) >= MOST_STRANGERS:
            self._tell(Delivery(reply, DeliveryStatus.DROPPED))
            return
        if reply.supersedes_queue:
            # The chat has passed to another participant: what still waits was for the previous one.
            self._dropped |= {i for i, (r, _) in self._lined_up.items() if r.chat == reply.chat}
        if reply.stops:
            self._discard_queue(reply.chat)
        if greets:
            self._strangers.add(reply.id)
        if not reply.urgent:
            self._lined_up[reply.id] = reply, self._pace.timer.now()
        self._in_hand.add(reply.id)
        if reply.button_press is not None and reply.button_press.query_id:
            # In parallel, not after it: the tapped button waits for this to stop spinning.
            self._start(self._answer_tap(reply.button_press.query_id, reply.toast))
        job = partial(self._handle, reply, again)
        self._enqueue(reply.chat, job, urgent=reply.urgent)

    def _discard_queue(self, chat: int) -> None:
        """Drops what is queued for a chat that has stopped, and ends the pause of its queue.

        Messages to a worker about cases do not depend on the worker's own check-ins.
        """
        waiting = (r for r, _ in self._lined_up.values() if r.chat == chat and not r.standalone)
        self._dropped |= {reply.id for reply in waiting}
        self._insistence.wake(chat)

    async def run_in_queue(self, chat: int, work: Job) -> None:
        """Runs work that sends to a chat, in the chat's queue and at its rate limit.

        The answer to a stop that arrives meanwhile is then sent after it, never before.

        Raises:
            DatabaseBusy: when the turn does not come within seconds; the work was not started.
        """
        if self._pace.blocked_for(chat) > LONGEST_WAIT or self._is_troubled(chat):
            raise DatabaseBusy
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        begun = left = False

        async def job() -> None:
            nonlocal begun
            if left:
                return
            begun = True
            try:
                if chat in self._given_up or self._pace.blocked_for(chat) > LONGEST_WAIT:
                    raise DatabaseBusy  # noqa: TRY301 - for the one who waits
                # Waits for its turn before the work begins, not within: work that has begun when
                # the process ends has no known outcome.
                await self._pace.acquire(chat, FOLLOW_UP)
                await work()
            except Exception as error:  # noqa: BLE001 - it is handed to the one who waits
                done.set_exception(error)
            else:
                done.set_result(None)

        self._enqueue(chat, job)
        await asyncio.wait((done,), timeout=self.turn_within)
        if not (begun or done.done()):
            left = True
            raise DatabaseBusy
        await done

    def _is_troubled(self, chat: int) -> bool:
        """Whether a reply to a chat was given up lately: a follow-up would be lost, too."""
        now = self._pace.timer.now()
        if self._troubled and len(self._troubled) > MOST_SEEN:
            self._troubled = {c: until for c, until in self._troubled.items() if until > now}
        return self._troubled.get(chat, now) > now

    @property
    def in_flight(self) -> frozenset[int]:
        """The ids of replies enqueued and not yet finished."""
        return frozenset(self._in_hand)

    async def wait_idle(self) -> None:
        """Returns when every enqueued reply is finished."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stops at once; what was not sent is still in the outbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _enqueue(self, chat: int, job: Job, *, urgent: bool = False) -> None:
        # Urgent replies have a queue of their own: the one ahead may wait long for its turn.
        which = (chat, urgent)
        if which in self._queues:
            self._queues[which].append(job)
        else:
            self._queues[which] = deque([job])
            task = self._start(self._drain(which))
            if urgent:
                self._urgent[chat] = task
                task.add_done_callback(lambda _: self._urgent.pop(chat, None))

    async def _drain(self, which: tuple[int, bool]) -> None:
        lane = self._queues[which]
        try:
            while lane:
                try:
                    await lane.popleft()()
                except Exception as error:  # noqa: BLE001 - the next in the queue must be sent
                    log.error("lane.failed", error=type(error).__name__)  # noqa: TRY400 - no content
        finally:
            del self._queues[which]
            self._given_up.discard(which[0])
            self._insistence.forget(which[0])

    async def _handle(self, reply: Reply, again: bool) -> None:
        try:
            delivery = await self._deliver(reply)
            if again:
                delivery = replace(delivery, message_id=None)
            if (
                reply.messages
                or reply.clear
                or delivery.deleted
                or delivery.status is DeliveryStatus.BLOCKED
            ):
                self._tell(delivery)
        except ReplyWithdrawn:
            # Removed from the outbox; if the database could not be asked, it stays there.
            log.info("reply.withdrawn", reply=reply.id)
        except GaveUp:
            log.warning("reply.given_up", reply=reply.id)  # stays in the outbox for a later round
            self._troubled[reply.chat] = self._pace.timer.now() + TROUBLED_FOR
            if not reply.urgent:
                self._given_up.add(reply.chat)
        else:
            self._troubled.pop(reply.chat, None)
        finally:
            self._in_hand.discard(reply.id)
            self._lined_up.pop(reply.id, None)
            self._strangers.discard(reply.id)
            self._dropped.discard(reply.id)

    async def _deliver(self, reply: Reply) -> Delivery:
        """Sends a reply.

        Raises:
            GaveUp: it stays in the outbox, and so does what comes after it, which must not come
                before it.
            ReplyWithdrawn: it leaves the outbox.
        """
        if reply.chat in self._given_up and not (reply.urgent or reply.stops):
            raise GaveUp
        message_id: int | None = None
        stands: list[VisibleMessage] = [_theirs(*heard) for heard in reply.incoming_ids]
        gone: tuple[int, ...] = ()

        def so(outcome: DeliveryStatus, last: int | None = None) -> Delivery:
            rest = tuple(said for said in stands if said.message_id not in gone)
            return Delivery(reply, outcome, last, rest, gone)

        try:
            reply = await self._cleared(reply)
            tapped = reply.button_press.message_id if reply.button_press else None
            if reply.edit_keyboard_only and tapped:
                await self._with_retries(
                    reply.chat,
                    partial(
                        self._edit, reply.chat, tapped, keyboard(reply.messages[-1], self.hide)
                    ),
                )
                return so(DeliveryStatus.SENT, tapped)
            message_id = await self._say_parts(reply, stands)
            if reply.id in self._dropped:
                return so(DeliveryStatus.DROPPED)
            if reply.deletes_incoming:
                gone = await self._delete_messages(reply)
            await self._update_chat_ui(reply, tapped)
        except Forbidden:
            return so(DeliveryStatus.BLOCKED)
        except (BadRequest, ChatMigrated) as error:
            no_chat = is_gone(error)
            if not no_chat:
                log.warning("telegram.refused", reply=reply.id, error=type(error).__name__)
            return so(DeliveryStatus.BLOCKED if no_chat else DeliveryStatus.REFUSED)
        return so(DeliveryStatus.SENT, message_id)

    async def _say_parts(self, reply: Reply, stands: list[VisibleMessage]) -> int | None:
        """Sends the parts of a reply not delivered yet; returns the last part's message id."""
        message_id: int | None = None
        whole = tuple(chain.from_iterable(map(split_for_caption, reply.messages)))
        shown = self._seen.pop(reply.id, ())
        done = len(shown) if whole[: len(shown)] == shown else 0
        try:
            for part in whole[done:]:
                if reply.id in self._dropped:
                    break
                message_id = await self._send(reply, part, stands)
                done += 1
        except GaveUp:
            self._stands(reply.chat, tuple(stands))
            self._note_seen(reply, whole[:done])
            raise
        return message_id

    def _note_seen(self, reply: Reply, shown: tuple[Message, ...]) -> None:
        """Remembers the delivered parts of a reply, so that a later round does not resend them."""
        if shown:
            self._seen[reply.id] = shown
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)

    async def _update_chat_ui(self, reply: Reply, tapped: int | None) -> None:
        """Marks the tapped question as answered, and shows the commands available now."""
        if reply.chosen_label and tapped:
            await self._mark(reply.chat, tapped, chosen(reply.chosen_label))
        if reply.commands:
            await self._show_menu(reply)

    async def _cleared(self, reply: Reply) -> Reply:
        """Clears the chat if requested, and chooses the reply that reports it."""
        if reply.blank_text and self._clearer is not None:
            await self._clearer.clear_chat(
                reply.chat, ClearChat(reply.blank_text), self._with_retries
            )
        if reply.clear is None or self._clearer is None:
            return reply
        whole = await self._clearer.clear_chat(reply.chat, reply.clear, self._with_retries)
        return replace(reply, messages=reply.messages[:1] if whole else reply.messages[1:])

    async def _delete_messages(self, reply: Reply) -> tuple[int, ...]:
        """Deletes answered messages from a shared phone, trying once: see `chat_cleaner`."""
        ids = [number for number, _ in reply.incoming_ids]
        try:
            await self._bot.delete_messages(reply.chat, ids)
        except TelegramError as error:
            log.info("telegram.not_taken_away", reply=reply.id, error=type(error).__name__)
            return ()
        return tuple(ids)

    async def _send(self, reply: Reply, part: Message, stands: list[VisibleMessage]) -> int | None:
        perhaps_seen = False

        async def go(part: Message, file: FileContent, formatted: bool) -> int | None:
            nonlocal perhaps_seen
            if not reply.urgent:
                await self._pace.acquire(reply.chat, STRANGER if reply.low_priority else REPLY)
                while urgent := self._urgent.get(reply.chat):
                    await asyncio.wait((urgent,))  # a 429 may block it: the rest does not go first
            if reply.id in self._dropped or await self._stopped_since(reply):
                return None
            await self._check_visibility(reply)
            try:
                async with nullcontext() if reply.urgent else self._room:
                    quiet = {"disable_notification": True} if reply.silent else {}
                    sent = await call(
                        self._bot,
                        reply.chat,
                        part,
                        file,
                        formatted=formatted,
                        hide=self.hide,
                        **quiet,
                    )
            except TelegramError as error:
                perhaps_seen |= not isinstance(error, RetryAfter | BadRequest | Forbidden)
                raise
            stands.append(VisibleMessage(sent.message_id, True, sent.date))
            return None if perhaps_seen else sent.message_id

        ways = await self._fallbacks(part)
        for way in ways[:-1]:
            try:
                return await self._with_retries(reply.chat, partial(go, *way), reply.urgent)
            except BadRequest as error:
                if is_gone(error):
                    raise
                log.warning("telegram.plainly", reply=reply.id, error=type(error).__name__)
        if not ways[-1][0].text:
            return None
        return await self._with_retries(reply.chat, partial(go, *ways[-1]), reply.urgent)

    async def _stopped_since(self, reply: Reply) -> bool:
        """Whether another process received a stop while a reply was queued; it is then dropped."""
        if reply.urgent or reply.stops or reply.standalone:
            return False
        _, since = self._lined_up[reply.id]
        if self._pace.timer.now() - since < FRESH:
            return False
        with suppress(DatabaseUnavailable):  # the stop itself waits for the database too
            if await self.stopped_elsewhere(reply.chat, reply.id):
                self._dropped.add(reply.id)
        return reply.id in self._dropped

    async def _fallbacks(self, part: Message) -> list[tuple[Message, FileContent, bool]]:
        """The ways to send a part, best first: with which attachment, and whether formatted."""
        if part.attachment is None:
            return [(part, None, True), (part, None, False)]
        try:
            file = await prepare_file(part, self._kept, self._copy)
        except VoiceNoteDeleted:
            return [(text_only(part), None, False)]
        if file is None and isinstance(part.attachment, DataCopy):
            raise ReplyWithdrawn
        # Better without formatting than not at all; better the text alone than nothing, for a voice
        # note may be known no more.
        ways = [(part, file, True), (part, file, False)]
        if isinstance(part.attachment, VoiceNote) and isinstance(file, bytes):
            ways.append((part, part.attachment.file_id, False))
        return [*ways, (text_only(part), None, False)]

    async def _check_visibility(self, reply: Reply) -> None:
        """Checks that the reply's content has not been withdrawn.

        Raises:
            ReplyWithdrawn: when it was, or when that cannot be determined.
        """
        if reply.owner is None:
            return
        try:
            may = await self._may(reply.owner)
        except DatabaseUnavailable:
            may = reply.owner.content_version is None  # better to send an alert than not
        if not may:
            raise ReplyWithdrawn

    async def _edit(self, chat: int, message_id: int, markup: Any) -> None:
        """Edits buttons; ignores a keyboard that is unchanged and a message that is deleted."""
        try:
            here = {"chat_id": chat, "message_id": message_id, "reply_markup": markup}
            await bot_api.call(self._bot, "editMessageReplyMarkup", **here)
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
            commands = [BotCommand(name, words) for name, words in reply.commands]
            await self._bot.set_my_commands(commands, scope=BotCommandScopeChat(reply.chat))
        except TelegramError as error:
            log.debug("telegram.no_menu", error=type(error).__name__)

    async def _with_retries(
        self, chat: int, go: Callable[[], Awaitable[T]], urgent: bool = False
    ) -> T:
        patience = URGENT_PATIENCE if urgent else PATIENCE
        return await self._insistence.call(chat, go, patience)

    async def _answer_tap(self, query_id: str, toast: str | None) -> None:
        """Answers the callback query, retrying for as long as the button spins.

        "Query is too old" is no harm: the tap counts without it.
        """
        for pause in TAP_PAUSES:
            try:
                told = {"callback_query_id": query_id, "text": toast[:200] if toast else None}
                await bot_api.call(self._bot, "answerCallbackQuery", **told)
            except TelegramError as error:
                log.debug("telegram.tap_not_answered", error=type(error).__name__)
                if isinstance(error, BadRequest | Forbidden):
                    return
                await self._pace.timer.sleep(pause)
            else:
                return


def _theirs(number: int, at: float) -> VisibleMessage:
    return VisibleMessage(number, False, dt.datetime.fromtimestamp(at, dt.UTC))
