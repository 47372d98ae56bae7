"""Everything that has arrived is taken here: the order of precedence, one transaction for all.

The order: seen before, help, danger, stop, menu and commands, the waiting
question, and last "Sorry, I did not understand".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import structlog

from bot.clock import Clock
from bot.conversation import wording_feedback
from bot.conversation.checkin import answering
from bot.conversation.context import Context, Environment, Lookups
from bot.conversation.identity import join_case, private_word, shared_phone
from bot.conversation.my_data import change_answer, complaints, deletion, deletion_undo
from bot.conversation.safety import danger, late_replies, opening_gate, opening_line
from bot.conversation.safety.help import is_help
from bot.conversation.safety.help import said as help_message
from bot.conversation.stop import is_stop
from bot.dispatch import callbacks, commands, worker_loading
from bot.dispatch.batch_processing import BatchProcessor
from bot.dispatch.chat_memory import ChatMemory
from bot.dispatch.recent_messages import RecentMessages
from bot.domain import lifecycle
from bot.domain.participant import Participant
from bot.messages import pasted_links, reply_codec
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
from bot.store.repositories.delivery.chat_message_repository import VisibleMessage
from bot.store.tables import ParticipantState
from bot.store.unit_of_work import UnitOfWork
from bot.workers import accounts, open_link, reachability, router, worker_help, worker_pending_input
from flows.engine.danger.detector import DangerKind
from flows.engine.normalise import normalise

log = structlog.get_logger()


class MalformedUpdateError(Exception):
    """An update of a form we do not know; the message says what is wrong with it."""


class Dispatcher:
    """Where arrivals are taken to."""

    def __init__(self, store: Database, around: Environment, clock: Clock) -> None:
        self._store = store
        self._around = around
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
            DatabaseAway: nothing was taken.
        """
        async with self._store.unit_of_work() as batch:
            people = await batch.load([chat])
            await batch.caseload.release(chat)
            await reachability.mark_unreachable(batch, chat, self._clock())
            gone, now = IncomingUpdate(0, chat, BotBlocked(), self._clock()), self._clock()
            known = Lookups(inactive_participants=batch.absent.get(chat, []))
            visit = Context(gone, people.get(chat), batch, now, self._around, lookups=known)
            await shared_phone.stop_all(visit, "block")

    async def process(self, arrivals: Sequence[IncomingUpdate]) -> list[Reply]:
        """Takes arrivals of different chats together, and gives the replies to send.

        Everything is committed when this returns. If something in the batch fails, each is taken
        alone, and one that fails again is set aside with a kind word, so that it blocks nobody.

        Raises:
            TakenInPart: some wait for another try, for a key or for whoever holds their rows.
            DatabaseAway: nothing was taken; the same arrivals can be brought again.
        """
        # Again for whoever comes past the intake, such as a terminal: it changes nothing twice.
        return await self._taking.process(
            [pasted_links.as_opened(a, self._around) for a in arrivals]
        )

    async def _process_batch(
        self, arrivals: Sequence[IncomingUpdate], *, hurry: bool = False
    ) -> list[Reply]:
        now = self._clock()
        replies: list[Reply] = []
        async with self._store.unit_of_work(hurry=hurry) as batch:
            fresh = await batch.deduplicate([a.update_id for a in arrivals], now)
            new = [a for a in arrivals if a.update_id in fresh]
            visits = await self._load_contexts(
                batch, [a for a in new if not isinstance(a.content, GroupMessage)]
            )
            for visit in visits:
                await self._process_one(visit)
                replies += [visit.reply(), *visit.other_replies]
            for arrival in new:
                if isinstance(arrival.content, GroupMessage) and await batch.mark_group_told(
                    arrival.chat, now
                ):
                    visit = Context(arrival, None, batch, now, self._around)
                    visit.say("private_only")
                    replies.append(visit.reply())
            replies = [r for r in replies if r.messages or r.button_press or r.deletes_incoming]
            written = {a.chat: a.sent_at for a in new if late_replies.is_late(a.sent_at, now)}
            owe(batch, replies, now, written)
        for visit in visits:
            if visit.participant is not None:  # written down now, for good
                self.recent_messages.discard(
                    visit.update.chat, [s.message_id for s in visit.unsaved_message_ids]
                )
        if written:
            self.owes_late()
        return [r for r in replies if r.chat not in written or not r.messages]

    async def _process_one(self, visit: Context) -> None:
        if isinstance(visit.update.content, RepeatedContent):
            self._record_visible(visit)  # so that it can be cleared with the rest
            return
        if visit.participant is not None and visit.participant.chat_id != visit.update.chat:
            visit.participant = None  # in this very batch they have moved to another phone
        kind, known = (
            danger.kind_of(visit.update.content, self._around),
            visit.participant is not None,
        )
        await reachability.heard_from(visit)
        by_code = worker_loading.opens_by_code(visit)
        if not by_code and self._is_for_workers(visit, kind):
            await router.handle(visit)
        elif (by_code or worker_loading.token(visit.update)) and not deletion.waits(visit):
            if visit.participant is not None:
                _heard_from(visit, visit.participant)
            await open_link.opened(visit)
        else:
            router.discard_pending_input(visit)
            self._handle(visit, kind)
        for work in visit.after_handling:
            await work()
        accounts.menu_follows(visit, known=known)
        await self._keep_early_stop(visit)
        if visit.stops:
            visit.uow.clear_outbox(visit.update.chat)
        self.memory.remember(visit)
        self._record_visible(visit)

    @staticmethod
    async def _keep_early_stop(visit: Context) -> None:
        """Keeps a stop of someone without a yes, or forgets it once they have started again."""
        chat, way, person = visit.update.chat, visit.onboarding, visit.participant
        in_their_row = person is not None and person.moved_at == visit.now
        if way is not None and way.is_stop and way != visit.stopped_at and not in_their_row:
            await visit.uow.early_stops.add(chat, from_base36(way.path), visit.now)
        elif visit.stopped_at is not None and (way is None or not way.is_stop):
            await visit.uow.early_stops.remove(chat)

    def _is_for_workers(self, visit: Context, kind: DangerKind | None) -> bool:
        """Whether the workers' side takes it; help and stop come before that for everyone."""
        what = visit.update.content
        if is_help(what, self._around.library.keywords):
            return False
        if self._around.library.keywords(keyword_in(what)) == "stop":
            return False
        # What a worker writes about somebody is not about themselves.
        working = visit.worker is not None and bool(visit.worker.pending_input)
        if not working and kind is not None:
            return False
        return router.accepts(visit)

    def _record_visible(self, visit: Context) -> None:
        """Notes what stands in the chat: written down of people with a yes, else in memory."""
        arrival = visit.update
        said = arrival.message_id
        theirs = (VisibleMessage(said, False, arrival.sent_at),) if said is not None else ()
        if visit.participant is not None:
            visit.uow.record_visible_message(
                visit.participant, (*visit.unsaved_message_ids, *theirs)
            )
        elif theirs:
            self.recent_messages.add(arrival.chat, theirs)

    async def _load_contexts(
        self, batch: UnitOfWork, arrivals: Sequence[IncomingUpdate]
    ) -> list[Context]:
        now, around = self._clock(), self._around
        whole = {a.chat for a in arrivals if self._needs_history(a)}
        workers = await batch.caseload.by_chat({a.chat for a in arrivals})
        for worker in workers.values():
            await worker_pending_input.expire(batch, worker, now)
        cases = await worker_loading.requested_cases(batch, arrivals, workers)
        people = await batch.load(
            {a.chat for a in arrivals}, whole, worker_loading.other_workers(cases, workers)
        )
        gone = {person.id for person in await batch.erase_due(people, now)}
        cases = {number: c for number, c in cases.items() if c.participant_id not in gone}
        await batch.load_due_requests([p for p in people.values() if p.chat_id in whole], now)
        known = await worker_loading.load_lookups(batch, arrivals, people, cases, workers, now)
        lives = [p.open_checkin for p in people.values() if p.open_checkin]
        versions = {live.session.version for live in lives}
        versions |= {live.follows_version for live in lives if live.follows_version}
        versions |= {past.version for p in people.values() for past in p.checkins}
        if missing := [v for v in versions if not around.library.has_version(v)]:
            around.library.add(await batch.flow_sources(missing))
        await batch.load_next_follow_ups(
            [p for p in people.values() if p.may_message and _near_end(p)]
        )
        buttons = [parse(a.content.data) for a in arrivals if isinstance(a.content, ButtonPress)]
        hellos = {
            b.about
            for b in buttons
            if isinstance(b, PhraseButton) and b.phrase in opening_line.PHRASES
        }
        follow_ups = await batch.follow_ups(hellos)
        unknown = [c for c in {a.chat for a in arrivals} if not _has_consented(people.get(c))]
        stops = {
            chat: OnboardingButton.stop(message)
            for chat, message in (await batch.early_stops.of(unknown, now)).items()
        }
        visits = [
            Context(
                a,
                people.get(a.chat),
                batch,
                now,
                around,
                follow_ups,
                stops.get(a.chat) or self.memory.onboarding_of(a.chat),
                stopped_at=stops.get(a.chat),
                worker=workers.get(a.chat),
                lookups=known[a.chat],
                # Before a yes nothing is kept, but what was just spoken is still in mind.
                language=None if a.chat in people else self.memory.language_of(a.chat),
                unsaved_message_ids=self.recent_messages.for_chat(a.chat),
            )
            for a in arrivals
        ]
        await opening_gate.fill_in(batch, visits, opening_gate.labels(around))
        return visits

    def _needs_history(self, arrival: IncomingUpdate) -> bool:
        """Whether what was said in earlier check-ins may be needed to answer this."""
        what = arrival.content
        if isinstance(what, TextMessage):
            listened = self._around.library.keywords(what.text) == "start"
            return listened or normalise(what.text) in opening_gate.labels(self._around)
        if isinstance(what, ButtonPress):
            return isinstance(parse(what.data), PhraseButton | OnboardingButton)
        return isinstance(what, Command)

    def _handle(self, visit: Context, kind: DangerKind | None) -> None:
        person, what = visit.participant, visit.update.content
        if isinstance(what, MalformedUpdate):
            raise MalformedUpdateError(what.error)
        if isinstance(what, BotBlocked):
            visit.after_handling.append(
                lambda: reachability.mark_unreachable(visit.uow, visit.update.chat, visit.now)
            )
            join_case.let_go(visit)
            visit.after_handling.append(lambda: shared_phone.stop_all(visit, "block"))
            return
        if person is not None and person.delete_at is None:
            _heard_from(visit, person)
        self._by_precedence(visit, what, kind)

    def _by_precedence(self, visit: Context, what: UpdateContent, kind: DangerKind | None) -> None:
        """Help, then danger, then stop: none of them ever waits behind anything else."""
        listened = self._around.library.keywords
        if isinstance(what, TextMessage) and answering.named(visit, what.text):
            kind = None  # what a button says is what it does, also when it is typed
        if is_help(what, listened):
            visit.urgent = True
            if worker_help.alone(visit) is None:
                visit.messages.append(help_message(visit.localizer, self._around, visit.now))
            visit.after_handling.append(lambda: worker_help.asked(visit))
        elif kind is not None:
            danger.answer(visit, kind)
            if isinstance(what, Command) and what.name in commands.COMMANDS:
                if opening_gate.stops(visit, what):
                    return
                if deletion.waits(visit):
                    self._while_deleting(visit, what)
                else:
                    commands.COMMANDS[what.name](visit)
        elif deletion.waits(visit):
            self._while_deleting(visit, what)
        else:
            self._no_danger(visit, what)

    def _while_deleting(self, visit: Context, what: UpdateContent) -> None:
        """Stop, the undo, clearing, and what help and danger offer; nothing else is kept."""
        by_word = self._around.library.keywords(keyword_in(what)) == "stop"
        by_command = isinstance(what, Command) and what.name == "stop"
        if by_word or by_command or deletion_undo.stops(visit):
            commands.stop_now(visit)
        elif isinstance(what, Command) and what.name == "hide":
            commands.COMMANDS["hide"](visit)
        elif deletion_undo.still_works(visit):
            callbacks.button_pressed(visit)
        else:
            deletion_undo.meanwhile(visit)

    def _no_danger(self, visit: Context, what: UpdateContent) -> None:
        """Stop, then what a first line of ours lets pass, then everything else."""
        stops = self._around.library.keywords(keyword_in(what)) == "stop"
        if not stops and opening_gate.stops(visit, what):
            return
        _let_go(visit, what)
        if stops:
            commands.stop_now(visit)
        elif isinstance(what, TextMessage):
            self._typed(visit, what)
        elif isinstance(what, Command):
            commands.COMMANDS.get(what.name, commands.not_understood)(visit)
        elif isinstance(what, ButtonPress):
            callbacks.button_pressed(visit)
        elif isinstance(what, UnsupportedMessage):
            commands.unsupported(visit, what)
        elif isinstance(what, VoiceMessage) and not _awaited(visit, what):
            commands.text_received(visit, what)

    def _typed(self, visit: Context, what: TextMessage) -> None:
        if wording_feedback.waits_for(visit) and visit.participant is not None:
            wording_feedback.noted(visit, visit.participant, what.text)
        elif shared_phone.awaits_identity(visit, what.text):
            visit.after_handling.append(lambda: shared_phone.typed(visit, what))
        elif self._waited_for(visit, what):
            pass
        elif self._around.library.keywords(what.text) == "start":
            # "Start" is also what the first button of a check-in says.
            if not answering.named(visit, what.text):
                commands.resume(visit)
            else:
                commands.text_received(visit, what)
        else:
            commands.text_received(visit, what)

    def _waited_for(self, visit: Context, what: TextMessage) -> bool:
        """Takes words that something other than a question waits for; whether they were such."""
        start = self._around.library.keywords(what.text) == "start"
        return (not start and _awaited(visit, what)) or self._answers_hello(visit)

    def _answers_hello(self, visit: Context) -> bool:
        """Takes a button's words under a hello on a phone of their own; whether they were that."""
        person = visit.participant
        if (
            person is None
            or visit.answered_follow_up is None
            or person.state is ParticipantState.STOPPED
        ):
            return False
        callbacks.follow_up_answered(
            visit,
            PhraseButton(
                opening_line.PHRASES[0], opening_line.named(visit), visit.answered_follow_up.id
            ),
        )
        return True

    def _waits_for_nobody(self, arrival: IncomingUpdate) -> bool:
        """Whether this is done at once even where a key is missing: a stop is a stop."""
        return is_stop(arrival.content, self._around.library.keywords)

    async def _dead_letter(self, arrival: IncomingUpdate, error: Exception) -> list[Reply]:
        """Sets an update aside that cannot be processed, with a kind word to the person."""
        now = self._clock()
        async with self._store.unit_of_work() as batch:
            await batch.deduplicate([arrival.update_id], now)
            body = arrival.raw_json().encode()
            what = str(error) if isinstance(error, MalformedUpdateError) else type(error).__name__
            batch.add_dead_letter(arrival.update_id, arrival.chat, what, body, now)
            log.error("update.set_aside", update=arrival.update_id, error=what)
            replies: list[Reply] = []
            kind = danger.kind_of(arrival.content, self._around)
            if arrival.message_id is not None:
                self.recent_messages.add(
                    arrival.chat, (VisibleMessage(arrival.message_id, False, arrival.sent_at),)
                )
            if arrival.chat and kind is not None and not arrival.answered_from_memory():
                # Whatever it was that failed, whoever is in danger is answered.
                language = self.memory.language_of(arrival.chat)
                whom, shared = self.memory.owner_of(arrival.chat)
                replies = [
                    danger.from_memory(arrival, kind, self._around, language, whom, shared=shared)
                ]
                owe(batch, replies, now)
            elif arrival.chat:
                visit = Context(arrival, None, batch, now, self._around)
                visit.language = self.memory.language_of(arrival.chat)
                if is_stop(arrival.content, self._around.library.keywords):
                    await batch.stop_blindly(arrival.chat, now)
                    visit.stops = True
                visit.say_safely("stopped_bare" if visit.stops else "set_aside")
                replies = [visit.reply()]
                owe(batch, replies, now)
        return replies


