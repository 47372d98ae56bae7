"""Not now: the choice of when, which never counts as a refusal."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation.context import Context
from bot.domain.participant import Checkin, Participant
from bot.domain.states import ParticipantState
from bot.schedule import follow_ups


async def chosen(ctx: Context, participant: Participant, live: Checkin, choice: str) -> None:
    """Schedules a follow-up for the chosen time, replacing an earlier one."""
    if participant.state is ParticipantState.PAUSED and participant.paused_until is not None:
        # Nothing comes before its end, whatever is chosen now.
        until = participant.paused_until.astimezone(ZoneInfo(participant.timezone)).date()
        ctx.say("paused", {"hello_date": until})
        return
    ctx.uow.follow_ups.cancel(participant, "another time", ctx.now, kind="not_now")
    # They have chosen a time; the follow-up for an unfinished check-in would come before that.
    ctx.uow.follow_ups.cancel(participant, "another time", ctx.now, kind="unfinished")
    later = ctx.env.plan.not_now.get(choice)
    if later is None or not participant.may_message:
        ctx.say("later_none")
        return
    if participant.contact_times.never:
        ctx.say("later_none")
        return
    tap = ctx.update.update_id
    row = follow_ups.not_now(ctx.env.plan, participant, live, later, tap, ctx.now)
    ctx.uow.follow_ups.add([row])
    local = row["due_at"].astimezone(ZoneInfo(participant.timezone)).date()
    ctx.say("later_set", {"hello_date": local})
