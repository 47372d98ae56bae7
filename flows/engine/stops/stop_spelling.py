"""Reads a message as the words that the stop grammar compares.

Undoes what fingers and phones do to a word: letters stretched, spaced or dotted, look-alikes of
another script, digits for letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from flows.engine.normalise import normalise

SPACED = 3
"""From so many letters on their own they are one word: "s t o p"."""

_BETWEEN = re.compile("[^\\w\u0900-\u0963\u0966-\u0dff]+|_")
"""Signs; the vowel signs of Indic scripts are letters."""
_TO_LATIN = str.maketrans("асеіорхуьнкмтјѕѵαοερτυνικ", "aceiopxybhkmtjsvaoeptuvik")
_TO_CYRILLIC = str.maketrans("aceiopxybhkmtjs", "асеіорхувнкмтјѕ")
_DIGITS = str.maketrans("013457", "oieast")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_DOUBLED = re.compile(r"(\w)\1+")


SLIP_FROM = 5
"""In words of a message of several, one slip is heard from so many letters on."""
_Letters = Mapping[int, Collection[str]]
_Lengths = Mapping[int, int]


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: folded, without signs."""
    return split(normalise(text))


def split(folded: str) -> list[str]:
    """The words of a normalised text; letters that stand alone in a row are one word."""
    if folded.isascii() and folded.replace(" ", "").isalnum():
        words = folded.split()
    else:
        words = _BETWEEN.sub(" ", folded.replace("'", "")).split()
    if len(words) >= SPACED and sum(len(w) == 1 for w in words) >= SPACED:
        return list(_together(words))
    return words


def _together(words: list[str]) -> Iterator[str]:
    row: list[str] = []
    for word in [*words, ""]:
        if len(word) == 1 and word.isalpha():
            row.append(word)
            continue
        if len(row) >= SPACED:
            yield "".join(row)
        else:
            yield from row
        row = []
        if word:
            yield word


def other_forms(word: str) -> Iterator[str]:
    """What an unknown word may have been meant as, the likeliest first."""
    if _STRETCHED.search(word):
        yield _STRETCHED.sub(r"\1", word)
        yield _STRETCHED.sub(r"\1\1", word)
        yield _DOUBLED.sub(r"\1", word)
    if not word.isascii():
        yield word.translate(_TO_LATIN)
        yield word.translate(_TO_CYRILLIC)
    elif not word.isalpha() and not word.isdecimal():
        yield word.translate(_DIGITS)


def slips(word: str) -> Iterator[str]:
    """A word with one slip: two letters swapped, an inner one missing, or one doubled."""
    for at in range(len(word) - 1):
        yield f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
    for at in range(1, len(word) - 1):
        yield word[:at] + word[at + 1 :]
    for at in range(len(word)):
        yield word[: at + 1] + word[at:]


def letters_of(words: Iterable[str]) -> dict[int, set[str]]:
    """The letters of some words, by their script."""
    found: dict[int, set[str]] = {}
    for letter in {letter for word in words for letter in word}:
        found.setdefault(_script(letter), set()).add(letter)
    return found


def longest_of(words: Iterable[str]) -> dict[int, int]:
    """How long the longest of some words is, by their script."""
    found: dict[int, int] = {}
    for word in words:
        script = _script(word[0])
        found[script] = max(found.get(script, 0), len(word))
    return found


def meant_by(word: str, letters: _Letters, longest: _Lengths) -> Iterator[str]:
    """What a word may have been meant as, if it has one slip after its first letter.

    A letter missing, too much, another one, or two swapped. A word that is longer than the
    `longest` with one letter too much was meant as none.
    """
    script = _script(word[0])
    if len(word) > longest.get(script, 0) + 1:
        return
    own = letters.get(script, ())
    for at in range(1, len(word) + 1):
        before, after = word[:at], word[at:]
        for letter in own:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


def _script(letter: str) -> int:
    return ord(letter) >> 8  # the blocks of Unicode that matter here
