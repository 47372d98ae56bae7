"""Stopping, in one step, and what then becomes of the answers.

The stop comes before any question; the choice about the answers comes after it.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.checkin import typed_labels
from bot.conversation.context import Context
from bot.conversation.my_data import deletion
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import clear_chat, opening_line
from bot.domain.participant import Participant
from bot.domain.participant_inputs import PendingText
from bot.domain.states import CheckinState, ParticipantState
from bot.messages.callback_data import STOP, PhraseButton, WorkerButton, parse
from bot.messages.incoming import (
    ButtonPress,
    Command,
    TextMessage,
    UpdateContent,
    VoiceMessage,
)
from flows.engine import StopMeaning


def is_stop(what: UpdateContent, keyword: str | None) -> bool:
    """Whether an update asks to stop: a keyword, /stop, or a button."""
    if keyword is not None:
        return keyword == "stop"
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        return not isinstance(button, WorkerButton | None) and button.choice == STOP
    return isinstance(what, Command) and what.name == "stop"


def stop(ctx: Context, participant: Participant) -> None:
    """Ends all contact now, whatever was open."""
    ctx.stops = True
    answer = _possible_answer(ctx, participant)
    # With a deletion pending, there is nothing left to ask; before an opening line is passed it may
    # be anyone who holds the phone, and "your answers" would tell them of some.
    bare = participant.delete_at is not None or opening_line.stands(ctx)
    silence(ctx, participant, "stop")
    ctx.say_safely("stopped_bare" if bare else "stopped")
    if answer is not None:
        participant.pending_input, participant.pending_since = answer, ctx.now
        ctx.uow.participants.save(participant)
        ctx.add_button("stop_undo", "was_answer", answer.checkin_id)
    others(ctx)


def _possible_answer(ctx: Context, participant: Participant) -> PendingText | None:
    """What they typed, where it may have been the answer to an open question too."""
    live, what = participant.open_checkin, ctx.update.content
    if ctx.stop is not StopMeaning.STOP_OR_ANSWER or live is None:
        return None
    if opening_line.is_phone_shared(ctx, participant):
        return None  # it may be anyone who holds the phone: START asks who it is
    if participant.delete_at or participant.pending_input or participant.paused_until:
        return None
    if not typed_labels.takes_any_words(ctx, live):
        return None
    if isinstance(what, VoiceMessage):
        return PendingText(live.id, live.session.step, voice=dict(what.reference))
    if isinstance(what, TextMessage):
        return PendingText(live.id, live.session.step, what.text)
    return None


async def stop_now(ctx: Context) -> None:
    """Stops the sender: a participant, a newcomer, or a worker."""
    if ctx.participant is None and ctx.worker is not None and ctx.worker.active:
        await worker_messages.stop_digest(ctx, ctx.worker)
        return
    await onboarding.stop(ctx)
    if ctx.participant is None:
        ctx.say_safely("stopped_bare")
        others(ctx)
    else:
        stop(ctx, ctx.participant)


def others(ctx: Context) -> None:
    """Mentions that another participant of this chat still gets messages, where that is so."""
    if any(
        each.state is not ParticipantState.STOPPED for each in ctx.lookups.inactive_participants
    ):
        ctx.say_safely("stopped_one")


def silence(ctx: Context, participant: Participant, event: str) -> None:
    """What stop and a block have in common: the state, the check-in, the follow-ups."""
    # Pending text that they have not chosen to keep is deleted, also if they stopped before.
    participant.pending_input = None
    ctx.uow.participants.save(participant)
    if participant.open_checkin is not None:
        ctx.uow.checkins.save(participant, participant.open_checkin, ctx.now, CheckinState.STOPPED)
        participant.open_checkin = None
    ctx.uow.follow_ups.cancel(participant, event, ctx.now)
    ctx.uow.alert_messages.forget(participant.id)
    ctx.uow.participants.move(participant, event, ctx.now)
    if event == "stop":
        clear_chat.when_done(ctx, participant)


async def answers(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Keeps or deletes the answers of a participant who stopped."""
    if button.choice == "delete":
        await deletion.begin(ctx, participant)
    else:
        ctx.say("stop_done")
