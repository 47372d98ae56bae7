"""A language nobody has checked yet says so once, and whoever finds words wrong can say that.

Keeps no word of who said it.
"""

from __future__ import annotations

from bot.conversation.checkin import answering
from bot.conversation.context import Context
from bot.dispatch import commands
from bot.domain.participant import Participant
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage

WORDING = "wording"


def say_once(visit: Context) -> None:
    """Says that the language chosen is a draft, if it is one."""
    if visit.localizer.draft:
        visit.say("draft")


def wrong(visit: Context, _button: PhraseButton) -> None:
    """Asks what sounds wrong; of somebody without a yes only the place is kept, no word."""
    person = visit.participant
    if person is None:
        place = "welcome" if visit.onboarding is None else f"welcome/{len(visit.onboarding.path)}"
        visit.uow.add_wording_note(visit.localizer.code, place, None, visit.now)
        visit.say("sounds_wrong_kept")
        return
    person.pending_input = {"to": WORDING, "place": _place(person)}
    person.pending_since = visit.now
    visit.uow.update_participant(person)
    visit.say("sounds_wrong")


def _place(person: Participant) -> str:
    live = person.open_checkin
    return f"{live.session.flow}/{live.session.step}" if live else "phrases"


def waits_for(visit: Context) -> bool:
    """Whether the words that have come are such a note."""
    person = visit.participant
    typed = isinstance(visit.update.content, TextMessage)
    return typed and person is not None and person.pending_input.get("to") == WORDING


def noted(visit: Context, person: Participant, text: str) -> None:
    """Keeps the note, and brings back the question that waited."""
    visit.uow.add_wording_note(
        visit.localizer.code, str(person.pending_input["place"]), text, visit.now
    )
    visit.say_without_buttons("sounds_wrong_kept")
    carry_on(visit)


def carry_on(visit: Context) -> None:
    """Forgets that a note was waited for; what waited before comes back."""
    person = visit.participant
    if person is None:
        commands.resume(visit)
        return
    person.pending_input = {}
    visit.uow.update_participant(person)
    if person.open_checkin is not None:
        answering.ask(visit, person, person.open_checkin)
    else:
        commands.resume(visit)
