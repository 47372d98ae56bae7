"""Everything that has arrived is taken here: the order of precedence, one transaction for all.

The order: seen before, help, danger, stop, menu and commands, the waiting
question, and last "Sorry, I did not understand".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.conversation import wording_feedback
from bot.conversation.checkin import answering
from bot.conversation.context import Context, Lookups
from bot.conversation.identity import join_case, private_word, shared_phone
from bot.conversation.my_data import change_answer, complaints, deletion, deletion_undo
from bot.conversation.safety import danger, late_replies, opening_gate, opening_line
from bot.conversation.safety.help import is_help
from bot.conversation.safety.help import said as help_message
from bot.conversation.stop import is_stop
from bot.dispatch import callbacks, commands, pasted_links, worker_loading
from bot.dispatch.batch_processing import BatchProcessor
from bot.dispatch.chat_memory import ChatMemory
from bot.dispatch.recent_messages import RecentMessages
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.domain.visible_message import VisibleMessage
from bot.messages import reply_codec
from bot.messages.callback_data import (
    OnboardingButton,
    PhraseButton,
    QuestionButton,
    from_base36,
    parse,
)
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
    Command,
    GroupMessage,
    IncomingUpdate,
    MalformedUpdate,
    RepeatedContent,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
    keyword_in,
)
from bot.messages.reply import Reply
from bot.store.database import Database
from bot.store.unit_of_work import UnitOfWork
from bot.workers import accounts, open_link, reachability, router, worker_help, worker_pending_input
from flows.engine.danger.detector import DangerKind
from flows.engine.normalise import normalise

log = structlog.get_logger()


class MalformedUpdateError(Exception):
    """An update of a form we do not know; the message says what is wrong with it."""


class Dispatcher:
    """Where arrivals are taken to."""

    def __init__(self, store: Database, env: Environment, clock: Clock) -> None:
        self._store = store
        self._env = env
        self._clock = clock
        self.memory = ChatMemory()
        self.owes_late: Callable[[], None] = lambda: None
        """Told, after the commit, that there are replies to send which are late already."""
        self.recent_messages = RecentMessages()
        self._taking = BatchProcessor(
            self._process_batch, self._dead_letter, self._waits_for_nobody
        )

    async def chat_blocked(self, chat: int) -> None:
        """Takes it that a chat cannot be written to any more, which is a stop.

        Raises:
            DatabaseUnavailable: nothing was taken.
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
        """Takes arrivals of different chats together, and gives the replies to send.

        Everything is committed when this returns. If something in the batch fails, each is taken
        alone, and one that fails again is set aside with a kind word, so that it blocks nobody.

        Raises:
            PartiallyProcessed: some wait for a retry, for a key or for a lock on their rows.
            DatabaseUnavailable: nothing was taken; the same arrivals can be brought again.
        """
        # Again for whoever comes past the intake, such as a terminal: it changes nothing twice.
        return await self._taking.process([pasted_links.as_opened(a, self._env) for a in updates])

    async def _process_batch(
        self, updates: Sequence[IncomingUpdate], *, hurry: bool = False
    ) -> list[Reply]:
        now = self._clock()
        replies: list[Reply] = []
        async with self._store.unit_of_work(hurry=hurry) as uow:
            fresh = await uow.inbox.deduplicate([a.update_id for a in updates], now)
            new = [a for a in updates if a.update_id in fresh]
            contexts = await self._load_contexts(
                uow, [a for a in new if not isinstance(a.content, GroupMessage)]
            )
            for ctx in contexts:
                await self._process_one(ctx)
                replies += [ctx.reply(), *ctx.other_replies]
            for update in new:
                if isinstance(update.content, GroupMessage) and await uow.inbox.mark_group_told(
                    update.chat, now
                ):
                    ctx = Context(update, None, uow, now, self._env)
                    ctx.say("private_only")
                    replies.append(ctx.reply())
            replies = [r for r in replies if r.messages or r.button_press or r.deletes_incoming]
            written = {a.chat: a.sent_at for a in new if late_replies.is_late(a.sent_at, now)}
            owe(uow, replies, now, written)
        for ctx in contexts:
            if ctx.participant is not None:  # written down now, for good
                self.recent_messages.discard(
                    ctx.update.chat, [s.message_id for s in ctx.unsaved_message_ids]
                )
        if written:
            self.owes_late()
        return [r for r in replies if r.chat not in written or not r.messages]

    async def _process_one(self, ctx: Context) -> None:
        if isinstance(ctx.update.content, RepeatedContent):
            self._record_visible(ctx)  # so that it can be cleared with the rest
            return
        if ctx.participant is not None and ctx.participant.chat_id != ctx.update.chat:
            ctx.participant = None  # in this very batch they have moved to another phone
        kind, known = (
            danger.kind_of(ctx.update.content, self._env),
            ctx.participant is not None,
        )
        await reachability.heard_from(ctx)
        by_code = worker_loading.opens_by_code(ctx)
        if not by_code and self._is_for_workers(ctx, kind):
            await router.handle(ctx)
        elif (by_code or worker_loading.token(ctx.update)) and not deletion.waits(ctx):
            if ctx.participant is not None:
                _heard_from(ctx, ctx.participant)
            await open_link.opened(ctx)
        else:
            await router.discard_pending_input(ctx)
            await self._handle(ctx, kind)
        accounts.menu_follows(ctx, known=known)
        await self._keep_early_stop(ctx)
        if ctx.stops:
            ctx.uow.outbox.clear(ctx.update.chat)
        self.memory.remember(ctx)
        self._record_visible(ctx)

    @staticmethod
    async def _keep_early_stop(ctx: Context) -> None:
        """Keeps a stop of someone without a yes, or forgets it once they have started again."""
        chat, way, participant = ctx.update.chat, ctx.onboarding, ctx.participant
        in_their_row = participant is not None and participant.moved_at == ctx.now
        if way is not None and way.is_stop and way != ctx.stopped_at and not in_their_row:
            await ctx.uow.early_stops.add(chat, from_base36(way.path), ctx.now)
        elif ctx.stopped_at is not None and (way is None or not way.is_stop):
            await ctx.uow.early_stops.remove(chat)

    def _is_for_workers(self, ctx: Context, kind: DangerKind | None) -> bool:
        """Whether the workers' side takes it; help and stop come before that for everyone."""
        what = ctx.update.content
        if is_help(what, self._env.library.keywords):
            return False
        if self._env.library.keywords(keyword_in(what)) == "stop":
            return False
        # What a worker writes about somebody is not about themselves.
        working = ctx.worker is not None and bool(ctx.worker.pending_input)
        if not working and kind is not None:
            return False
        return router.accepts(ctx)

    def _record_visible(self, ctx: Context) -> None:
        """Notes what stands in the chat: written down of people with a yes, else in memory."""
        update = ctx.update
        said = update.message_id
        theirs = (VisibleMessage(said, False, update.sent_at),) if said is not None else ()
        if ctx.participant is not None:
            ctx.uow.chat_messages.record(ctx.participant, (*ctx.unsaved_message_ids, *theirs))
        elif theirs:
            self.recent_messages.add(update.chat, theirs)

    async def _load_contexts(
        self, uow: UnitOfWork, updates: Sequence[IncomingUpdate]
    ) -> list[Context]:
        now, env = self._clock(), self._env
        whole = {a.chat for a in updates if self._needs_history(a)}
        workers = await uow.workers.by_chat({a.chat for a in updates})
        for worker in workers.values():
            await worker_pending_input.expire(uow, worker, now)
        cases = await worker_loading.requested_cases(uow, updates, workers)
        people = await uow.participants.load(
            {a.chat for a in updates}, whole, worker_loading.other_workers(cases, workers)
        )
        gone = {participant.id for participant in await uow.erasure.erase_due(people, now)}
        cases = {number: c for number, c in cases.items() if c.participant_id not in gone}
        await uow.follow_ups.load_due_requests(
            [p for p in people.values() if p.chat_id in whole], now
        )
        known = await worker_loading.load_lookups(uow, updates, people, cases, workers, now)
        lives = [p.open_checkin for p in people.values() if p.open_checkin]
        versions = {live.session.version for live in lives}
        versions |= {live.follows_version for live in lives if live.follows_version}
        versions |= {past.version for p in people.values() for past in p.checkins}
        if missing := [v for v in versions if not env.library.has_version(v)]:
            env.library.add(await uow.flow_sources.of(missing))
        await uow.follow_ups.load_next(
            [p for p in people.values() if p.may_message and _near_end(p)]
        )
        buttons = [parse(a.content.data) for a in updates if isinstance(a.content, ButtonPress)]
        hellos = {
            b.about
            for b in buttons
            if isinstance(b, PhraseButton) and b.phrase in opening_line.PHRASES
        }
        follow_ups = await uow.follow_ups.find(hellos)
        unknown = [c for c in {a.chat for a in updates} if not _has_consented(people.get(c))]
        stops = {
            chat: OnboardingButton.stop(message)
            for chat, message in (await uow.early_stops.of(unknown, now)).items()
        }
        contexts = [
            Context(
                a,
                people.get(a.chat),
                uow,
                now,
                env,
                follow_ups,
                stops.get(a.chat) or self.memory.onboarding_of(a.chat),
                stopped_at=stops.get(a.chat),
                worker=workers.get(a.chat),
                lookups=known[a.chat],
                # Before a yes nothing is kept, but what was just spoken is still in mind.
                language=None if a.chat in people else self.memory.language_of(a.chat),
                unsaved_message_ids=self.recent_messages.for_chat(a.chat),
            )
            for a in updates
        ]
        await opening_gate.fill_in(uow, contexts, opening_gate.labels(env))
        return contexts

    def _needs_history(self, update: IncomingUpdate) -> bool:
        """Whether what was said in earlier check-ins may be needed to answer this."""
        what = update.content
        if isinstance(what, TextMessage):
            listened = self._env.library.keywords(what.text) == "start"
            return listened or normalise(what.text) in opening_gate.labels(self._env)
        if isinstance(what, ButtonPress):
            return isinstance(parse(what.data), PhraseButton | OnboardingButton)
        return isinstance(what, Command)

    async def _handle(self, ctx: Context, kind: DangerKind | None) -> None:
        participant, what = ctx.participant, ctx.update.content
        if isinstance(what, MalformedUpdate):
            raise MalformedUpdateError(what.error)
        if isinstance(what, BotBlocked):
            await reachability.mark_unreachable(ctx.uow, ctx.update.chat, ctx.now)
            await join_case.let_go(ctx)
            await shared_phone.stop_all(ctx, "block")
            return
        if participant is not None and participant.delete_at is None:
            _heard_from(ctx, participant)
        await self._by_precedence(ctx, what, kind)

    async def _by_precedence(
        self, ctx: Context, what: UpdateContent, kind: DangerKind | None
    ) -> None:
        """Help, then danger, then stop: none of them ever waits behind anything else."""
        listened = self._env.library.keywords
        if isinstance(what, TextMessage) and answering.named(ctx, what.text):
            kind = None  # what a button says is what it does, also when it is typed
        if is_help(what, listened):
            ctx.urgent = True
            if worker_help.alone(ctx) is None:
                ctx.messages.append(help_message(ctx.localizer, self._env, ctx.now))
            await worker_help.asked(ctx)
        elif kind is not None:
            await danger.answer(ctx, kind)
            if isinstance(what, Command) and what.name in commands.COMMANDS:
                if await opening_gate.stops(ctx, what):
                    return
                if deletion.waits(ctx):
                    await self._while_deleting(ctx, what)
                else:
                    await commands.COMMANDS[what.name](ctx)
        elif deletion.waits(ctx):
            await self._while_deleting(ctx, what)
        else:
            await self._no_danger(ctx, what)

    async def _while_deleting(self, ctx: Context, what: UpdateContent) -> None:
        """Stop, the undo, clearing, and what help and danger offer; nothing else is kept."""
        by_word = self._env.library.keywords(keyword_in(what)) == "stop"
        by_command = isinstance(what, Command) and what.name == "stop"
        if by_word or by_command or deletion_undo.stops(ctx):
            await commands.stop_now(ctx)
        elif isinstance(what, Command) and what.name == "hide":
            await commands.COMMANDS["hide"](ctx)
        elif deletion_undo.still_works(ctx):
            await callbacks.button_pressed(ctx)
        else:
            deletion_undo.meanwhile(ctx)

    async def _no_danger(self, ctx: Context, what: UpdateContent) -> None:
        """Stop, then what a first line of ours lets pass, then everything else."""
        stops = self._env.library.keywords(keyword_in(what)) == "stop"
        if not stops and await opening_gate.stops(ctx, what):
            return
        _let_go(ctx, what)
        if stops:
            await commands.stop_now(ctx)
        elif isinstance(what, TextMessage):
            await self._typed(ctx, what)
        elif isinstance(what, Command):
            await commands.COMMANDS.get(what.name, commands.not_understood)(ctx)
        elif isinstance(what, ButtonPress):
            await callbacks.button_pressed(ctx)
        elif isinstance(what, UnsupportedMessage):
            await commands.unsupported(ctx, what)
        elif isinstance(what, VoiceMessage) and not await _awaited(ctx, what):
            await commands.text_received(ctx, what)

    async def _typed(self, ctx: Context, what: TextMessage) -> None:
        if wording_feedback.waits_for(ctx) and ctx.participant is not None:
            await wording_feedback.noted(ctx, ctx.participant, what.text)
        elif shared_phone.awaits_identity(ctx, what.text):
            await shared_phone.typed(ctx, what)
        elif await self._waited_for(ctx, what):
            pass
        elif self._env.library.keywords(what.text) == "start":
            # "Start" is also what the first button of a check-in says.
            if not answering.named(ctx, what.text):
                await commands.resume(ctx)
            else:
                await commands.text_received(ctx, what)
        else:
            await commands.text_received(ctx, what)

    async def _waited_for(self, ctx: Context, what: TextMessage) -> bool:
        """Takes words that something other than a question waits for; whether they were such."""
        start = self._env.library.keywords(what.text) == "start"
        return (not start and await _awaited(ctx, what)) or await self._answers_hello(ctx)

    async def _answers_hello(self, ctx: Context) -> bool:
        """Takes a button's words under a hello on a phone of their own; whether they were that."""
        participant = ctx.participant
        if (
            participant is None
            or ctx.answered_follow_up is None
            or participant.state is ParticipantState.STOPPED
        ):
            return False
        await callbacks.follow_up_answered(
            ctx,
            PhraseButton(
                opening_line.PHRASES[0], opening_line.named(ctx), ctx.answered_follow_up.id
            ),
        )
        return True

    def _waits_for_nobody(self, update: IncomingUpdate) -> bool:
        """Whether this is done at once even where a key is missing: a stop is a stop."""
        return is_stop(update.content, self._env.library.keywords)

    async def _dead_letter(self, update: IncomingUpdate, error: Exception) -> list[Reply]:
        """Sets an update aside that cannot be processed, with a kind word to the person."""
        now = self._clock()
        async with self._store.unit_of_work() as uow:
            await uow.inbox.deduplicate([update.update_id], now)
            body = update.raw_json().encode()
            what = str(error) if isinstance(error, MalformedUpdateError) else type(error).__name__
            uow.dead_letters.add(update.update_id, update.chat, what, body, now)
            log.error("update.set_aside", update=update.update_id, error=what)
            replies: list[Reply] = []
            kind = danger.kind_of(update.content, self._env)
            if update.message_id is not None:
                self.recent_messages.add(
                    update.chat, (VisibleMessage(update.message_id, False, update.sent_at),)
                )
            if update.chat and kind is not None and not update.answered_from_memory():
                # Whatever it was that failed, whoever is in danger is answered.
                language = self.memory.language_of(update.chat)
                whom, shared = self.memory.owner_of(update.chat)
                replies = [
                    danger.from_memory(update, kind, self._env, language, whom, shared=shared)
                ]
                owe(uow, replies, now)
            elif update.chat:
                ctx = Context(update, None, uow, now, self._env)
                ctx.language = self.memory.language_of(update.chat)
                if is_stop(update.content, self._env.library.keywords):
                    await uow.participants.stop_blindly(update.chat, now)
                    ctx.stops = True
                ctx.say_safely("stopped_bare" if ctx.stops else "set_aside")
                replies = [ctx.reply()]
                owe(uow, replies, now)
        return replies


