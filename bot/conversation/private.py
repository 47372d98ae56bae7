"""A private word, by which somebody comes back to their own story on a phone that others use too.

Keeps no word, only what it can be known by; who comes back by one is in `stories`.
"""

from __future__ import annotations

from bot.conversation.arrival import Commanded, Pressed, Typed
from bot.conversation.visit import Visit
from bot.store.people import Person
from flows.engine.normalise import plain

WORD = "word"
SHORTEST, LONGEST = 3, 64
"""Letters; shorter is guessed, and longer is a sentence that nobody types twice alike."""


def ask(visit: Visit, person: Person) -> None:
    """Asks for a word; what they type next is it."""
    person.waits, person.waits_since = {"to": WORD}, visit.now
    visit.batch.changed(person)
    visit.say("word_ask")


def waits_for(visit: Visit) -> bool:
    """Whether the words that have come are to be somebody's private word."""
    typed = isinstance(visit.arrival.what, Typed)
    return typed and visit.person is not None and visit.person.waits.get("to") == WORD


def let_go(visit: Visit, person: Person) -> None:
    """Forgets that a word was waited for once they do something else: an answer is no word."""
    what = visit.arrival.what
    heard = visit.around.library.listened
    starts = isinstance(what, Typed) and heard(what.text) == "start"
    if person.waits.get("to") == WORD and (starts or isinstance(what, Pressed | Commanded)):
        person.waits = {}
        visit.batch.changed(person)


def usable(visit: Visit, text: str) -> str | None:
    """The word as it is compared, or None: too short, too long, or one that does something else."""
    word = plain(text)
    letters = sum(c.isalnum() for c in word)
    if letters < SHORTEST or len(word) > LONGEST or visit.around.library.listened(text):
        return None
    return word
