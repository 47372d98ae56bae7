"""Not now: the choice of when, which never counts as a refusal."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bot.conversation.checkin import said_when
from bot.conversation.context import Context
from bot.domain.participant import Checkin, Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.schedule import follow_ups
from flows.engine.replies.when import When


async def chosen(ctx: Context, participant: Participant, live: Checkin, choice: str) -> None:
    """Schedules a follow-up for the chosen time, replacing an earlier one."""
    later = ctx.env.plan.not_now.get(choice)
    due = None
    if later is not None:
        due = follow_ups.due_after(later, participant.timezone, ctx.now)
    await _put_off(ctx, participant, live, due)


async def typed(ctx: Context, participant: Participant, live: Checkin, said: When) -> None:
    """Schedules a follow-up for a time that was typed; asks again where it is too far ahead."""
    due = said_when.due(ctx, participant, said)
    if due is None:
        buttons = [PhraseButton(said_when.ASKED, choice, live.id) for choice in said_when.CHOICES]
        said_when.say_too_far(ctx, participant, buttons)
        return
    await _put_off(ctx, participant, live, due, said)


async def _put_off(
    ctx: Context,
    participant: Participant,
    live: Checkin,
    due: dt.datetime | None,
    said: When | None = None,
) -> None:
    if participant.state is ParticipantState.PAUSED and participant.paused_until is not None:
        # Nothing comes before its end, whatever is chosen now.
        until = participant.paused_until.astimezone(ZoneInfo(participant.timezone)).date()
        ctx.say("paused", {"hello_date": until})
        return
    ctx.uow.follow_ups.cancel(participant, "another time", ctx.now, kind="not_now")
    # They have chosen a time; the follow-up for an unfinished check-in would come before that.
    ctx.uow.follow_ups.cancel(participant, "another time", ctx.now, kind="unfinished")
    # A time they choose themselves is a yes to that one message.
    if due is None or participant.contact_times.never:
        ctx.say("later_none")
        return
    tap = ctx.update.update_id
    row = follow_ups.not_now(ctx.env.plan, participant, live, due, tap, ctx.now)
    ctx.uow.follow_ups.add([row])
    when = said_when.said_back(ctx, participant, said, row["due_at"])
    ctx.say("later_set", {"hello_date": when})
