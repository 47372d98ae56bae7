"""Joins a worker's case to the participant who came by its link, or releases the link.

What is asked next is in `open_link` and `onboarding`.
"""

from __future__ import annotations

from bot.conversation import quiet_notices
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.worker import Case

_JOINED = ("participant_id", "joined_at", "holder")


async def join(ctx: Context, participant: Participant, case: Case) -> None:
    """Joins a case to this participant; their own earlier check-in becomes part of it."""
    case.participant_id, case.joined_at, case.holder = participant.id, ctx.now, None
    own = not participant.cases
    participant.cases.append(case)
    await ctx.uow.flush_participants()  # the case refers to them
    await ctx.uow.cases.save(case, *_JOINED)
    await quiet_notices.joined(ctx, case)
    if own:
        if participant.open_checkin is not None:
            participant.open_checkin.case_id = case.id
            ctx.uow.checkins.save(participant, participant.open_checkin, ctx.now)
        for past in participant.checkins:
            past.case_id = case.id
        await ctx.uow.cases.adopt_checkins(participant, case)


async def release_link(ctx: Context) -> None:
    """Releases the link of a sender who declines, so that nothing of them stays."""
    if ctx.lookups.claimed_case is not None:
        await ctx.uow.cases.release(ctx.update.chat)
