"""Everything that has arrived is taken here: the order of precedence, one transaction for all.

The order (DESIGN section 3): seen before, help, stop, menu and commands, the waiting question,
and last "Sorry, I did not understand".
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import structlog

from bot.clock import Clock
from bot.conversation import checkin, data, later, lifecycle, stop, times, welcome
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
from bot.conversation.reply import Reply
from bot.conversation.visit import Around, Visit
from bot.followups import planned
from bot.store.batch import Batch
from bot.store.people import FollowUp, Person
from bot.store.store import DatabaseAway, Store
from bot.store.tables import Due, Life, Stage

log = structlog.get_logger()
_REMEMBERED = 10_000


class NotUnderstood(Exception):
    """An update of a form we do not know; the message says what is wrong with it."""


class Desk:
    """Where arrivals are taken to."""

    def __init__(self, store: Store, around: Around, clock: Clock) -> None:
        self._store = store
        self._around = around
        self._clock = clock
        # Both live in memory only, and only for a while: what is lost with them is a convenience.
        self._languages: OrderedDict[int, str] = OrderedDict()
        self._ways: OrderedDict[int, Welcome] = OrderedDict()

    def language_of(self, chat: int) -> str | None:
        """The language someone was last answered in, as far as this process remembers."""
        return self._languages.get(chat)

    async def gone(self, chat: int) -> None:
        """Takes it that a chat cannot be written to any more, which is a stop.

        Raises:
            DatabaseAway: nothing was taken.
        """
        async with self._store.begin() as batch:
            people = await batch.load([chat])
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
        alone, and one that fails alone is set aside with a kind word, so that it blocks nobody.

        Raises:
            DatabaseAway: nothing was taken; the same arrivals can be brought again.
        """
        try:
            return await self._together(arrivals)
        except DatabaseAway:
            raise
        except Exception as error:  # noqa: BLE001 - one bad update must never block another
            if len(arrivals) == 1:
                return await self._aside(arrivals[0], error)
        replies: list[Reply] = []
        for arrival in arrivals:
            replies += await self.take([arrival])
        return replies

    async def _together(self, arrivals: Sequence[Arrival]) -> list[Reply]:
        now = self._clock()
        replies: list[Reply] = []
        async with self._store.begin() as batch:
            fresh = await batch.fresh([a.update_id for a in arrivals], now)
            new = [a for a in arrivals if a.update_id in fresh]
            visits = await self._visits(batch, [a for a in new if not isinstance(a.what, InGroup)])
            for visit in visits:
                self._handle(visit)
                self._remember(visit)
                replies.append(visit.reply())
            for arrival in new:
                if isinstance(arrival.what, InGroup) and await batch.told_group(arrival.chat, now):
                    visit = Visit(arrival, None, batch, now, self._around)
                    visit.say("private_only")
                    replies.append(visit.reply())
            replies = [r for r in replies if r.messages or r.pressed]
            owe(batch, replies, now)
        return replies

    def _remember(self, visit: Visit) -> None:
        """Keeps the language in memory, so that help has it when the database is away."""
        chat = visit.arrival.chat
        self._languages[chat] = visit.tongue.code
        self._languages.move_to_end(chat)
        if visit.way is not None:
            self._ways[chat] = visit.way
            self._ways.move_to_end(chat)
        else:
            self._ways.pop(chat, None)
        for memory in (self._languages, self._ways):
            while len(memory) > _REMEMBERED:
                memory.popitem(last=False)

    async def _visits(self, batch: Batch, arrivals: Sequence[Arrival]) -> list[Visit]:
        now, around = self._clock(), self._around
        whole = {a.chat for a in arrivals if self._wants_past(a)}
        people = await batch.load({a.chat for a in arrivals}, whole)
        versions = {p.live.session.version for p in people.values() if p.live}
        versions |= {past.version for p in people.values() for past in p.past}
        if missing := [v for v in versions if not around.library.has(v)]:
            around.library.add(await batch.sources(missing))
        await batch.next_hellos([p for p in people.values() if p.may_message and _near_end(p)])
        buttons = [read(a.what.data) for a in arrivals if isinstance(a.what, Pressed)]
        hellos = {b.about for b in buttons if isinstance(b, Aside) and b.phrase == "hello"}
        follow_ups = await batch.follow_ups(hellos)
        return [
            Visit(a, people.get(a.chat), batch, now, around, follow_ups, self._ways.get(a.chat))
            for a in arrivals
        ]

    def _wants_past(self, arrival: Arrival) -> bool:
        """Whether what was said in earlier check-ins may be needed to answer this."""
        what = arrival.what
        if isinstance(what, Typed):
            return self._around.library.listened(what.text) == "start"
        if isinstance(what, Pressed):
            return isinstance(read(what.data), Aside | Welcome)
        return isinstance(what, Commanded)

    def _handle(self, visit: Visit) -> None:
        person, what = visit.person, visit.arrival.what
        if isinstance(what, Broken):
            raise NotUnderstood(what.error)
        if isinstance(what, Gone):
            if person is not None:
                stop.silence(visit, person, "block")
            return
        if person is not None:
            _heard_from(visit, person)
        self._by_precedence(visit, what)

    def _by_precedence(self, visit: Visit, what: What) -> None:
        listened = self._around.library.listened
        if is_help(what, listened):
            visit.say("help")
        elif isinstance(what, Typed) and listened(what.text) == "stop":
            _stop(visit)
        elif isinstance(what, Typed) and listened(what.text) == "start":
            # "Start" is also what the first button of a check-in says.
            if not checkin.named(visit, what.text):
                _start(visit)
            else:
                _said(visit, what)
        elif isinstance(what, Commanded):
            _COMMANDS.get(what.name, _unknown)(visit)
        elif isinstance(what, Pressed):
            _pressed(visit)
        elif isinstance(what, Unreadable):
            _unreadable(visit, what)
        elif isinstance(what, Typed | Spoken):
            _said(visit, what)

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
            if arrival.chat:
                visit = Visit(arrival, None, batch, now, self._around)
                visit.say("set_aside")
                replies = [visit.reply()]
                owe(batch, replies, now)
        return replies


