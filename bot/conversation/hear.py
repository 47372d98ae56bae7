"""Everything that has arrived is taken here: the order of precedence, one transaction for all.

The order (DESIGN section 3): seen before, help, danger, stop, menu and commands, the waiting
question, and last "Sorry, I did not understand".
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence

import structlog

from bot.clock import Clock
from bot.conversation import checkin, danger, drafts, lifecycle, menu, stop, taps
from bot.conversation.arrival import (
    Arrival,
    Broken,
    Commanded,
    Gone,
    InGroup,
    Pressed,
    Spoken,
    Typed,
    Unreadable,
    What,
)
from bot.conversation.buttons import Aside, Question, Welcome, read
from bot.conversation.help import is_help
from bot.conversation.help import said as help_message
from bot.conversation.reply import Reply
from bot.conversation.visit import Around, Known, Visit
from bot.store.batch import Batch
from bot.store.people import Person
from bot.store.store import DatabaseAway, Store
from bot.store.tables import Life
from bot.store.vault import KeyMissing
from bot.store.workers import Case, Worker
from bot.workers import desk, joining, links
from flows.engine.danger import Kind
from flows.engine.normalise import plain

log = structlog.get_logger()
_REMEMBERED = 10_000


class NotUnderstood(Exception):
    """An update of a form we do not know; the message says what is wrong with it."""


class TakenInPart(DatabaseAway):
    """All but `later` were taken, with these replies. Bring the same again: the rest is known."""

    def __init__(self, later: Sequence[Arrival], replies: Sequence[Reply]) -> None:
        super().__init__("a key cannot be opened")
        self.later = list(later)
        self.replies = list(replies)


class Desk:
    """Where arrivals are taken to."""

    def __init__(self, store: Store, around: Around, clock: Clock) -> None:
        self._store = store
        self._around = around
        self._clock = clock
        tongues = [around.tongues[code] for code in around.tongues.offered]
        labels = around.library.phrases["hello"].choices.values()
        self._hello_words = {plain(t.text(label)) for t in tongues for label in labels}
        # Both live in memory only, and only for a while: what is lost with them is a convenience.
        self._languages: OrderedDict[int, str] = OrderedDict()
        self._whose: OrderedDict[int, tuple[str, bool]] = OrderedDict()
        self._ways: OrderedDict[int, Welcome] = OrderedDict()

    def language_of(self, chat: int) -> str | None:
        """The language someone was last answered in, as far as this process remembers."""
        return self._languages.get(chat)

    def whose(self, chat: int) -> tuple[str, bool]:
        """For whom numbers are there, and whether others see the phone, as far as remembered."""
        return self._whose.get(chat, (danger.audience_of(None), False))

    async def gone(self, chat: int) -> None:
        """Takes it that a chat cannot be written to any more, which is a stop.

        Raises:
            DatabaseAway: nothing was taken.
        """
        async with self._store.begin() as batch:
            people = await batch.load([chat])
            await batch.caseload.let_go(chat)
            for person in people.values():
                visit = Visit(
                    Arrival(0, chat, Gone(), self._clock()),
                    person,
                    batch,
                    self._clock(),
                    self._around,
                )
                stop.silence(visit, person, "block")

    async def take(self, arrivals: Sequence[Arrival]) -> list[Reply]:
        """Takes arrivals of different chats together, and gives the replies to send.

        Everything is committed when this returns. If something in the batch fails, each is taken
        alone, and one that fails again is set aside with a kind word, so that it blocks nobody.

        Raises:
            TakenInPart: some have a key that cannot be opened just now; they wait for another try.
            DatabaseAway: nothing was taken; the same arrivals can be brought again.
        """
        try:
            return await self._together(arrivals)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001 - one bad update must never block another
            log.info("batch.again", count=len(arrivals), error=type(error).__name__)
        replies: list[Reply] = []
        later: list[Arrival] = []
        for arrival in arrivals:
            try:
                replies += await self._alone(arrival)
            except KeyMissing:
                log.warning("update.later", update=arrival.update_id)
                later.append(arrival)
        if later:
            raise TakenInPart(later, replies)
        return replies

    async def _alone(self, arrival: Arrival) -> list[Reply]:
        """Takes one arrival for the second time, which is enough where two processes met."""
        try:
            return await self._together([arrival])
        except (DatabaseAway, KeyMissing):
            raise
        except Exception as error:  # noqa: BLE001 - it must never block another
            return await self._aside(arrival, error)

    async def _together(self, arrivals: Sequence[Arrival]) -> list[Reply]:
        now = self._clock()
        replies: list[Reply] = []
        async with self._store.begin() as batch:
            fresh = await batch.fresh([a.update_id for a in arrivals], now)
            new = [a for a in arrivals if a.update_id in fresh]
            visits = await self._visits(batch, [a for a in new if not isinstance(a.what, InGroup)])
            for visit in visits:
                kind = danger.kind_of(visit.arrival.what, self._around)
                if self._for_workers(visit, kind):
                    await desk.take(visit)
                elif _token(visit.arrival) is not None:
                    if visit.person is not None:
                        _heard_from(visit, visit.person)
                    await links.opened(visit)
                else:
                    desk.left(visit)
                    self._handle(visit, kind)
                for work in visit.then:
                    await work()
                self._remember(visit)
                replies += [visit.reply(), *visit.beside]
            for arrival in new:
                if isinstance(arrival.what, InGroup) and await batch.told_group(arrival.chat, now):
                    visit = Visit(arrival, None, batch, now, self._around)
                    visit.say("private_only")
                    replies.append(visit.reply())
            replies = [r for r in replies if r.messages or r.pressed]
            owe(batch, replies, now)
        return replies

    def _for_workers(self, visit: Visit, kind: Kind | None) -> bool:
        """Whether the workers' side takes it; help and stop come before that for everyone."""
        what = visit.arrival.what
        if is_help(what, self._around.library.listened):
            return False
        if isinstance(what, Typed) and self._around.library.listened(what.text) == "stop":
            return False
        # What a worker writes about somebody is not about themselves.
        working = visit.worker is not None and bool(visit.worker.waits)
        if not working and kind is not None:
            return False
        return desk.is_mine(visit)

    def _remember(self, visit: Visit) -> None:
        """Keeps in memory what help and danger need when the database is away."""
        chat, person = visit.arrival.chat, visit.person
        self._languages[chat] = visit.tongue.code
        self._languages.move_to_end(chat)
        shared = person is not None and person.shared_phone
        self._whose[chat] = danger.audience_of(person), shared
        self._whose.move_to_end(chat)
        if visit.way is not None:
            self._ways[chat] = visit.way
            self._ways.move_to_end(chat)
        else:
            self._ways.pop(chat, None)
        for memory in (self._languages, self._whose, self._ways):
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)

    async def _visits(self, batch: Batch, arrivals: Sequence[Arrival]) -> list[Visit]:
        now, around = self._clock(), self._around
        whole = {a.chat for a in arrivals if self._wants_past(a)}
        workers = await batch.caseload.by_chats({a.chat for a in arrivals})
        cases = await self._cases_wanted(batch, arrivals, workers)
        people = await batch.load({a.chat for a in arrivals}, whole, _others(cases, workers))
        await batch.asks_due([p for p in people.values() if p.chat in whole], now)
        known = await self._known(batch, arrivals, people, cases)
        lives = [p.live for p in people.values() if p.live]
        versions = {live.session.version for live in lives}
        versions |= {live.about_version for live in lives if live.about_version}
        versions |= {past.version for p in people.values() for past in p.past}
        if missing := [v for v in versions if not around.library.has(v)]:
            around.library.add(await batch.sources(missing))
        await batch.next_hellos([p for p in people.values() if p.may_message and _near_end(p)])
        buttons = [read(a.what.data) for a in arrivals if isinstance(a.what, Pressed)]
        hellos = {b.about for b in buttons if isinstance(b, Aside) and b.phrase == "hello"}
        follow_ups = await batch.follow_ups(hellos)
        visits = [
            Visit(
                a,
                people.get(a.chat),
                batch,
                now,
                around,
                follow_ups,
                self._ways.get(a.chat),
                worker=workers.get(a.chat),
                known=known[a.chat],
                # Before a yes nothing is kept, but what was just spoken is still in mind.
                language=None if a.chat in people else self._languages.get(a.chat),
            )
            for a in arrivals
        ]
        typed = [v for v in visits if v.person and taps.named_under_hello(v) and _hello_last(v)]
        hellos_open = await batch.open_hellos([v.person for v in typed if v.person])
        for visit in typed:
            visit.hello = hellos_open.get(visit.person.id) if visit.person else None
        return visits

    async def _cases_wanted(
        self, batch: Batch, arrivals: Sequence[Arrival], workers: Mapping[int, Worker]
    ) -> dict[int, Case]:
        """The cases that workers' buttons and words are about, by id."""
        wanted = (desk.wanted(a.what, workers.get(a.chat)) for a in arrivals)
        ids = {case_id for case_id in wanted if case_id}
        return {case.id: case for case in await batch.caseload.cases(ids=ids)}

    async def _known(
        self,
        batch: Batch,
        arrivals: Sequence[Arrival],
        people: Mapping[int, Person],
        cases: Mapping[int, Case],
    ) -> dict[int, Known]:
        """What of the workers' side each of these chats may touch."""
        tokens = {a.chat: token for a in arrivals if (token := _token(a)) is not None}
        links = {chat: await batch.caseload.link(token) for chat, token in tokens.items()}
        new = [
            a.chat
            for a in arrivals
            if (person := people.get(a.chat)) is None or person.state is Life.STOPPED
        ]
        held = await batch.caseload.held(new)
        by_id = {p.id: p for p in people.values()} if cases else {}
        return {a.chat: Known(cases, by_id, links.get(a.chat), held.get(a.chat)) for a in arrivals}

    def _wants_past(self, arrival: Arrival) -> bool:
        """Whether what was said in earlier check-ins may be needed to answer this."""
        what = arrival.what
        if isinstance(what, Typed):
            listened = self._around.library.listened(what.text) == "start"
            return listened or plain(what.text) in self._hello_words
        if isinstance(what, Pressed):
            return isinstance(read(what.data), Aside | Welcome)
        return isinstance(what, Commanded)

    def _handle(self, visit: Visit, kind: Kind | None) -> None:
        person, what = visit.person, visit.arrival.what
        if isinstance(what, Broken):
            raise NotUnderstood(what.error)
        if isinstance(what, Gone):
            joining.let_go(visit)
            if person is not None:
                stop.silence(visit, person, "block")
            return
        if person is not None:
            _heard_from(visit, person)
        self._by_precedence(visit, what, kind)

    def _by_precedence(self, visit: Visit, what: What, kind: Kind | None) -> None:
        """Help, then danger, then stop: none of them ever waits behind anything else."""
        listened = self._around.library.listened
        if isinstance(what, Typed) and checkin.named(visit, what.text):
            kind = None  # what a button says is what it does, also when it is typed
        if is_help(what, listened):
            visit.messages.append(help_message(visit.tongue, self._around, visit.now))
        elif kind is not None:
            danger.answer(visit, kind)
            if isinstance(what, Commanded) and what.name in menu.COMMANDS:
                menu.COMMANDS[what.name](visit)
        else:
            self._no_danger(visit, what)

    def _no_danger(self, visit: Visit, what: What) -> None:
        """Stop, then everything else."""
        listened = self._around.library.listened
        if visit.person is not None and (
            isinstance(visit.button, Question) or isinstance(what, Typed | Spoken)
        ):
            danger.let_go(visit, visit.person)
        if isinstance(what, Typed) and listened(what.text) == "stop":
            menu.stop_now(visit)
        elif isinstance(what, Typed):
            self._typed(visit, what)
        elif isinstance(what, Commanded):
            menu.COMMANDS.get(what.name, menu.unknown)(visit)
        elif isinstance(what, Pressed):
            taps.pressed(visit)
        elif isinstance(what, Unreadable):
            menu.unreadable(visit, what)
        elif isinstance(what, Spoken):
            menu.said(visit, what)

    def _typed(self, visit: Visit, what: Typed) -> None:
        if drafts.waits_for(visit) and visit.person is not None:
            drafts.noted(visit, visit.person, what.text)
        elif visit.hello is not None:
            taps.hello(visit, Aside("hello", taps.named_under_hello(visit), visit.hello.id))
        elif self._around.library.listened(what.text) == "start":
            # "Start" is also what the first button of a check-in says.
            if not checkin.named(visit, what.text):
                menu.start(visit)
            else:
                menu.said(visit, what)
        else:
            menu.said(visit, what)

    async def _aside(self, arrival: Arrival, error: Exception) -> list[Reply]:
        """Sets an update aside that cannot be processed, with a kind word to the person."""
        now = self._clock()
        async with self._store.begin() as batch:
            await batch.fresh([arrival.update_id], now)
            body = arrival.raw().encode()
            what = str(error) if isinstance(error, NotUnderstood) else type(error).__name__
            batch.set_aside(arrival.update_id, what, body, now)
            log.error("update.set_aside", update=arrival.update_id, error=what)
            replies: list[Reply] = []
            kind = danger.kind_of(arrival.what, self._around)
            if arrival.chat and kind is not None and not arrival.answered():
                # Whatever it was that failed, whoever is in danger is answered.
                language, (whom, shared) = self.language_of(arrival.chat), self.whose(arrival.chat)
                replies = [
                    danger.from_memory(arrival, kind, self._around, language, whom, shared=shared)
                ]
                owe(batch, replies, now)
            elif arrival.chat:
                visit = Visit(arrival, None, batch, now, self._around)
                visit.say("set_aside")
                replies = [visit.reply()]
                owe(batch, replies, now)
        return replies


