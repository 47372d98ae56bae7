"""A stop that may have been an answer, such as "quit": one button takes it back and keeps the word.

It has stopped at once all the same; until the button is tapped nothing is sent or asked.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation.checkin import answering, starting
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.domain.participant import Participant
from bot.domain.participant_inputs import PendingText
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from flows.engine import Voice, Words

WAITS_FOR = dt.timedelta(days=1)


async def tapped(ctx: Context, button: PhraseButton) -> Next | None:
    """Takes the stop back, and stores what was typed as the answer it was."""
    participant = ctx.participant
    held = _held(ctx, participant) if participant is not None else None
    if participant is None or held is None or held.checkin_id != button.about:
        ctx.toast_phrase("stale")
        return None
    past = next((p for p in participant.checkins if p.id == held.checkin_id), None)
    if past is None:
        ctx.toast_phrase("stale")
        return None
    participant.pending_input = participant.pending_since = None
    ctx.uow.participants.move(participant, "undo_stop", ctx.now)
    live = starting.reopen(ctx, participant, past)
    starting.plan_again(ctx, participant)
    ctx.say_without_buttons("stop_undo")
    said = Voice(held.voice) if held.voice else Words(held.text or "")
    await answering.store(ctx, participant, live, said)
    return None


def _held(ctx: Context, participant: Participant) -> PendingText | None:
    held, since = participant.pending_input, participant.pending_since
    if participant.state is not ParticipantState.STOPPED or not isinstance(held, PendingText):
        return None
    fresh = since is not None and ctx.now - since < WAITS_FOR
    return held if fresh and participant.delete_at is None else None
