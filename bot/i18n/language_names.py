"""Finds a language by its name, in its own tongue or in another that is offered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from flows.engine.normalise import normalise

LONGEST = 40
OTHER = "other"
"""A language that is none of those with names of their own."""


def named(text: str, names: Mapping[str, tuple[str, ...]]) -> str | None:
    """The code of the language that a text names, OTHER for one that is not known; else None.

    `names` are more names of each language: romanised, colloquial.
    """
    if len(text) > LONGEST:
        return None
    return _table(tuple(names.items())).get(normalise(text))


@lru_cache(maxsize=4)
def _table(names: tuple[tuple[str, tuple[str, ...]], ...]) -> Mapping[str, str]:
    known = {code: Locale.parse(code) for code, _ in names}
    own = {locale.language: code for code, locale in known.items()}
    found: dict[str, str] = {}
    for locale in known.values():
        for code, name in locale.languages.items():
            meant = own.get(code.split("_")[0], OTHER)
            if len(name) > 2 and found.get(normalise(name), OTHER) == OTHER:
                found[normalise(name)] = meant
    for code in _OTHERS:
        if (name := Locale.parse(code).languages.get(code)) is not None:
            found.setdefault(normalise(name), own.get(code, OTHER))
    for code, more in names:
        for name in more:
            found[normalise(name)] = code
    return found


_OTHERS = (
    "de",
    "so",
    "tr",
    "ru",
    "it",
    "sq",
    "vi",
    "hu",
    "cs",
    "sk",
    "lt",
    "bg",
    "el",
    "hi",
    "pa",
    "ps",
    "ku",
    "am",
    "ti",
    "sw",
    "gu",
    "ta",
    "ne",
    "nl",
    "ka",
    "hy",
    "sr",
    "hr",
    "cy",
    "ja",
)
"""Languages that people ask for by their own names, beside those that are offered."""
