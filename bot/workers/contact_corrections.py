"""Corrects what a participant was told about their request when no worker could receive it."""

from __future__ import annotations

import datetime as dt

from bot.conversation import reachability
from bot.conversation.context import Context
from bot.conversation.safety import contact_request
from bot.domain.states import ParticipantState
from bot.domain.worker import Case, Worker
from bot.messages.incoming import BotBlocked, IncomingUpdate
from bot.messages.parts import OtherReply

STILL_ASKING = dt.timedelta(minutes=10)
"""How long after the request it is corrected; later it would be news."""


async def put_right(ctx: Context, alert_id: int, case: Case, told: list[Worker]) -> None:
    """Notifies the participant who is asked now, where those named first were unreachable."""
    alert = await ctx.uow.alerts.find(alert_id)
    if alert is None or case.participant_id is None:
        return
    if ctx.now - alert.asked_at > STILL_ASKING or not alert.notified:
        return
    can_hear = {worker.id for worker in reachability.reachable(await ctx.uow.workers.all())}
    if can_hear & {worker_id for worker_id, *_ in alert.notified}:
        return  # one of them may yet look
    participant = (await ctx.uow.participants.load_by_id([case.participant_id])).get(
        case.participant_id
    )
    if (
        participant is None
        or not participant.is_active_at_chat
        or participant.state is ParticipantState.STOPPED
        or participant.delete_at
    ):
        return
    there = Context(
        IncomingUpdate(0, participant.chat_id, BotBlocked(), ctx.now),
        participant,
        ctx.uow,
        ctx.now,
        ctx.env,
    )
    contact_request.say_who(there, alert_id, told, ctx.now + ctx.env.plan.alert, others=False)
    parts = tuple(there.parts)
    ctx.other_replies.append(OtherReply(participant.chat_id, parts, there.owner, standalone=False))