def owe(batch: Batch, replies: Sequence[Reply], now: dt.datetime) -> None:
    """Writes replies down as owed, in the transaction that made them true."""
    for r in replies:
        if r.messages:
            batch.owe(r.id, r.to_bytes(), now, session_id=r.session_id, turn=r.turn)


def _near_end(person: Person) -> bool:
    """Whether the date of the next hello may be said soon (it is one more query)."""
    return bool(person.past) or (person.live is not None and person.live.about is not None)


def _heard_from(visit: Visit, person: Person) -> None:
    if person.unanswered:
        person.unanswered = 0
        visit.batch.changed(person)
    if person.state is Life.QUIET:
        lifecycle.move(visit.batch, person, "resume", visit.now)


def _said(visit: Visit, what: Typed | Spoken) -> None:
    person = visit.person
    if visit.way is not None and (person is None or person.state is Life.STOPPED):
        welcome.typed(visit, visit.way, what.text if isinstance(what, Typed) else "")
    elif person is None:
        visit.say_bare("unknown_new")
        welcome.greet(visit)
    elif person.state is Life.STOPPED:
        visit.say("are_stopped")
    elif person.live is not None:
        checkin.hear(visit, person, person.live, what)
    else:
        visit.say("unknown")


def _unreadable(visit: Visit, what: Unreadable) -> None:
    if visit.person is None or visit.person.state is Life.STOPPED:
        _unknown(visit)
    else:
        visit.say(what.phrase)


def _stop(visit: Visit) -> None:
    if visit.person is None:
        visit.say("stopped_bare")
    else:
        stop.stop(visit, visit.person)


def _start(visit: Visit) -> None:
    """Carries on where the person is; someone who stopped is asked for consent again."""
    person = visit.person
    if person is None or person.state is Life.STOPPED:
        welcome.greet(visit)
        return
    if person.state is Life.PAUSED:
        person.paused_until = None
        visit.batch.cancel(person, "came back", visit.now, kind="pause")
        lifecycle.move(visit.batch, person, "resume", visit.now)
    if person.live is not None:
        checkin.ask(visit, person, person.live)
    elif not person.past:
        checkin.begin(visit, person, visit.around.library.before_for(person.audience))
    elif "hello_date" in (facts := visit.facts()):
        visit.say("next_hello", {"hello_date": facts["hello_date"]})
    else:
        visit.say("nothing_waits")


def _unknown(visit: Visit) -> None:
    if visit.person is None:
        visit.say_bare("unknown_new")
        welcome.greet(visit)
    elif visit.person.state is Life.STOPPED:
        visit.say("are_stopped")
    else:
        visit.say("unknown")


def _mydata(visit: Visit) -> None:
    if visit.person is None:
        visit.say("mydata_none")
    else:
        data.show(visit, visit.person)


def _delete(visit: Visit) -> None:
    visit.say("mydata_none" if visit.person is None else "delete_ask")


def _language(visit: Visit) -> None:
    if len(visit.around.tongues.offered) == 1:
        visit.say("language_only")
    elif visit.person is None or visit.person.state is Life.STOPPED:
        welcome.greet(visit, ask_language=True)
    else:
        visit.languages()


def _times(visit: Visit) -> None:
    if visit.person is None or visit.person.state is Life.STOPPED:
        _unknown(visit)
    else:
        times.asked(visit)


