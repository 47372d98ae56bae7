"""The first line of everything that we begin: neutral, and on a shared phone of their choosing.

What it leads to is said only after a tap; on a shared phone only after "Is it you?" too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.conversation.buttons import Aside
from bot.conversation.reply import Message, Reply
from bot.conversation.saying import phrase_message
from bot.conversation.visit import Around, Visit
from bot.store.people import Person
from flows.engine import Text
from flows.engine.normalise import plain

PHRASES = ("hello", "is_it_you")
YOU = "you"
"""What they wait for who have tapped Yes under a first line and not yet said that it is them."""


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


def named(visit: Visit) -> str:
    """The button under a first line whose words were typed, or the empty string."""
    text = getattr(visit.arrival.what, "text", "")
    for choice, label in visit.around.library.phrases["hello"].choices.items():
        if plain(visit.tongue.text(label)) == plain(text):
            return choice
    return ""


def typed(visit: Visit, person: Person, about: int) -> Aside:
    """The button that their words stand for.

    On a shared phone anything else is met as Yes under the first line: with "Is it you?".
    """
    asked = person.waits.get("to") == YOU and person.waits.get("about") == about
    return Aside(PHRASES[asked], named(visit) or "open", about)


def must_ask(visit: Visit, person: Person, button: Aside) -> bool:
    """Asks whether it is them before any content on a shared phone; whether that was to do."""
    if not person.shared_phone or button.phrase == "is_it_you":
        if person.waits.get("to") == YOU:
            person.waits = {}
            visit.batch.changed(person)
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
