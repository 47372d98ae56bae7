"""Marks a language as a draft once, and accepts notes that a text sounds wrong.

The author of a note is not recorded.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.domain.participant import Participant
from bot.domain.participant_inputs import AwaitingWordingNote
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage


def say_once(ctx: Context) -> None:
    """Sends a notice that the chosen language is a draft, if it is one."""
    if ctx.localizer.draft:
        ctx.say("draft")


async def wrong(ctx: Context, _button: PhraseButton) -> None:
    """Asks what sounds wrong; before consent only the place is stored, no text."""
    participant = ctx.participant
    if participant is None or participant.state is ParticipantState.STOPPED:
        place = "welcome" if ctx.onboarding is None else f"welcome/{len(ctx.onboarding.path)}"
        ctx.uow.wording_notes.add(ctx.localizer.code, place, None, ctx.now)
        # For a moment only: the note stands under the first screen, whose buttons stay.
        ctx.toast_phrase("sounds_wrong_kept")
        return
    participant.pending_input = AwaitingWordingNote(_place(participant))
    participant.pending_since = ctx.now
    ctx.uow.participants.save(participant)
    ctx.say("sounds_wrong")


def _place(participant: Participant) -> str:
    live = participant.open_checkin
    return f"{live.session.flow}/{live.session.step}" if live else "phrases"


def waits_for(ctx: Context) -> bool:
    """Whether the text is such a note."""
    participant = ctx.participant
    typed = isinstance(ctx.update.content, TextMessage)
    awaited = participant.pending_input if participant is not None else None
    return typed and isinstance(awaited, AwaitingWordingNote)


async def noted(ctx: Context, participant: Participant, text: str) -> Next:
    """Stores the note, and repeats the open question."""
    awaited = participant.pending_input
    assert isinstance(awaited, AwaitingWordingNote)  # noqa: S101 - see `waits_for`
    ctx.uow.wording_notes.add(ctx.localizer.code, awaited.source_ref, text, ctx.now)
    ctx.say_without_buttons("sounds_wrong_kept")
    return await carry_on(ctx)


def discard(ctx: Context) -> None:
    """Discards the pending note once the participant does something else."""
    participant = ctx.participant
    if participant is not None and isinstance(participant.pending_input, AwaitingWordingNote):
        participant.pending_input = participant.pending_since = None
        ctx.uow.participants.save(participant)


async def carry_on(ctx: Context) -> Next:
    """Discards the pending note; what was open before is repeated."""
    participant = ctx.participant
    if participant is None:
        return Next.START
    participant.pending_input = None
    ctx.uow.participants.save(participant)
    return Next.START if participant.open_checkin is None else Next.RESUME