def _token(arrival: Arrival) -> str | None:
    """What stood behind START in a link, if they came by one."""
    what = arrival.what
    return what.rest if isinstance(what, Commanded) and what.name == "start" and what.rest else None


def _others(cases: Mapping[int, Case], workers: Mapping[int, Worker]) -> set[int]:
    """The participants whom these workers may do something about, to be loaded and locked."""
    leads = any(worker.lead for worker in workers.values())
    mine = {worker.id for worker in workers.values()}
    return {
        case.participant_id
        for case in cases.values()
        if case.participant_id is not None and (leads or case.worker_id in mine)
    }


def owe(batch: Batch, replies: Sequence[Reply], now: dt.datetime) -> None:
    """Writes replies down as owed, in the transaction that made them true."""
    for r in replies:
        if r.messages:
            about = {"session_id": r.session_id, "turn": r.turn}
            batch.owe(r.id, r.chat, r.to_bytes(), now, lasting=r.lasting, **about)


def _near_end(person: Person) -> bool:
    """Whether the date of the next hello may be said soon (it is one more query)."""
    return bool(person.past) or (person.live is not None and person.live.about is not None)


def _hello_last(visit: Visit) -> bool:
    """Whether the last thing between us was a hello of ours, not a question answered since."""
    person = visit.person
    if person is None or person.last_hello_at is None:
        return False
    moved = person.live.moved_at if person.live else None
    return moved is None or person.last_hello_at >= moved


def _heard_from(visit: Visit, person: Person) -> None:
    if person.unanswered:
        person.unanswered = 0
        visit.batch.changed(person)
    if person.state is Life.QUIET:
        lifecycle.move(visit.batch, person, "resume", visit.now)
