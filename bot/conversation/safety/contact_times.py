"""When messages are safe, and a pause: asked and set in one tap each.

The settings are checked by the job before every follow-up.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.checkin import message_question
from bot.conversation.context import Context
from bot.domain.participant import ContactTimes, Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import ButtonPart
from bot.schedule import follow_ups
from bot.schedule.plan import add
from flows.engine import Value

ANY, NEVER, DAY = "any", "never", "day"
WEEK = 7


def asked(ctx: Context) -> None:
    """Asks when it is safe, unless they get no messages anyway."""
    participant = ctx.participant
    allowed = participant is None or participant.may_message
    if allowed:
        ctx.say("times")
    else:
        message_question.ask(ctx)


def chosen(ctx: Context, participant: Participant, choice: str) -> None:
    """Sets the part of the day, or asks for the day of the week."""
    if choice == DAY:
        _ask_day(ctx)
        return
    if choice == NEVER:
        participant.contact_times = ContactTimes(never=True)
        ctx.uow.participants.save(participant)
        ctx.say("times_never")
        return
    if choice == ANY:
        participant.contact_times = ContactTimes()
    elif choice in ctx.env.plan.day_parts:
        participant.contact_times = ContactTimes(
            parts=(choice,), days=participant.contact_times.days
        )
    else:
        ctx.toast_phrase("stale")
        return
    ctx.uow.participants.save(participant)
    _say_when(ctx, participant)


def day(ctx: Context, participant: Participant, choice: str) -> None:
    """Sets the one day of the week for messages."""
    if not (choice.isdigit() and int(choice) < WEEK):
        ctx.toast_phrase("stale")
        return
    participant.contact_times = ContactTimes(
        parts=participant.contact_times.parts, days=(int(choice),)
    )
    ctx.uow.participants.save(participant)
    _say_when(ctx, participant)


def _ask_day(ctx: Context) -> None:
    days = ctx.localizer.weekdays()
    ctx.say_with_buttons(
        "times_day",
        [
            ButtonPart(name, PhraseButton("times_day", str(number)).encode())
            for number, name in enumerate(days)
        ],
    )


def _say_when(ctx: Context, participant: Participant) -> None:
    name, values = said(ctx, participant)
    ctx.say("times_ok_day" if name == "day" else "times_ok", values)


def said(ctx: Context, participant: Participant) -> tuple[str, dict[str, Value]]:
    """When a participant gets messages: "day" or "hours", and the values for a text about it."""
    localizer = ctx.localizer
    windows = ctx.env.plan.windows(participant.contact_times)
    hours = [(localizer.format_time(w.start), localizer.format_time(w.end)) for w in windows]
    values: dict[str, Value] = {"from": hours[0][0], "to": hours[-1][1]}
    if participant.contact_times.days:
        return "day", {**values, "day": localizer.weekdays()[participant.contact_times.days[0]]}
    return "hours", values


async def pause(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Pauses follow-ups for a while."""
    span = ctx.env.plan.pause.get(button.choice)
    if span is None:
        ctx.toast_phrase("stale")
        return
    participant.paused_until = add(ctx.now, span, participant.timezone)
    ctx.uow.participants.move(participant, "pause", ctx.now)
    ctx.uow.follow_ups.cancel(participant, "another pause", ctx.now, kind="pause")
    ctx.uow.follow_ups.cancel(participant, "paused", ctx.now, kind="not_now")
    tap = ctx.update.update_id
    ctx.uow.follow_ups.add([follow_ups.pause(ctx.env.plan, participant, span, tap, ctx.now)])
    until = participant.paused_until.astimezone(ZoneInfo(participant.timezone)).date()
    ctx.say("paused", {"hello_date": until})
