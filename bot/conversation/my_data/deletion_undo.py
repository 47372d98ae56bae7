"""While a deletion is pending: the undo, what still works, and what does not.

Help and danger come before this, and stop works as ever; see `routes`.
"""

from __future__ import annotations

from bot.conversation import typed_choices
from bot.conversation.context import Context
from bot.conversation.my_data import deletion
from bot.conversation.next_step import Next
from bot.conversation.safety import clear_chat, danger, safety_question
from bot.domain.participant import Participant
from bot.messages.callback_data import STOP, PhraseButton
from bot.messages.incoming import TextMessage

_STAYS = {
    "helplines": ("back",),
    **dict.fromkeys(danger.BUTTONS, ("carry_on",)),
    **dict.fromkeys(safety_question.BUTTONS, ("safe", "carry_on")),
}
"""Buttons that work meanwhile, except for these choices of each: they would repeat a question."""


def still_works(ctx: Context) -> PhraseButton | None:
    """The button, tapped or typed, if it still works: the undo, help, and danger."""
    button, what = ctx.button, ctx.update.content
    if isinstance(what, TextMessage):
        button = typed_choices.typed_button(ctx, what.text)
    if not isinstance(button, PhraseButton):
        return None
    if button.phrase in ("deleting", "deleting_read", "deleting_waits"):
        return button
    stays = button.phrase in _STAYS and button.choice not in _STAYS[button.phrase]
    return button if stays else None


def stops(ctx: Context) -> bool:
    """Whether a button stops, tapped or typed.

    The first yes to "Do you want me to stop? Or is something hard?" does: nothing else is open.
    """
    what = ctx.update.content
    if isinstance(what, TextMessage):
        return typed_choices.agrees_to_stop(ctx, what.text)
    return getattr(ctx.button, "choice", None) == STOP


def meanwhile(ctx: Context) -> None:
    """Answers all other updates: they are not stored, and no data is shown."""
    participant, what = ctx.participant, ctx.update.content
    assert participant is not None  # noqa: S101 - see `deleting.waits`
    if isinstance(what, TextMessage) and typed_choices.answers_stop(ctx, what.text):
        ctx.say("stop_maybe_again")  # "maybe": only a yes stops
        return
    ctx.say("deleting_waits", deletion.when(ctx, participant), about=deletion.about(participant))


async def undo(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Undoes the deletion, while there is time."""
    if participant.delete_at is None or button.about != deletion.about(participant):
        ctx.toast_phrase("stale")  # an earlier deletion's undo does not undo this one
        return None
    participant.delete_at = participant.receipt_hash = participant.clear_chat_at = None
    ctx.uow.participants.save(participant)
    if participant.open_checkin is None:
        clear_chat.when_done(ctx, participant)
    ctx.say("delete_undone")
    return Next.RESUME
