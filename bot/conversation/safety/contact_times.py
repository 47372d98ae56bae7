"""When it is safe to be written to, and a pause: asked and set in one tap each.

Plans no hello itself; the tick looks at what is said here before every one.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.context import Visit
from bot.domain import lifecycle
from bot.domain.participant import Person, Safe
from bot.messages.callback_data import Aside
from bot.messages.reply import Key, Message
from bot.schedule import follow_ups
from bot.schedule.plan import add
from bot.store.tables import Life
from flows.engine import Value

ANY, NEVER, DAY = "any", "never", "day"
WEEK = 7


def asked(visit: Visit) -> None:
    """Asks when it is safe."""
    visit.say("times")


def chosen(visit: Visit, person: Person, choice: str) -> None:
    """Sets the part of the day, or asks for the day of the week."""
    if choice == DAY:
        _ask_day(visit)
        return
    if choice == NEVER:
        person.safe = Safe(never=True)
        visit.batch.changed(person)
        visit.say("times_never")
        return
    if choice == ANY:
        person.safe = Safe()
    elif choice in visit.around.plan.parts:
        person.safe = Safe(parts=(choice,), days=person.safe.days)
    else:
        visit.glance("stale")
        return
    visit.batch.changed(person)
    _say_when(visit, person)


def day(visit: Visit, person: Person, choice: str) -> None:
    """Sets the one day of the week on which to write."""
    if not (choice.isdigit() and int(choice) < WEEK):
        visit.glance("stale")
        return
    person.safe = Safe(parts=person.safe.parts, days=(int(choice),))
    visit.batch.changed(person)
    _say_when(visit, person)


def _ask_day(visit: Visit) -> None:
    days = visit.tongue.weekdays()
    visit.messages.append(
        Message(
            visit.tongue.phrase("times_day"),
            choices=tuple(
                Key(name, Aside("times_day", str(number)).data())
                for number, name in enumerate(days)
            ),
            right_to_left=visit.tongue.right_to_left,
        )
    )


def _say_when(visit: Visit, person: Person) -> None:
    name, values = said(visit, person)
    visit.say("times_ok_day" if name == "day" else "times_ok", values)


def said(visit: Visit, person: Person) -> tuple[str, dict[str, Value]]:
    """When somebody is written to: "day" or "hours", and what stands in a text about it."""
    tongue = visit.tongue
    windows = visit.around.plan.windows(person.safe)
    hours = [(tongue.time(w.start), tongue.time(w.end)) for w in windows]
    values: dict[str, Value] = {"from": hours[0][0], "to": hours[-1][1]}
    if person.safe.days:
        return "day", {**values, "day": tongue.weekdays()[person.safe.days[0]]}
    return "hours", values


def pause(visit: Visit, person: Person | None, choice: str) -> None:
    """Keeps quiet for a while."""
    span = visit.around.plan.pause.get(choice)
    if person is None or person.state is Life.STOPPED or span is None:
        visit.glance("stale")
        return
    person.paused_until = add(visit.now, span, person.zone)
    lifecycle.move(visit.batch, person, "pause", visit.now)
    visit.batch.cancel(person, "another pause", visit.now, kind="pause")
    visit.batch.cancel(person, "paused", visit.now, kind="not_now")
    tap = visit.arrival.update_id
    visit.batch.plan([follow_ups.pause(visit.around.plan, person, span, tap, visit.now)])
    until = person.paused_until.astimezone(ZoneInfo(person.zone)).date()
    visit.say("paused", {"hello_date": until})
