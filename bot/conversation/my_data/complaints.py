"""Complaints: asked for, stored for a person to read, and given a code.

They are answered with `checkin complaints`.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation import worker_messages
from bot.conversation.checkin import answer_limits
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.domain.participant import Participant
from bot.domain.participant_inputs import AwaitingComplaint
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage, VoiceMessage

COMPLAINT = "complaint"
ACKNOWLEDGE = dt.timedelta(days=30)
"""How long the law of the United Kingdom gives an organisation to acknowledge a complaint about
personal data (Data Protection Act 2018, section 164A, as of 2026)."""


def ask(ctx: Context, participant: Participant) -> None:
    """Asks what is wrong."""
    participant.pending_input, participant.pending_since = AwaitingComplaint(), ctx.now
    ctx.uow.participants.save(participant)
    ctx.say(COMPLAINT)


def awaits_complaint(participant: Participant | None) -> bool:
    """Whether their next text is a complaint."""
    awaited = participant.pending_input if participant is not None else None
    return isinstance(awaited, AwaitingComplaint)


async def complaint_received(
    ctx: Context, participant: Participant, what: TextMessage | VoiceMessage
) -> Next | None:
    """Stores it whole, notifies the leads, and gives its code.

    The open question is repeated, unless it is not to come `back` now.
    """
    words = what.text if isinstance(what, TextMessage) else str(what.reference.get("caption") or "")
    if len(words) > answer_limits.LONGEST_WORDS:
        ctx.say("too_long")
        return None
    discard(ctx, participant)
    voice = what.reference if isinstance(what, VoiceMessage) else None
    code = await ctx.uow.complaints.make(
        participant.id, words or None, voice, ctx.localizer.code, ctx.now
    )
    ctx.say("complaint_kept", {"code": code})
    for worker in await ctx.uow.workers.all():
        if worker.active and worker.lead:
            localizer = ctx.env.languages[worker.language]
            worker_messages.notify(
                ctx, worker, worker_messages.build_message(ctx, localizer, "w_complaint", {})
            )
    return Next.RESUME


async def left(ctx: Context, participant: Participant, _button: PhraseButton) -> Next | None:
    """Discards the pending complaint; the open question is repeated."""
    if not awaits_complaint(participant):
        ctx.toast_phrase("stale")
        return None
    discard(ctx, participant)
    ctx.say("complaint_left")
    return Next.RESUME


def discard(ctx: Context, participant: Participant) -> None:
    """Discards the pending input."""
    participant.pending_input = participant.pending_since = None
    ctx.uow.participants.save(participant)


def discard_unless_complaint(ctx: Context) -> None:
    """Discards it once they do something else than write a complaint."""
    button, participant = ctx.button, ctx.participant
    under = isinstance(button, PhraseButton) and button.phrase == COMPLAINT
    if participant is not None and awaits_complaint(participant) and not under:
        discard(ctx, participant)
