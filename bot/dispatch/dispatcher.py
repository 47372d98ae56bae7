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
from bot.conversation.context import Around, Known, Visit
from bot.conversation.identity import join_case, private_word, shared_phone
from bot.conversation.my_data import change_answer, complaints, deletion, deletion_undo
from bot.conversation.safety import danger, late_replies, opening_gate, opening_line
from bot.conversation.safety.help import is_help
from bot.conversation.safety.help import said as help_message
from bot.conversation.stop import is_stop
from bot.dispatch import callbacks, commands, worker_loading
from bot.dispatch.batch_processing import Taking
from bot.dispatch.chat_memory import ChatMemory
from bot.dispatch.recent_messages import Recent
from bot.domain import lifecycle
from bot.domain.participant import Person
from bot.messages import pasted_links
from bot.messages.callback_data import Aside, Question, Welcome, number, read
from bot.messages.incoming import (
    Arrival,
    Broken,
    Commanded,
    Gone,
    InGroup,
    Pressed,
    Repeated,
    Spoken,
    Typed,
    Unreadable,
    What,
    keyword_in,
)
from bot.messages.reply import Reply
from bot.store.database import Store
from bot.store.repositories.delivery.chat_message_repository import Said
from bot.store.tables import Life
from bot.store.unit_of_work import Batch
from bot.workers import accounts, open_link, reachability, router, worker_help, worker_pending_input
from flows.engine.danger.detector import Kind
from flows.engine.normalise import plain

log = structlog.get_logger()


class NotUnderstood(Exception):
    """An update of a form we do not know; the message says what is wrong with it."""


