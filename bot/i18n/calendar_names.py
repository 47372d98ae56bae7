"""The names of days and months in a language, from CLDR, to be read where they are typed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import get_day_names, get_month_names

from flows.engine.replies.reply_words import words_of
from flows.engine.replies.when_words import Item, Phrases

_Width = Literal["wide", "abbreviated"]
_WIDTHS: tuple[_Width, ...] = ("wide", "abbreviated")
_CONTEXTS: tuple[Literal["format", "stand-alone"], ...] = ("format", "stand-alone")
_SHORTEST = 3
"""Letters of a short name: a shorter one may be any word."""


@lru_cache(maxsize=64)
def names_of(code: str, *, short: bool) -> Phrases:
    """What each name means; the `short` ones too, if they are words by themselves."""
    found: dict[tuple[str, ...], set[Item]] = {}
    for name, item in _names(code, short=short):
        if words := words_of(name):
            found.setdefault(words, set()).add(item)
    return {words: frozenset(items) for words, items in found.items()}


def _names(code: str, *, short: bool) -> Iterator[tuple[str, Item]]:
    locale = Locale.parse(code)
    for width in _WIDTHS if short else _WIDTHS[:1]:
        for context in _CONTEXTS:
            days = get_day_names(width, context, locale)
            months = get_month_names(width, context, locale)
            for kind, names in (("weekday", days), ("month", months)):
                for number, name in names.items():
                    if width == "wide" or len(name) >= _SHORTEST:
                        yield name, Item(kind, number)
