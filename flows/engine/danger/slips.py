"""Finds the known word that is one typing slip away from another."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from zlib import crc32

from flows.engine.danger.pattern_tables import TYPE, array_of

_SHORTEST = 5


class SlipIndex:
    """The words of a vocabulary, by every form of them that lacks a letter.

    Two words one slip apart have a form in common. Of a form only its hash is kept, in order,
    beside the number of its word; words whose forms share a hash are compared as any others.
    """

    def __init__(self, words: Sequence[str], hashes: array[int], numbers: array[int]) -> None:
        self._words, self._hashes, self._numbers = words, hashes, numbers

    @classmethod
    def of(cls, words: Sequence[str]) -> SlipIndex:
        """The index of a vocabulary that is in order."""
        forms = sorted(
            (_hash(form), number)
            for number, word in enumerate(words)
            if len(word) >= _SHORTEST and can_be_mistyped(word)
            for form in _shorter(word)
        )
        hashes, numbers = array(TYPE), array(TYPE)
        hashes.extend(found for found, _ in forms)
        numbers.extend(number for _, number in forms)
        return cls(words, hashes, numbers)

    def nearest(self, token: str) -> str | None:
        """The known word one slip away, if the first letter is right: few people mistype it."""
        if len(token) < _SHORTEST - 1 or not can_be_mistyped(token):
            return None
        for form in _shorter(token):
            for word in self._with(form):
                if word[0] == token[0] and _one_slip(token, word):
                    return word
        return None

    def _with(self, form: str) -> Iterator[str]:
        wanted, hashes = _hash(form), self._hashes
        at = bisect_left(hashes, wanted)
        while at < len(hashes) and hashes[at] == wanted:
            yield self._words[self._numbers[at]]
            at += 1

    def stored(self) -> tuple[bytes, bytes]:
        """The index as bytes, for `restored`."""
        return self._hashes.tobytes(), self._numbers.tobytes()

    @classmethod
    def restored(cls, words: Sequence[str], stored: Sequence[bytes | memoryview]) -> SlipIndex:
        """The index that gave these bytes, of the same words."""
        hashes, numbers = map(array_of, stored)
        return cls(words, hashes, numbers)


def can_be_mistyped(word: str) -> bool:
    """Latin and Cyrillic words; elsewhere one letter more often makes another word."""
    return word[0] < "\u0500" and word.isalpha()


def _hash(form: str) -> int:
    return crc32(form.encode())  # the same in every process


def _shorter(word: str) -> list[str]:
    return [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]


def _one_slip(a: str, b: str) -> bool:
    """Whether one letter added, lost or changed, or two swapped, makes a of b."""
    if abs(len(a) - len(b)) > 1:
        return False
    at = 0
    while at < min(len(a), len(b)) and a[at] == b[at]:
        at += 1
    if len(a) != len(b):
        longer, shorter = (a, b) if len(a) > len(b) else (b, a)
        return longer[at + 1 :] == shorter[at:]
    if a[at + 1 :] == b[at + 1 :]:
        return True
    return a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
