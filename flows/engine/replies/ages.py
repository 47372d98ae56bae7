"""Reads an age from a whole message: in digits of any script, or in words."""

from __future__ import annotations

import re
from typing import NamedTuple

from flows.engine.replies.reply_words import (
    FILLERS,
    NUMBER,
    OLDEST,
    RANGE,
    LanguageWords,
    Words,
    words_of,
)

YOUNGEST = 5
"""Below it a number is no age of a person who writes, but perhaps the place of a button."""
ADULT, TEEN = 18, 13
_LONGEST_NUMBER, _LONGEST_AGE = 4, 3
"""Words of a number, and digits of an age: the digits of a card are none."""
_COMPARES = frozenset("<>≤≥=%.,/")
_TO = re.compile(r"(?<=\d)\s*[-\u2010-\u2015\u2212]\s*(?=\d)")


class Ages(NamedTuple):
    """The youngest and the oldest that may be meant."""

    low: int
    high: int


def read_age(known: LanguageWords, text: str) -> Ages | None:
    """The ages that a whole message may mean in one language; None where it is no age."""
    text = text.strip().rstrip(".,!。۔।")
    if not _COMPARES.isdisjoint(text):
        return None
    parts = [words_of(part) for part in _TO.split(text.replace("+", " plus "))]
    words: list[str] = []
    numbers: list[int] = []
    for place, part in enumerate(parts):
        words += [RANGE] * (place > 0)
        words += _framed(known, part, numbers)
    kind = known.frames.get(_bare(known, tuple(words)))
    return _meant(kind, numbers) if kind else None


def _framed(known: LanguageWords, words: Words, numbers: list[int]) -> list[str]:
    """The words with NUMBER for each number, of which the values are added to `numbers`."""
    framed: list[str] = []
    at = 0
    while at < len(words):
        if words[at].isdigit():
            numbers.append(int(words[at]) if len(words[at]) <= _LONGEST_AGE else OLDEST + 1)
            framed.append(NUMBER)
            at += 1
            continue
        for end in range(min(len(words), at + _LONGEST_NUMBER), at, -1):
            if (found := known.numbers.get(words[at:end])) is not None:
                numbers.append(found)
                framed.append(NUMBER)
                at = end
                break
        else:
            framed.append(words[at])
            at += 1
    return framed


def _bare(known: LanguageWords, words: Words) -> Words:
    """The words without fillers around them, unless they are a way to say an age as they are."""
    while words and words not in known.frames:
        if known.phrases.name_of(words[-1:]) in (FILLERS, "yes", "greeting", "thanks"):
            words = words[:-1]
        elif known.phrases.name_of(words[:1]) in (FILLERS, "yes", "greeting", "thanks"):
            words = words[1:]
        else:
            break
    return words


def _meant(kind: str, numbers: list[int]) -> Ages | None:
    if kind == "adult":
        return Ages(ADULT, OLDEST)
    if kind == "teen":
        return Ages(TEEN, ADULT - 1)
    first, last = numbers[0], numbers[-1]
    found = {
        "exact": Ages(first, first),
        # Who is almost 18 is 17: a birthday that comes has not come.
        "nearly": Ages(first - 1, first - 1),
        # "Over 17" and "over 18" are both said at 18 or more.
        "over": Ages(first + (first == ADULT - 1), OLDEST),
        "under": Ages(0, first - 1),
        "between": Ages(first, last),
    }[kind]
    return found if found.low <= found.high <= OLDEST and min(numbers) >= YOUNGEST else None