def _pause(visit: Visit) -> None:
    if visit.person is None or visit.person.state is Life.STOPPED:
        _unknown(visit)
    else:
        visit.say("pause")


_COMMANDS: dict[str, Callable[[Visit], None]] = {
    "start": _start,
    "stop": _stop,
    "mydata": _mydata,
    "delete": _delete,
    "language": _language,
    "times": _times,
    "pause": _pause,
}


def _pressed(visit: Visit) -> None:
    button, person = visit.button, visit.person
    if isinstance(button, Welcome):
        welcome.tapped(visit, button)
    elif isinstance(button, Aside) and button.phrase in _ASIDES:
        _ASIDES[button.phrase](visit, button)
    elif isinstance(button, Question) and person is not None and person.live is not None:
        what = visit.pressed
        assert what is not None  # noqa: S101 - a button was read from it
        checkin.hear(visit, person, person.live, what)
    else:
        visit.glance("stale")


def _unknown_chosen(visit: Visit, button: Aside) -> None:
    if button.choice == "stop":
        _stop(visit)
    else:
        _start(visit)


def _mydata_chosen(visit: Visit, button: Aside) -> None:
    if button.choice == "delete":
        _delete(visit)
    else:
        _back(visit)


def _delete_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    data.delete(visit, person, button.choice)
    if visit.person is not None and button.choice != "delete":
        _back(visit)


def _back(visit: Visit) -> None:
    """Brings back what waited, if anything does."""
    person = visit.person
    if person is not None and person.live is not None:
        checkin.ask(visit, person, person.live)


def _help_chosen(visit: Visit, _button: Aside) -> None:
    if visit.person is None:
        welcome.greet(visit)
    elif visit.person.live is not None:
        _back(visit)
    else:
        visit.glance("nothing_waits")


def _language_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    if person is None or button.choice not in visit.around.tongues.offered:
        visit.glance("stale")
        return
    person.language = visit.language = button.choice
    visit.batch.changed(person)
    visit.say("changed")
    _back(visit)


def _hello_chosen(visit: Visit, button: Aside) -> None:
    """A tap under a hello that we sent first."""
    person, found = visit.person, visit.follow_ups.get(button.about)
    mine = found is not None and person is not None and found.participant_id == person.id
    if found is None or person is None or not mine or person.state is Life.STOPPED:
        visit.glance("stale")
    elif button.choice == "stop":
        stop.stop(visit, person)
    elif found.outcome is not None or found.state not in (Due.SENT, Due.UNCERTAIN, Due.SENDING):
        visit.glance("stale")
    elif button.choice == "open":
        _open(visit, person, found.session_id)
        visit.batch.opened(found)
    else:
        _hello_again(visit, person, found, button.choice)


def _hello_again(visit: Visit, person: Person, found: FollowUp, choice: str) -> None:
    """Later, or Not today: the same hello once more, when they said."""
    when = visit.around.plan.later.get(choice)
    if when is None:
        visit.glance("stale")
        return
    row = planned.again(visit.around.plan, person, found, when, visit.arrival.update_id, visit.now)
    visit.batch.plan([row])
    visit.batch.opened(found)
    due = row["due_at"].astimezone(ZoneInfo(person.zone)).date()
    visit.say("later_set", {"hello_date": due})


def _times_chosen(visit: Visit, button: Aside) -> None:
    person = visit.person
    if person is None or person.state is Life.STOPPED:
        visit.glance("stale")
    elif button.phrase == "times":
        times.chosen(visit, person, button.choice)
    elif button.phrase == "times_day":
        times.day(visit, person, button.choice)
    elif button.choice == "change":
        times.asked(visit)
    else:
        _back(visit)


def _open(visit: Visit, person: Person, about: int | None) -> None:
    if person.live is not None:
        checkin.ask(visit, person, person.live)
        return
    before = next((p for p in person.past if p.id == about and p.stage is Stage.DONE), None)
    flow = visit.around.library.after(before.flow) if before else None
    if before is None or flow is None:
        _start(visit)
    else:
        checkin.begin(visit, person, flow, about=before)


_ASIDES: dict[str, Callable[[Visit, Aside], None]] = {
    "unknown": _unknown_chosen,
    "not_now": lambda v, b: later.chosen(v, v.person, b.choice, b.about),
    "stopped": lambda v, b: stop.answers(v, v.person, b.choice),
    "mydata": _mydata_chosen,
    "delete_ask": _delete_chosen,
    "help": _help_chosen,
    "language": _language_chosen,
    "hello": _hello_chosen,
    "times": _times_chosen,
    "times_day": _times_chosen,
    "times_ok": _times_chosen,
    "times_ok_day": _times_chosen,
    "times_never": _times_chosen,
    "pause": lambda v, b: times.pause(v, v.person, b.choice),
}
