"""While all somebody told us waits to be deleted: the undo, what still works, and what does not.

Help and danger come before this, and stop works as ever; see `dispatcher`.
"""

from __future__ import annotations

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.conversation.my_data import deletion
from bot.conversation.safety import danger
from bot.messages.callback_data import STOP, PhraseButton
from bot.store.tables import ParticipantState

_STAYS = {"helplines": "back", **dict.fromkeys(danger.BUTTONS, "carry_on")}
"""Buttons that work meanwhile, but for this choice of each: it would bring a question back."""


def still_works(visit: Context) -> bool:
    """Whether what was tapped does what it says all the same: the undo, help, and danger."""
    button = visit.button
    if not isinstance(button, PhraseButton):
        return False
    if button.phrase in ("deleting", "deleting_read", "deleting_waits"):
        return True
    return button.phrase in _STAYS and button.choice != _STAYS[button.phrase]


def stops(visit: Context) -> bool:
    """Whether what was tapped is a button that stops."""
    return getattr(visit.button, "choice", None) == STOP


def meanwhile(visit: Context) -> None:
    """Answers whatever else they send: it is not kept, and nothing of theirs is shown."""
    person = visit.participant
    assert person is not None  # noqa: S101 - see `deleting.waits`
    visit.say("deleting_waits", deletion.when(visit, person), about=deletion.about(person))


def undo(visit: Context, button: PhraseButton) -> None:
    """Leaves everything as it was, while there is time."""
    person = visit.participant
    if person is None:
        visit.toast_phrase("delete_over")
    elif person.delete_at is None or button.about != deletion.about(person):
        visit.toast_phrase("stale")  # an undo of an earlier time does not undo this one
    else:
        person.delete_at = person.receipt_hash = person.clear_chat_at = None
        visit.uow.update_participant(person)
        visit.say("delete_undone")
        if person.open_checkin is not None and person.state is not ParticipantState.STOPPED:
            answering.ask(visit, person, person.open_checkin)
