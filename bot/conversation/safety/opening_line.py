"""The first line of everything that we begin: neutral, and on a shared phone of their choosing.

What it leads to is said only after a tap; on a shared phone only after "Is it you?" too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation.context import Around, Visit
from bot.domain.participant import Person
from bot.messages.builder import phrase_message
from bot.messages.callback_data import Aside
from bot.messages.reply import Message, Reply
from bot.store.tables import Life
from flows.engine import Text
from flows.engine.normalise import plain

PHRASES = ("hello", "is_it_you")
YOU = "you"
"""What they wait for who have tapped Yes under a first line and not yet said that it is them."""
LINE, WHO = "line", "who"
"""The same for whom it was sent again, and for whom it was asked if they are the same still."""


def lines(around: Around) -> Mapping[str, Text]:
    """The first lines there are to choose from."""
    return around.library.phrases["first_line"].choices


def message(person: Person, around: Around, about: int) -> Message:
    """The first line with its four buttons, about a follow-up or a reply that is held back."""
    tongue = around.tongues[person.language]
    said = phrase_message("hello", tongue, around.library.phrases, about=about)
    chosen = lines(around).get(person.line or "")
    if not person.shared_phone or chosen is None:
        return said
    return replace(said, text=tongue.text(chosen))


def is_seen(visit: Visit, person: Person) -> bool:
    """Whether others see this phone: they said so, or somebody else uses the chat too."""
    return person.shared_phone or bool(visit.known.absent)


def stands(visit: Visit) -> bool:
    """Whether a first line stands at a phone that others see, and nobody has said it is them."""
    person = visit.person
    if person is None or person.state is Life.STOPPED or not is_seen(visit, person):
        return False
    if visit.held is not None:
        return True
    hellos = [person.last_hello_at, *(absent.hello_at for absent in visit.known.absent)]
    newest = max((at for at in hellos if at is not None), default=None)
    moved = person.live.moved_at if person.live else None
    known = (person.joined_at, person.known_at, person.phone_at, moved)
    return newest is not None and newest > max(at for at in known if at is not None)


def is_them(visit: Visit, person: Person) -> None:
    """Remembers that whoever holds the phone has just said, or shown, that it is them."""
    person.known_at = visit.now
    visit.batch.changed(person)


def ask_who(visit: Visit, person: Person) -> None:
    """Asks whether it is the same person still; only the answer to this passes a first line."""
    person.waits, person.waits_since = {"to": WHO, "about": 0}, visit.now
    visit.batch.changed(person)
    visit.say("other_person", about=person.id)


def named(visit: Visit) -> str:
    """The button under a first line whose words were typed, or the empty string."""
    text = plain(getattr(visit.arrival.what, "text", ""))
    for phrase in PHRASES:
        for choice, label in visit.around.library.phrases[phrase].choices.items():
            if plain(visit.tongue.text(label)) == text:
                return choice
    return ""


def typed(person: Person, choice: str, about: int) -> Aside:
    """The button that their words are: of the first line, or of "Is it you?" once it is asked."""
    asked = person.waits.get("to") == YOU and person.waits.get("about") == about
    return Aside(PHRASES[asked], choice, about)


def must_ask(visit: Visit, person: Person, button: Aside) -> bool:
    """Asks whether it is them before any content on a shared phone; whether that was to do."""
    if not is_seen(visit, person) or button.phrase == "is_it_you":
        if person.waits.get("to") in (YOU, LINE, WHO):
            person.waits = {}
        is_them(visit, person)
        return False
    person.waits, person.waits_since = {"to": YOU, "about": button.about}, visit.now
    visit.batch.changed(person)
    visit.say("is_it_you", about=button.about)
    return True


async def open_held(visit: Visit, person: Person) -> None:
    """Says what came too late for a shared phone, now that they say it is them."""
    for body in await visit.batch.take_held(person):
        reply = Reply.from_bytes(body)
        visit.messages += reply.messages
        if reply.session_id is not None:
            visit.asked = (reply.session_id, reply.turn)
