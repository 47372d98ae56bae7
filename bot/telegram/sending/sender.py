"""Sends replies: in order within a chat, many chats at once, until each is delivered.

Results are passed to the delivery log; nothing is decided here.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TypeVar

import structlog
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    RetryAfter,
    TelegramError,
)

from bot.concurrency import BoundedDict
from bot.domain.participant import ContentOwner
from bot.domain.send_result import ChatBusy
from bot.domain.visible_message import VisibleMessage
from bot.messages.reply import ClearChat, Message, Reply
from bot.store.availability import DatabaseUnavailable
from bot.telegram.sending.attachments import (
    CopyFactory,
    FileContent,
    VoiceLoader,
    call,
    fallbacks,
    no_copy,
    no_voice_kept,
    split_for_caption,
)
from bot.telegram.sending.chat_cleaner import ChatCleaner
from bot.telegram.sending.chat_queues import ChatQueues, Job
from bot.telegram.sending.chat_ui import ChatUi
from bot.telegram.sending.delivery import Delivery, DeliveryStatus, ReplyWithdrawn
from bot.telegram.sending.message_edits import MessageEdits
from bot.telegram.sending.pending_replies import PendingReplies
from bot.telegram.sending.rate_limiter import FOLLOW_UP, REPLY, STRANGER, RateLimiter
from bot.telegram.sending.retries import PATIENCE, URGENT_PATIENCE, GaveUp, Retries
from bot.telegram.sending.send_once import LONGEST_WAIT, SingleSender, is_gone

log = structlog.get_logger()
T = TypeVar("T")

MOST_AT_ONCE = 48
"""Calls in flight at once, except urgent ones: some of the client's connections stay free for
those."""
TROUBLED_FOR = 600.0
"""Seconds after a reply was given up in which no follow-up is tried in the chat."""
MOST_SEEN = 1_000
"""Replies given up half-way whose delivered parts are remembered."""
FRESH = 0.25
"""Seconds in the queue after which a reply asks whether another process received a stop."""


async def _always(_whose: ContentOwner) -> bool:
    return True


async def _alone(_chat: int, _reply: int) -> bool:
    return False


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
        self._queues = ChatQueues(self._on_empty)
        self._ui = ChatUi(bot, pace.timer)
        self.edits = MessageEdits(bot, pace, self._ui)
        self._pending = PendingReplies(pace.timer)
        self.stopped_elsewhere: Callable[[int, int], Awaitable[bool]] = _alone
        """Whether another process received a stop in a chat after a reply (by its id) was
        committed."""
        self._insistence = Retries(pace)
        self._troubled: dict[int, float] = {}
        self._given_up: set[int] = set()  # chats whose queue was released
        self._seen: BoundedDict[int, tuple[Message, ...]] = BoundedDict(MOST_SEEN)
        # Parts already delivered of replies that were given up half-way.
        self.turn_within = LONGEST_WAIT
        self._room = asyncio.Semaphore(MOST_AT_ONCE)

    def send(self, reply: Reply, *, again: bool = False) -> None:
        """Enqueues a reply, perhaps `again`; one in flight is not enqueued twice."""
        if reply in self._pending:
            return
        if not self._pending.add(reply):
            self._tell(Delivery(reply, DeliveryStatus.DROPPED))
            return
        if reply.stops:
            self._insistence.wake(reply.chat)  # the queue's pause after an error ends
        if reply.button_press is not None and reply.button_press.query_id:
            # In parallel, not after it: the tapped button waits for this to stop spinning.
            self._queues.start(self._ui.answer_tap(reply.button_press.query_id, reply.toast))
        job = partial(self._handle, reply, again)
        self._queues.enqueue(reply.chat, job, urgent=reply.urgent)

    async def run_in_queue(self, chat: int, work: Job) -> None:
        """Runs work that sends to a chat, in the chat's queue and at its rate limit.

        The answer to a stop that arrives meanwhile is then sent after it, never before.

        Raises:
            ChatBusy: when the turn does not come within seconds; the work was not started.
        """
        if self._pace.blocked_for(chat) > LONGEST_WAIT or self._is_troubled(chat):
            raise ChatBusy
        await self._queues.run(chat, partial(self._in_turn, chat, work), self.turn_within)

    async def _in_turn(self, chat: int, work: Job) -> None:
        if chat in self._given_up or self._pace.blocked_for(chat) > LONGEST_WAIT:
            raise ChatBusy
        # Waits for its turn before the work begins, not within: work that has begun when the
        # process ends has no known outcome.
        await self._pace.acquire(chat, FOLLOW_UP)
        await work()

    def _is_troubled(self, chat: int) -> bool:
        """Whether a reply to a chat was given up lately: a follow-up would be lost, too."""
        now = self._pace.timer.now()
        if self._troubled and len(self._troubled) > MOST_SEEN:
            self._troubled = {c: until for c, until in self._troubled.items() if until > now}
        return self._troubled.get(chat, now) > now

    @property
    def in_flight(self) -> frozenset[int]:
        """The ids of replies enqueued and not yet finished."""
        return self._pending.ids

    def _on_empty(self, chat: int) -> None:
        self._given_up.discard(chat)
        self._insistence.forget(chat)

    async def wait_idle(self) -> None:
        """Returns when every enqueued reply is finished."""
        await self._queues.wait_idle()

    async def close(self) -> None:
        """Stops at once; what was not sent is still in the outbox."""
        await self._queues.close()

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
            self._pending.finish(reply)

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
            if self.edits.is_edit(reply):
                return so(*await self.edits.make(reply, self._with_retries, self.hide))
            message_id = await self._say_parts(reply, stands)
            if self._pending.is_dropped(reply):
                return so(DeliveryStatus.DROPPED)
            if reply.deletes_incoming:
                gone = await self._ui.delete_answered(reply)
            await self._ui.update(reply)
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
                if self._pending.is_dropped(reply):
                    break
                message_id = await self._send(reply, part, stands)
                done += 1
        except GaveUp:
            self._stands(reply.chat, tuple(stands))
            if done:
                self._seen[reply.id] = whole[:done]
            raise
        return message_id

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

    async def _send(self, reply: Reply, part: Message, stands: list[VisibleMessage]) -> int | None:
        perhaps_seen = False

        async def go(part: Message, file: FileContent, formatted: bool) -> int | None:
            nonlocal perhaps_seen
            if not reply.urgent:
                await self._pace.acquire(reply.chat, STRANGER if reply.low_priority else REPLY)
                while urgent := self._queues.urgent_in(reply.chat):
                    await asyncio.wait((urgent,))  # a 429 may block it: the rest does not go first
            if self._pending.is_dropped(reply) or await self._stopped_since(reply):
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
            stands.append(VisibleMessage(sent.message_id, True, sent.date, alert_id=part.alert_id))
            return None if perhaps_seen else sent.message_id

        ways = await fallbacks(part, self._kept, self._copy)
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
        if self._pending.waited(reply) < FRESH:
            return False
        with suppress(DatabaseUnavailable):  # the stop itself waits for the database too
            if await self.stopped_elsewhere(reply.chat, reply.id):
                self._pending.drop(reply)
        return self._pending.is_dropped(reply)

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

    async def _with_retries(
        self, chat: int, go: Callable[[], Awaitable[T]], urgent: bool = False
    ) -> T:
        patience = URGENT_PATIENCE if urgent else PATIENCE
        return await self._insistence.call(chat, go, patience)


def _theirs(number: int, at: float) -> VisibleMessage:
    return VisibleMessage(number, False, dt.datetime.fromtimestamp(at, dt.UTC))
