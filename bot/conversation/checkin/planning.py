"""Plans what comes after the check-ins that are done."""

from __future__ import annotations

from bot.content.library import AFTER_FLOW_OF
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.states import CheckinState
from bot.schedule import follow_ups


def plan_again(ctx: Context, participant: Participant) -> None:
    """Schedules what is still to come: stopping had dropped it."""
    done = [p for p in participant.checkins if p.state is CheckinState.DONE]
    befores = [p for p in done if p.flow in AFTER_FLOW_OF and p.ended_at]
    if not befores or not participant.may_message:
        return
    last = befores[-1]
    assert last.ended_at is not None  # noqa: S101 - just looked at
    rows = follow_ups.after_checkins(
        ctx.env.plan,
        participant,
        (last.id, last.ended_at),
        participant.case(last.case_id) if last.case_id else None,
        ctx.now,
        ctx.update.update_id,
    )
    ctx.uow.follow_ups.cancel(participant, "planned again", ctx.now, kind="after", about=last.id)
    ctx.uow.follow_ups.add(rows)
    participant.next_follow_up_at = min((r["due_at"] for r in rows), default=None)


async def plan_unfinished(ctx: Context, participant: Participant) -> None:
    """Schedules the reminder for an open check-in, unless they have chosen another time for it."""
    live = participant.open_checkin
    if live is None or await ctx.uow.follow_ups.is_waiting(participant, "not_now"):
        return
    tap = ctx.update.update_id
    ctx.uow.follow_ups.add(follow_ups.unfinished(ctx.env.plan, participant, live.id, ctx.now, tap))
