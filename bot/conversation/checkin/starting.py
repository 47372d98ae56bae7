"""Starts a check-in, or resumes one that was stopped; says which is due.

Answers are handled in `answering`.
"""

from __future__ import annotations

from dataclasses import replace

from bot.content.library import AFTER_FLOW_OF
from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.safety import clear_chat
from bot.domain.ids import new_id
from bot.domain.participant import Checkin, FollowUp, Participant
from bot.domain.states import CheckinState, FollowUpState
from bot.schedule import follow_ups
from flows import engine
from flows.engine import Answer, Flow


async def begin(
    ctx: Context,
    participant: Participant,
    flow: Flow,
    about: Checkin | None = None,
    case_id: int | None = None,
) -> None:
    """Begins a check-in and asks its first question. `case_id` is the worker's case it is for."""
    earlier: dict[str, dict[str, Answer]] = {}
    if about is not None:
        labelled = ctx.env.library.with_labels(about.version, about.session.answers)
        earlier = {about.flow: labelled}
    case_id = about.case_id if about else case_id
    turn = engine.begin(flow, facts=ctx.facts(case_id), earlier=earlier)
    live = Checkin(
        new_id(),
        turn.session,
        ctx.now,
        follows_id=about.id if about else None,
        follows_version=about.version if about else None,
        case_id=case_id,
    )
    participant.open_checkin = live
    if participant.may_message:
        ctx.uow.follow_ups.add(follow_ups.unfinished(ctx.env.plan, participant, live.id, ctx.now))
    await answering.apply(ctx, participant, live, turn)


def first_for(ctx: Context, participant: Participant) -> Flow:
    """The first check-in that this participant would be asked today."""
    return ctx.env.library.before_for(participant.audience, ctx.localizer.code)


async def begin_after(ctx: Context, participant: Participant, before: Checkin) -> bool:
    """Begins the AFTER of a check-in, in place of any follow-up for it that is due by now."""
    flow = ctx.env.library.after(before.flow, ctx.localizer.code)
    if flow is None:
        return False
    for kind in ("after", "ask_after"):
        ctx.uow.follow_ups.cancel(
            participant, "begun", ctx.now, kind=kind, due_by=ctx.now, about=before.id
        )
    await begin(ctx, participant, flow, about=before)
    return True


async def asked_for(ctx: Context, participant: Participant) -> bool:
    """Begins a due request of a worker, whether a follow-up for it was sent or not."""
    for found in participant.due_requests:
        if await begin_asked(ctx, participant, found):
            return True
    return False


async def begin_asked(ctx: Context, participant: Participant, found: FollowUp) -> bool:
    """Begins a check-in that a worker requested; False when it has become pointless."""
    ctx.uow.follow_ups.cancel(participant, "begun", ctx.now, kind=found.kind, case=found.case_id)
    if found.state is FollowUpState.DROPPED:
        ctx.uow.follow_ups.mark_opened(found)  # opened by writing first, once
    if found.kind == "ask_before":
        done = any(
            p.case_id == found.case_id and p.state is CheckinState.DONE
            for p in participant.checkins
        )
        if done or participant.case(found.case_id) is None:
            return False
        flow = first_for(ctx, participant)
        await begin(ctx, participant, flow, case_id=found.case_id)
        return True
    before = next((p for p in participant.checkins if p.id == found.session_id), None)
    return before is not None and await begin_after(ctx, participant, before)


def after_due(ctx: Context, participant: Participant) -> Checkin | None:
    """The check-in whose AFTER has fallen due and was not begun since, if there is one.

    From the answers and the plan alone, so that participants who write first are asked too.
    """
    done = [
        p
        for p in participant.checkins
        if p.state is CheckinState.DONE and p.flow in AFTER_FLOW_OF and p.ended_at
    ]
    if not done:
        return None
    before = done[-1]
    assert before.ended_at is not None  # noqa: S101 - just looked at
    case = participant.case(before.case_id) if before.case_id else None
    due = follow_ups.latest_due_before(
        ctx.env.plan, before.ended_at, participant.timezone, case, ctx.now
    )
    begun = due is not None and follow_ups.started_since(participant, before.id, due)
    return None if due is None or begun else before


async def resume(ctx: Context, participant: Participant, past: Checkin) -> None:
    """Resumes a check-in that was stopped, where it was: nothing answered is asked again.

    Stopping dropped the reminder for it; as they have agreed again, another is scheduled.
    """
    live = reopen(ctx, participant, past)
    if participant.may_message:
        rows = follow_ups.unfinished(
            ctx.env.plan, participant, live.id, ctx.now, ctx.update.update_id
        )
        ctx.uow.follow_ups.add(rows)
    await answering.ask(ctx, participant, live)


def reopen(ctx: Context, participant: Participant, past: Checkin) -> Checkin:
    """Opens a check-in again that was stopped, without a message."""
    live = past.reopened()
    for known in participant.checkins:
        if known.id == past.follows_id:
            labelled = ctx.env.library.with_labels(known.version, known.session.answers)
            live.session = replace(live.session, earlier={known.flow: labelled})
            live.follows_version = known.version
    live.session = replace(live.session, turn=live.session.turn + 1)
    participant.open_checkin = live
    clear_chat.come_back(ctx, participant)
    ctx.uow.checkins.save(participant, live, ctx.now)
    return live