class Desk:
    """Where arrivals are taken to."""

    def __init__(self, store: Store, around: Around, clock: Clock) -> None:
        self._store = store
        self._around = around
        self._clock = clock
        self.memory = ChatMemory()
        self.owes_late: Callable[[], None] = lambda: None
        """Told, after the commit, that there are replies to send which are late already."""
        self.recent = Recent()
        self._taking = Taking(self._together, self._aside, self._waits_for_nobody)

    async def gone(self, chat: int) -> None:
        """Takes it that a chat cannot be written to any more, which is a stop.

        Raises:
            DatabaseAway: nothing was taken.
        """
        async with self._store.begin() as batch:
            people = await batch.load([chat])
            await batch.caseload.let_go(chat)
            await reachability.lost(batch, chat, self._clock())
            gone, now = Arrival(0, chat, Gone(), self._clock()), self._clock()
            known = Known(absent=batch.absent.get(chat, []))
            visit = Visit(gone, people.get(chat), batch, now, self._around, known=known)
            await shared_phone.stop_all(visit, "block")

    async def take(self, arrivals: Sequence[Arrival]) -> list[Reply]:
        """Takes arrivals of different chats together, and gives the replies to send.

        Everything is committed when this returns. If something in the batch fails, each is taken
        alone, and one that fails again is set aside with a kind word, so that it blocks nobody.

        Raises:
            TakenInPart: some wait for another try, for a key or for whoever holds their rows.
            DatabaseAway: nothing was taken; the same arrivals can be brought again.
        """
        # Again for whoever comes past the intake, such as a terminal: it changes nothing twice.
        return await self._taking.take([pasted_links.as_opened(a, self._around) for a in arrivals])

    async def _together(self, arrivals: Sequence[Arrival], *, hurry: bool = False) -> list[Reply]:
        now = self._clock()
        replies: list[Reply] = []
        async with self._store.begin(hurry=hurry) as batch:
            fresh = await batch.fresh([a.update_id for a in arrivals], now)
            new = [a for a in arrivals if a.update_id in fresh]
            visits = await self._visits(batch, [a for a in new if not isinstance(a.what, InGroup)])
            for visit in visits:
                await self._one(visit)
                replies += [visit.reply(), *visit.beside]
            for arrival in new:
                if isinstance(arrival.what, InGroup) and await batch.told_group(arrival.chat, now):
                    visit = Visit(arrival, None, batch, now, self._around)
                    visit.say("private_only")
                    replies.append(visit.reply())
            replies = [r for r in replies if r.messages or r.pressed or r.forgets]
            written = {a.chat: a.at for a in new if late_replies.is_late(a.at, now)}
            owe(batch, replies, now, written)
        for visit in visits:
            if visit.person is not None:  # written down now, for good
                self.recent.drop(visit.arrival.chat, [s.message_id for s in visit.stood])
        if written:
            self.owes_late()
        return [r for r in replies if r.chat not in written or not r.messages]

    async def _one(self, visit: Visit) -> None:
        if isinstance(visit.arrival.what, Repeated):
            self._stands(visit)  # so that it can be cleared with the rest
            return
        if visit.person is not None and visit.person.chat != visit.arrival.chat:
            visit.person = None  # in this very batch they have moved to another phone
        kind, known = danger.kind_of(visit.arrival.what, self._around), visit.person is not None
        await reachability.heard_from(visit)
        by_code = worker_loading.opens_by_code(visit)
        if not by_code and self._for_workers(visit, kind):
            await router.take(visit)
        elif (by_code or worker_loading.token(visit.arrival)) and not deletion.waits(visit):
            if visit.person is not None:
                _heard_from(visit, visit.person)
            await open_link.opened(visit)
        else:
            router.left(visit)
            self._handle(visit, kind)
        for work in visit.then:
            await work()
        accounts.menu_follows(visit, known=known)
        await self._keep_early_stop(visit)
        if visit.stops:
            visit.batch.owe_nothing(visit.arrival.chat)
        self.memory.remember(visit)
        self._stands(visit)

    @staticmethod
    async def _keep_early_stop(visit: Visit) -> None:
        """Keeps a stop of someone without a yes, or forgets it once they have started again."""
        chat, way, person = visit.arrival.chat, visit.way, visit.person
        in_their_row = person is not None and person.moved_at == visit.now
        if way is not None and way.is_stop and way != visit.stopped_at and not in_their_row:
            await visit.batch.early_stops.add(chat, number(way.path), visit.now)
        elif visit.stopped_at is not None and (way is None or not way.is_stop):
            await visit.batch.early_stops.remove(chat)

    def _for_workers(self, visit: Visit, kind: Kind | None) -> bool:
        """Whether the workers' side takes it; help and stop come before that for everyone."""
        what = visit.arrival.what
        if is_help(what, self._around.library.listened):
            return False
        if self._around.library.listened(keyword_in(what)) == "stop":
            return False
        # What a worker writes about somebody is not about themselves.
        working = visit.worker is not None and bool(visit.worker.waits)
        if not working and kind is not None:
            return False
        return router.is_mine(visit)

    def _stands(self, visit: Visit) -> None:
        """Notes what stands in the chat: written down of people with a yes, else in memory."""
        arrival = visit.arrival
        said = arrival.message_id
        theirs = (Said(said, False, arrival.at),) if said is not None else ()
        if visit.person is not None:
            visit.batch.stands(visit.person, (*visit.stood, *theirs))
        elif theirs:
            self.recent.add(arrival.chat, theirs)

    async def _visits(self, batch: Batch, arrivals: Sequence[Arrival]) -> list[Visit]:
        now, around = self._clock(), self._around
        whole = {a.chat for a in arrivals if self._wants_past(a)}
        workers = await batch.caseload.by_chats({a.chat for a in arrivals})
        for worker in workers.values():
            await worker_pending_input.end_old(batch, worker, now)
        cases = await worker_loading.cases_wanted(batch, arrivals, workers)
        people = await batch.load(
            {a.chat for a in arrivals}, whole, worker_loading.others(cases, workers)
        )
        gone = {person.id for person in await batch.erase_due(people, now)}
        cases = {number: c for number, c in cases.items() if c.participant_id not in gone}
        await batch.asks_due([p for p in people.values() if p.chat in whole], now)
        known = await worker_loading.known(batch, arrivals, people, cases, workers, now)
        lives = [p.live for p in people.values() if p.live]
        versions = {live.session.version for live in lives}
        versions |= {live.about_version for live in lives if live.about_version}
        versions |= {past.version for p in people.values() for past in p.past}
        if missing := [v for v in versions if not around.library.has(v)]:
            around.library.add(await batch.sources(missing))
        await batch.next_hellos([p for p in people.values() if p.may_message and _near_end(p)])
        buttons = [read(a.what.data) for a in arrivals if isinstance(a.what, Pressed)]
        hellos = {
            b.about for b in buttons if isinstance(b, Aside) and b.phrase in opening_line.PHRASES
        }
        follow_ups = await batch.follow_ups(hellos)
        unknown = [c for c in {a.chat for a in arrivals} if not _has_consented(people.get(c))]
        stops = {
            chat: Welcome.stop(message)
            for chat, message in (await batch.early_stops.of(unknown, now)).items()
        }
        visits = [
            Visit(
                a,
                people.get(a.chat),
                batch,
                now,
                around,
                follow_ups,
                stops.get(a.chat) or self.memory.way(a.chat),
                stopped_at=stops.get(a.chat),
                worker=workers.get(a.chat),
                known=known[a.chat],
                # Before a yes nothing is kept, but what was just spoken is still in mind.
                language=None if a.chat in people else self.memory.language(a.chat),
                stood=self.recent.of(a.chat),
            )
            for a in arrivals
        ]
        await opening_gate.fill_in(batch, visits, opening_gate.labels(around))
        return visits

    def _wants_past(self, arrival: Arrival) -> bool:
        """Whether what was said in earlier check-ins may be needed to answer this."""
        what = arrival.what
        if isinstance(what, Typed):
            listened = self._around.library.listened(what.text) == "start"
            return listened or plain(what.text) in opening_gate.labels(self._around)
        if isinstance(what, Pressed):
            return isinstance(read(what.data), Aside | Welcome)
        return isinstance(what, Commanded)

    def _handle(self, visit: Visit, kind: Kind | None) -> None:
        person, what = visit.person, visit.arrival.what
        if isinstance(what, Broken):
            raise NotUnderstood(what.error)
        if isinstance(what, Gone):
            visit.then.append(lambda: reachability.lost(visit.batch, visit.arrival.chat, visit.now))
            join_case.let_go(visit)
            visit.then.append(lambda: shared_phone.stop_all(visit, "block"))
            return
        if person is not None and person.delete_at is None:
            _heard_from(visit, person)
        self._by_precedence(visit, what, kind)

    def _by_precedence(self, visit: Visit, what: What, kind: Kind | None) -> None:
        """Help, then danger, then stop: none of them ever waits behind anything else."""
        listened = self._around.library.listened
        if isinstance(what, Typed) and answering.named(visit, what.text):
            kind = None  # what a button says is what it does, also when it is typed
        if is_help(what, listened):
            visit.urgent = True
            if worker_help.alone(visit) is None:
                visit.messages.append(help_message(visit.tongue, self._around, visit.now))
            visit.then.append(lambda: worker_help.asked(visit))
        elif kind is not None:
            danger.answer(visit, kind)
            if isinstance(what, Commanded) and what.name in commands.COMMANDS:
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

    def _while_deleting(self, visit: Visit, what: What) -> None:
        """Stop, the undo, clearing, and what help and danger offer; nothing else is kept."""
        by_word = self._around.library.listened(keyword_in(what)) == "stop"
        by_command = isinstance(what, Commanded) and what.name == "stop"
        if by_word or by_command or deletion_undo.stops(visit):
            commands.stop_now(visit)
        elif isinstance(what, Commanded) and what.name == "hide":
            commands.COMMANDS["hide"](visit)
        elif deletion_undo.still_works(visit):
            callbacks.pressed(visit)
        else:
            deletion_undo.meanwhile(visit)

    def _no_danger(self, visit: Visit, what: What) -> None:
        """Stop, then what a first line of ours lets pass, then everything else."""
        stops = self._around.library.listened(keyword_in(what)) == "stop"
        if not stops and opening_gate.stops(visit, what):
            return
        _let_go(visit, what)
        if stops:
            commands.stop_now(visit)
        elif isinstance(what, Typed):
            self._typed(visit, what)
        elif isinstance(what, Commanded):
            commands.COMMANDS.get(what.name, commands.unknown)(visit)
        elif isinstance(what, Pressed):
            callbacks.pressed(visit)
        elif isinstance(what, Unreadable):
            commands.unreadable(visit, what)
        elif isinstance(what, Spoken) and not _awaited(visit, what):
            commands.said(visit, what)

    def _typed(self, visit: Visit, what: Typed) -> None:
        if wording_feedback.waits_for(visit) and visit.person is not None:
            wording_feedback.noted(visit, visit.person, what.text)
        elif shared_phone.waits_for(visit, what.text):
            visit.then.append(lambda: shared_phone.typed(visit, what))
        elif self._waited_for(visit, what):
            pass
        elif self._around.library.listened(what.text) == "start":
            # "Start" is also what the first button of a check-in says.
            if not answering.named(visit, what.text):
                commands.start(visit)
            else:
                commands.said(visit, what)
        else:
            commands.said(visit, what)

    def _waited_for(self, visit: Visit, what: Typed) -> bool:
        """Takes words that something other than a question waits for; whether they were such."""
        start = self._around.library.listened(what.text) == "start"
        return (not start and _awaited(visit, what)) or self._answers_hello(visit)

    def _answers_hello(self, visit: Visit) -> bool:
        """Takes a button's words under a hello on a phone of their own; whether they were that."""
        person = visit.person
        if person is None or visit.hello is None or person.state is Life.STOPPED:
            return False
        callbacks.hello(
            visit, Aside(opening_line.PHRASES[0], opening_line.named(visit), visit.hello.id)
        )
        return True

    def _waits_for_nobody(self, arrival: Arrival) -> bool:
        """Whether this is done at once even where a key is missing: a stop is a stop."""
        return is_stop(arrival.what, self._around.library.listened)

    async def _aside(self, arrival: Arrival, error: Exception) -> list[Reply]:
        """Sets an update aside that cannot be processed, with a kind word to the person."""
        now = self._clock()
        async with self._store.begin() as batch:
            await batch.fresh([arrival.update_id], now)
            body = arrival.raw().encode()
            what = str(error) if isinstance(error, NotUnderstood) else type(error).__name__
            batch.set_aside(arrival.update_id, arrival.chat, what, body, now)
            log.error("update.set_aside", update=arrival.update_id, error=what)
            replies: list[Reply] = []
            kind = danger.kind_of(arrival.what, self._around)
            if arrival.message_id is not None:
                self.recent.add(arrival.chat, (Said(arrival.message_id, False, arrival.at),))
            if arrival.chat and kind is not None and not arrival.answered():
                # Whatever it was that failed, whoever is in danger is answered.
                language = self.memory.language(arrival.chat)
                whom, shared = self.memory.whose(arrival.chat)
                replies = [
                    danger.from_memory(arrival, kind, self._around, language, whom, shared=shared)
                ]
                owe(batch, replies, now)
            elif arrival.chat:
                visit = Visit(arrival, None, batch, now, self._around)
                visit.language = self.memory.language(arrival.chat)
                if is_stop(arrival.what, self._around.library.listened):
                    await batch.stop_blindly(arrival.chat, now)
                    visit.stops = True
                visit.say_safely("stopped_bare" if visit.stops else "set_aside")
                replies = [visit.reply()]
                owe(batch, replies, now)
        return replies


