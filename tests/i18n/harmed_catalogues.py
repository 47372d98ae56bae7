"""Ways to harm a whole catalogue, each of which must be named.

It checks nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from babel.messages import Message, pofile

from bot.i18n.bidi import RLM
from bot.i18n.catalog import (
    po_file,
    read_catalogue,
    strings,
)
from bot.languages.completeness import Requirement
from flows.engine import placeholders
from tests.support.pseudo_locales import text_of


def damage(locales: Path, harm: Callable[[Message], None], code: str = "ar") -> set[str]:
    """Harms every text of a language and gives the places that were harmed."""
    file = po_file(locales, code)
    catalogue = read_catalogue(file)
    harmed = set()
    for message in catalogue:
        before = (message.string, set(message.flags))
        if message.id:
            harm(message)
            if (message.string, message.flags) != before:
                harmed.add(message.context or "")
    with file.open("wb") as opened:
        pofile.write_po(opened, catalogue)
    return harmed


def each(message: Message, change: Callable[[str], str]) -> None:
    said = tuple(map(change, strings(message)))
    message.string = said if message.pluralizable else said[0]


def lacks_a_placeholder(message: Message) -> None:
    for name in placeholders(text_of(message).source):
        each(message, lambda said, n=name: said.replace(f"{{{n}}}", "5"))  # type: ignore[misc]


def rings_another(message: Message) -> None:
    each(message, lambda said: said.replace("999", "998").replace("116 123", "116 132"))


def tells_no_word(message: Message) -> None:
    each(message, lambda said: said.replace("STOP", "ا").replace("START", "ا").replace("HELP", "ا"))


def is_fuzzy(message: Message) -> None:
    message.flags |= {"fuzzy"}


def begins_elsewhere(message: Message) -> None:
    each(message, lambda said: said.replace("{number} ", "ا {total}. {number} ", 1))


HARMS: dict[str, tuple[Requirement, Callable[[Message], None]]] = {
    "empty": (Requirement.TEXTS, lambda m: each(m, lambda _: "")),
    "fuzzy": (Requirement.TEXTS, is_fuzzy),
    "lacks a placeholder": (Requirement.KEPT, lacks_a_placeholder),
    "has another": (Requirement.KEPT, lambda m: each(m, lambda said: said + " {another}")),
    "has half a brace": (Requirement.KEPT, lambda m: each(m, lambda said: said + " {")),
    "rings another": (Requirement.KEPT, rings_another),
    "steers": (Requirement.KEPT, lambda m: each(m, lambda said: RLM + said)),
    "tells no word": (Requirement.LISTENED, tells_no_word),
}