def _from_help(ctx: Context) -> bool:
    """Whether it is a button under help or danger: what was waited for before waits still."""
    button = ctx.button
    return isinstance(button, PhraseButton) and (
        button.phrase in ("helplines", "danger_keep", *danger.BUTTONS)
    )


def _let_go(ctx: Context, what: UpdateContent) -> None:
    """Forgets what words were waited for, once they do something else."""
    if ctx.participant is not None and (
        isinstance(ctx.button, QuestionButton) or isinstance(what, TextMessage | VoiceMessage)
    ):
        danger.let_go(ctx, ctx.participant)
    if isinstance(what, ButtonPress | Command) and not _from_help(ctx):
        change_answer.let_go(ctx)
        complaints.let_go_of(ctx)
    if ctx.participant is not None:
        private_word.let_go(ctx, ctx.participant)


async def _awaited(ctx: Context, what: TextMessage | VoiceMessage) -> bool:
    """Whether these words were waited for, as a complaint or in the place of an answer."""
    participant = ctx.participant
    if participant is not None and complaints.awaits_complaint(participant):
        await complaints.complaint_received(ctx, participant, what)
    elif participant is not None and change_answer.awaits_correction(participant):
        change_answer.heard(ctx, participant, what)
    else:
        return False
    return True


def owe(
    uow: UnitOfWork,
    replies: Sequence[Reply],
    now: dt.datetime,
    written: Mapping[int, dt.datetime] | None = None,
) -> None:
    """Writes replies down as owed, in the transaction that made them true.

    To chats whose words are answered late, as of when they were `written`: the round that sends
    what is owed then looks what may be said now (see `late`).
    """
    for r in replies:
        if r.messages:
            at = (written or {}).get(r.chat, now)
            whose = r.owner.participant_id if r.owner else None
            about = {"session_id": r.session_id, "turn": r.turn, "participant_id": whose}
            uow.outbox.enqueue(
                r.id, r.chat, reply_codec.encode(r), at, lasting=r.standalone, **about
            )


def _has_consented(participant: Participant | None) -> bool:
    return participant is not None and participant.state is not ParticipantState.STOPPED


def _near_end(participant: Participant) -> bool:
    """Whether the date of the next hello may be said soon (it is one more query)."""
    return bool(participant.checkins) or (
        participant.open_checkin is not None and participant.open_checkin.follows_id is not None
    )


def _heard_from(ctx: Context, participant: Participant) -> None:
    if participant.unanswered:
        participant.unanswered = 0
        ctx.uow.participants.save(participant)
    if participant.state is ParticipantState.QUIET:
        ctx.uow.participants.move(participant, "resume", ctx.now)
