"""A language nobody has checked yet says so once, and whoever finds words wrong can say that.

Keeps no word of who said it.
"""

from __future__ import annotations

from bot.conversation.checkin import answering
from bot.conversation.context import Visit
from bot.dispatch import commands
from bot.domain.participant import Person
from bot.messages.callback_data import Aside
from bot.messages.incoming import Typed

WORDING = "wording"


def say_once(visit: Visit) -> None:
    """Says that the language chosen is a draft, if it is one."""
    if visit.tongue.draft:
        visit.say("draft")


def wrong(visit: Visit, _button: Aside) -> None:
    """Asks what sounds wrong; of somebody without a yes only the place is kept, no word."""
    person = visit.person
    if person is None:
        place = "welcome" if visit.way is None else f"welcome/{len(visit.way.path)}"
        visit.batch.wording_note(visit.tongue.code, place, None, visit.now)
        visit.say("sounds_wrong_kept")
        return
    person.waits = {"to": WORDING, "place": _place(person)}
    person.waits_since = visit.now
    visit.batch.changed(person)
    visit.say("sounds_wrong")


def _place(person: Person) -> str:
    live = person.live
    return f"{live.session.flow}/{live.session.step}" if live else "phrases"


def waits_for(visit: Visit) -> bool:
    """Whether the words that have come are such a note."""
    person = visit.person
    typed = isinstance(visit.arrival.what, Typed)
    return typed and person is not None and person.waits.get("to") == WORDING


def noted(visit: Visit, person: Person, text: str) -> None:
    """Keeps the note, and brings back the question that waited."""
    visit.batch.wording_note(visit.tongue.code, str(person.waits["place"]), text, visit.now)
    visit.say_bare("sounds_wrong_kept")
    carry_on(visit)


def carry_on(visit: Visit) -> None:
    """Forgets that a note was waited for; what waited before comes back."""
    person = visit.person
    if person is None:
        commands.start(visit)
        return
    person.waits = {}
    visit.batch.changed(person)
    if person.live is not None:
        answering.ask(visit, person, person.live)
    else:
        commands.start(visit)