def _from_help(visit: Context) -> bool:
    """Whether it is a button under help or danger: what was waited for before waits still."""
    button = visit.button
    return isinstance(button, PhraseButton) and (
        button.phrase in ("helplines", "danger_keep", *danger.BUTTONS)
    )


def _let_go(visit: Context, what: UpdateContent) -> None:
    """Forgets what words were waited for, once they do something else."""
    if visit.participant is not None and (
        isinstance(visit.button, QuestionButton) or isinstance(what, TextMessage | VoiceMessage)
    ):
        danger.let_go(visit, visit.participant)
    if isinstance(what, ButtonPress | Command) and not _from_help(visit):
        change_answer.let_go(visit)
        complaints.let_go_of(visit)
    if visit.participant is not None:
        private_word.let_go(visit, visit.participant)


def _awaited(visit: Context, what: TextMessage | VoiceMessage) -> bool:
    """Whether these words were waited for, as a complaint or in the place of an answer."""
    person = visit.participant
    if person is not None and complaints.awaits_complaint(person):
        complaints.complaint_received(visit, person, what)
    elif person is not None and change_answer.awaits_correction(person):
        change_answer.heard(visit, person, what)
    else:
        return False
    return True


def owe(
    batch: UnitOfWork,
    replies: Sequence[Reply],
    now: dt.datetime,
    written: Mapping[int, dt.datetime] | None = None,
) -> None:
    """Writes replies down as owed, in the transaction that made them true.

    To chats whose words are answered late, as of when they were `written`: the round that sends
    what is owed then looks what may be said now (see `late_replies`).
    """
    for r in replies:
        if r.messages:
            at = (written or {}).get(r.chat, now)
            whose = r.owner.participant_id if r.owner else None
            about = {"session_id": r.session_id, "turn": r.turn, "participant_id": whose}
            batch.enqueue(r.id, r.chat, reply_codec.encode(r), at, lasting=r.standalone, **about)


def _has_consented(person: Participant | None) -> bool:
    return person is not None and person.state is not ParticipantState.STOPPED


def _near_end(person: Participant) -> bool:
    """Whether the date of the next hello may be said soon (it is one more query)."""
    return bool(person.checkins) or (
        person.open_checkin is not None and person.open_checkin.follows_id is not None
    )


def _heard_from(visit: Context, person: Participant) -> None:
    if person.unanswered:
        person.unanswered = 0
        visit.uow.update_participant(person)
    if person.state is ParticipantState.QUIET:
        lifecycle.move(visit.uow, person, "resume", visit.now)
