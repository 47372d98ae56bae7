"""Dispatches a batch of updates: finds the route of each, runs it, commits all at once.

The order of precedence is the table in `routes`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.conversation import chat_menu, reachability, resume
from bot.conversation.context import Context
from bot.conversation.identity import shared_phone
from bot.conversation.last_asked import to_store
from bot.conversation.lookups import Lookups
from bot.conversation.safety import late_replies
from bot.dispatch import context_loading, from_memory, pasted_links, routes
from bot.dispatch.batch_processing import BatchProcessor
from bot.dispatch.chat_memory import ChatMemory, asked_by
from bot.dispatch.classify import classify, with_classification
from bot.dispatch.handlers import MalformedUpdateError
from bot.dispatch.recent_messages import RecentMessages
from bot.dispatch.routes import Route
from bot.domain.visible_message import VisibleMessage
from bot.messages import reply_codec
from bot.messages.callback_data import from_base36
from bot.messages.incoming import BotBlocked, GroupMessage, IncomingUpdate
from bot.messages.reply import Reply
from bot.store.database import Database
from bot.store.unit_of_work import UnitOfWork
from bot.workers import accounts

log = structlog.get_logger()


class Dispatcher:
    """Runs updates through their routes, and enqueues the replies."""

    def __init__(self, store: Database, env: Environment, clock: Clock) -> None:
        self._store = store
        self._env = env
        self._clock = clock
        self.memory = ChatMemory()
        self.on_late_replies: Callable[[], None] = lambda: None
        """Called after the commit when there are replies to send which are late already."""
        self.on_route: Callable[[IncomingUpdate, Route], None] = lambda _update, _route: None
        """Called with the route of each update, before it runs."""
        self.recent_messages = RecentMessages()
        self._taking = BatchProcessor(
            self._process_batch, self._dead_letter, self._waits_for_nobody
        )

    async def chat_blocked(self, chat: int) -> None:
        """Treats a blocked chat as a stop.

        Raises:
            DatabaseUnavailable: nothing was processed.
        """
        async with self._store.unit_of_work() as uow:
            people = await uow.participants.load([chat])
            await uow.cases.release(chat)
            await reachability.mark_unreachable(uow, chat, self._clock())
            gone, now = IncomingUpdate(0, chat, BotBlocked(), self._clock()), self._clock()
            known = Lookups(inactive_participants=uow.participants.inactive.get(chat, []))
            ctx = Context(gone, people.get(chat), uow, now, self._env, lookups=known)
            await shared_phone.stop_all(ctx, "block")

    async def process(self, updates: Sequence[IncomingUpdate]) -> list[Reply]:
        """Processes updates of different chats together; returns the replies to send.

        Everything is committed when this returns. If something in the batch fails, each is
        processed alone, and one that fails again becomes a dead letter with a kind reply, so that
        it blocks no other.

        Raises:
            PartiallyProcessed: some wait for a retry, for a key or for a lock on their rows.
            DatabaseUnavailable: nothing was processed; the same updates can be brought again.
        """
        # Again for callers other than the update processor, such as a terminal: it is idempotent.
        opened = [pasted_links.as_opened(a, self._env) for a in updates]
        return await self._taking.process([with_classification(a, self._env) for a in opened])

    async def _process_batch(
        self, updates: Sequence[IncomingUpdate], *, hurry: bool = False
    ) -> list[Reply]:
        now = self._clock()
        replies: list[Reply] = []
        async with self._store.unit_of_work(hurry=hurry) as uow:
            fresh = await uow.inbox.deduplicate([a.update_id for a in updates], now)
            new = [a for a in updates if a.update_id in fresh]
            private = [a for a in new if not isinstance(a.content, GroupMessage)]
            contexts = await context_loading.load_contexts(
                uow, private, self._env, now, self.memory, self.recent_messages
            )
            groups = [a for a in new if isinstance(a.content, GroupMessage)]
            contexts += [Context(a, None, uow, now, self._env) for a in groups]
            for ctx in contexts:
                await self._process_one(ctx)
                replies += ctx.replies()
            replies = [r for r in replies if r.messages or r.button_press or r.deletes_incoming]
            written = {a.chat: a.sent_at for a in new if late_replies.is_late(a.sent_at, now)}
            enqueue_replies(uow, replies, now, written)
        for ctx in contexts:  # what was not committed, and comes again, has not happened
            self.memory.record_press(ctx.update, now)
            if not ctx.unnoticed:
                self.memory.remember(ctx)
            if ctx.participant is not None:  # recorded now, for good
                self.recent_messages.discard(
                    ctx.update.chat, [s.message_id for s in ctx.unsaved_message_ids]
                )
        if written:
            self.on_late_replies()
        return [r for r in replies if r.chat not in written or not r.messages]

    async def _process_one(self, ctx: Context) -> None:
        """Finds the route of one update, runs it, and records what follows for its chat."""
        if ctx.participant is not None and ctx.participant.chat_id != ctx.update.chat:
            ctx.participant = None  # in this very batch they have moved to another phone
        before, was = ctx.participant, chat_menu.language_of(ctx.participant)
        route = routes.route_of(ctx)
        self.on_route(ctx.update, route)
        await resume.follow(ctx, await routes.run(route, ctx))
        _say_toast(ctx)
        ctx.unnoticed = route.unnoticed
        if route.unnoticed:
            if not isinstance(ctx.update.content, GroupMessage):
                self._record_visible(ctx)  # so that it can be cleared with the rest
            return
        accounts.menu_follows(ctx, known=before is not None)
        chat_menu.follow(ctx, before, was)
        await self._keep_early_stop(ctx)
        _store_asked(ctx)
        if ctx.stops:
            ctx.uow.outbox.clear(ctx.update.chat)
        self._record_visible(ctx)

    @staticmethod
    async def _keep_early_stop(ctx: Context) -> None:
        """Records a stop before consent, or deletes it once they have started again."""
        chat, way, participant = ctx.update.chat, ctx.onboarding, ctx.participant
        in_their_row = participant is not None and participant.moved_at == ctx.now
        if way is not None and way.is_stop and way != ctx.stopped_at and not in_their_row:
            await ctx.uow.early_stops.add(chat, from_base36(way.path), ctx.now)
        elif ctx.stopped_at is not None and (way is None or not way.is_stop):
            await ctx.uow.early_stops.remove(chat)

    def _record_visible(self, ctx: Context) -> None:
        """Records the visible messages: in the database after consent, else in memory."""
        update = ctx.update
        said = update.message_id
        theirs = (VisibleMessage(said, False, update.sent_at),) if said is not None else ()
        if ctx.participant is not None:
            ctx.uow.chat_messages.record(ctx.participant, (*ctx.unsaved_message_ids, *theirs))
        elif theirs:
            self.recent_messages.add(update.chat, theirs)

    def _waits_for_nobody(self, update: IncomingUpdate) -> bool:
        """Whether this is done at once even where a key is missing: a stop is a stop."""
        return classify(update, self._env).asks_to_stop

    async def _dead_letter(self, update: IncomingUpdate, error: Exception) -> list[Reply]:
        """Stores an update that cannot be processed as a dead letter, with a kind reply."""
        now = self._clock()
        async with self._store.unit_of_work() as uow:
            await uow.inbox.deduplicate([update.update_id], now)
            body = update.raw_json().encode()
            what = str(error) if isinstance(error, MalformedUpdateError) else type(error).__name__
            uow.dead_letters.add(update.update_id, update.chat, what, body, now)
            log.error("update.set_aside", update=update.update_id, error=what)
            self.memory.say_aside(update.chat, None, now)
            replies: list[Reply] = []
            kind = classify(update, self._env).danger
            if update.message_id is not None:
                self.recent_messages.add(
                    update.chat, (VisibleMessage(update.message_id, False, update.sent_at),)
                )
            if update.chat and kind is not None and not update.answered_from_memory():
                # Whatever failed, a participant in danger is answered.
                replies = [from_memory.danger_answer(update, kind, self._env, self.memory, now)]
                enqueue_replies(uow, replies, now)
            elif update.chat:
                ctx = Context(update, None, uow, now, self._env)
                ctx.language = self.memory.language_of(update.chat)
                if classify(update, self._env).asks_to_stop:
                    await uow.participants.stop_blindly(update.chat, now)
                    ctx.stops = True
                ctx.say_safely("stopped_bare" if ctx.stops else "set_aside")
                replies = [ctx.reply()]
                enqueue_replies(uow, replies, now)
        return replies


def _store_asked(ctx: Context) -> None:
    """Stores what was asked of a participant last, for the process that gets the answer.

    Not while a deletion is pending: nothing more is stored then.
    """
    participant, found = ctx.participant, asked_by(ctx)
    ctx.asks = found
    if participant is None or found is None or participant.delete_at is not None:
        return
    live = participant.open_checkin
    moved_at = ctx.uow.checkins.moved_at(live, ctx.now) if live is not None else None
    stored = to_store(found, moved_at, participant.last_asked)
    if stored != participant.last_asked:
        participant.last_asked = stored
        ctx.uow.participants.save(participant)


def _say_toast(ctx: Context) -> None:
    """Says a toast as a message where nothing was tapped, as for a button's label typed.

    Else nothing would be answered: only a tap can show one.
    """
    if ctx.pressed is not None or ctx.toast_name is None:
        return
    name, ctx.toast, ctx.toast_name = ctx.toast_name, None, None
    if not ctx.parts:
        ctx.say(name)


def enqueue_replies(
    uow: UnitOfWork,
    replies: Sequence[Reply],
    now: dt.datetime,
    written: Mapping[int, dt.datetime] | None = None,
) -> None:
    """Enqueues replies, in the transaction that caused them.

    To chats whose updates are answered late, with the time they were `written`: the outbox job then
    decides what may be sent now (see `late_replies`).
    """
    for r in replies:
        if r.messages:
            at = (written or {}).get(r.chat, now)
            whose = r.owner.participant_id if r.owner else None
            about = {"session_id": r.session_id, "turn": r.turn, "participant_id": whose}
            uow.outbox.enqueue(
                r.id, r.chat, reply_codec.encode(r), at, lasting=r.standalone, **about
            )