def _from_help(visit: Visit) -> bool:
    """Whether it is a button under help or danger: what was waited for before waits still."""
    button = visit.button
    return isinstance(button, Aside) and (
        button.phrase in ("helplines", "danger_keep", *danger.BUTTONS)
    )


def _let_go(visit: Visit, what: What) -> None:
    """Forgets what words were waited for, once they do something else."""
    if visit.person is not None and (
        isinstance(visit.button, Question) or isinstance(what, Typed | Spoken)
    ):
        danger.let_go(visit, visit.person)
    if isinstance(what, Pressed | Commanded) and not _from_help(visit):
        change_answer.let_go(visit)
        complaints.let_go_of(visit)
    if visit.person is not None:
        private_word.let_go(visit, visit.person)


def _awaited(visit: Visit, what: Typed | Spoken) -> bool:
    """Whether these words were waited for, as a complaint or in the place of an answer."""
    person = visit.person
    if person is not None and complaints.waits(person):
        complaints.made(visit, person, what)
    elif person is not None and change_answer.waits(person):
        change_answer.heard(visit, person, what)
    else:
        return False
    return True


def owe(
    batch: Batch,
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
            whose = r.whose.participant_id if r.whose else None
            about = {"session_id": r.session_id, "turn": r.turn, "participant_id": whose}
            batch.owe(r.id, r.chat, r.to_bytes(), at, lasting=r.lasting, **about)


def _has_consented(person: Person | None) -> bool:
    return person is not None and person.state is not Life.STOPPED


def _near_end(person: Person) -> bool:
    """Whether the date of the next hello may be said soon (it is one more query)."""
    return bool(person.past) or (person.live is not None and person.live.about is not None)


def _heard_from(visit: Visit, person: Person) -> None:
    if person.unanswered:
        person.unanswered = 0
        visit.batch.changed(person)
    if person.state is Life.QUIET:
        lifecycle.move(visit.batch, person, "resume", visit.now)
