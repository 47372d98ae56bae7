"""When it is safe to be written to, and a pause: asked and set in one tap each.

Plans no hello itself; the tick looks at what is said here before every one.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain import lifecycle
from bot.domain.participant import ContactTimes, Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import InlineButton, Message
from bot.schedule import follow_ups
from bot.schedule.plan import add
from bot.store.tables import ParticipantState
from flows.engine import Value

ANY, NEVER, DAY = "any", "never", "day"
WEEK = 7


def asked(visit: Context) -> None:
    """Asks when it is safe."""
    visit.say("times")


def chosen(visit: Context, person: Participant, choice: str) -> None:
    """Sets the part of the day, or asks for the day of the week."""
    if choice == DAY:
        _ask_day(visit)
        return
    if choice == NEVER:
        person.contact_times = ContactTimes(never=True)
        visit.uow.update_participant(person)
        visit.say("times_never")
        return
    if choice == ANY:
        person.contact_times = ContactTimes()
    elif choice in visit.env.plan.day_parts:
        person.contact_times = ContactTimes(parts=(choice,), days=person.contact_times.days)
    else:
        visit.toast_phrase("stale")
        return
    visit.uow.update_participant(person)
    _say_when(visit, person)


def day(visit: Context, person: Participant, choice: str) -> None:
    """Sets the one day of the week on which to write."""
    if not (choice.isdigit() and int(choice) < WEEK):
        visit.toast_phrase("stale")
        return
    person.contact_times = ContactTimes(parts=person.contact_times.parts, days=(int(choice),))
    visit.uow.update_participant(person)
    _say_when(visit, person)


def _ask_day(visit: Context) -> None:
    days = visit.localizer.weekdays()
    visit.messages.append(
        Message(
            visit.localizer.phrase("times_day"),
            choices=tuple(
                InlineButton(name, PhraseButton("times_day", str(number)).encode())
                for number, name in enumerate(days)
            ),
            right_to_left=visit.localizer.right_to_left,
        )
    )


def _say_when(visit: Context, person: Participant) -> None:
    name, values = said(visit, person)
    visit.say("times_ok_day" if name == "day" else "times_ok", values)


def said(visit: Context, person: Participant) -> tuple[str, dict[str, Value]]:
    """When somebody is written to: "day" or "hours", and what stands in a text about it."""
    tongue = visit.localizer
    windows = visit.env.plan.windows(person.contact_times)
    hours = [(tongue.format_time(w.start), tongue.format_time(w.end)) for w in windows]
    values: dict[str, Value] = {"from": hours[0][0], "to": hours[-1][1]}
    if person.contact_times.days:
        return "day", {**values, "day": tongue.weekdays()[person.contact_times.days[0]]}
    return "hours", values


def pause(visit: Context, person: Participant | None, choice: str) -> None:
    """Keeps quiet for a while."""
    span = visit.env.plan.pause.get(choice)
    if person is None or person.state is ParticipantState.STOPPED or span is None:
        visit.toast_phrase("stale")
        return
    person.paused_until = add(visit.now, span, person.timezone)
    lifecycle.move(visit.uow, person, "pause", visit.now)
    visit.uow.cancel_follow_ups(person, "another pause", visit.now, kind="pause")
    visit.uow.cancel_follow_ups(person, "paused", visit.now, kind="not_now")
    tap = visit.update.update_id
    visit.uow.add_follow_ups([follow_ups.pause(visit.env.plan, person, span, tap, visit.now)])
    until = person.paused_until.astimezone(ZoneInfo(person.timezone)).date()
    visit.say("paused", {"hello_date": until})
