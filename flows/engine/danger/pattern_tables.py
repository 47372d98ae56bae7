"""The positions of phrases in flat arrays: a sixth of the memory of objects, stored as they are."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

TYPE = "I"
"""Of all arrays: whole numbers of four bytes."""

NO_WORD = 2**32 - 1
"""The number of a word that is not in the vocabulary."""


def array_of(stored: bytes | memoryview) -> array[int]:
    """An array from the bytes that its `tobytes` gave."""
    found = array(TYPE)
    found.frombytes(stored)
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """Many short rows of numbers, end to end in one array; `first` says where each begins."""

    first: array[int]
    values: array[int]

    @classmethod
    def of(cls, rows: Iterable[Iterable[int]]) -> Rows:
        """The rows in their order."""
        first, values = array(TYPE, [0]), array(TYPE)
        for row in rows:
            values.extend(row)
            first.append(len(values))
        return cls(first, values)

    def __len__(self) -> int:
        return len(self.first) - 1

    def __getitem__(self, row: int) -> Sequence[int]:
        start, end = self.first[row], self.first[row + 1]
        return self.values[start:end] if start < end else ()


@dataclass(frozen=True, slots=True)
class PatternTables:
    """Of each position: the words that lead on, in order, and where to; what may be skipped to.

    A word is its number in the vocabulary. `far` has a 1 where commas do not end a gap.
    """

    words: Rows
    targets: array[int]
    skips: Rows
    ends: Rows
    far: bytes

    def after(self, position: int, word: int) -> Sequence[int]:
        """The positions that a word leads to."""
        numbers = self.words.values
        end = self.words.first[position + 1]
        at = bisect_left(numbers, word, self.words.first[position], end)
        if at == end or numbers[at] != word:
            return ()
        last = at + 1
        while last < end and numbers[last] == word:
            last += 1
        return self.targets[at:last]

    def leads_on(self, position: int) -> bool:
        """Whether a phrase goes on from there."""
        first, skips = self.words.first, self.skips.first
        return first[position] < first[position + 1] or skips[position] < skips[position + 1]

    def stored(self) -> tuple[bytes, ...]:
        """The tables as bytes, for `restored`."""
        rows = (self.words, self.skips, self.ends)
        parts = [part.tobytes() for row in rows for part in (row.first, row.values)]
        return (*parts, self.targets.tobytes(), self.far)

    @classmethod
    def restored(cls, stored: Sequence[bytes | memoryview]) -> PatternTables:
        """The tables that gave these bytes."""
        *parts, far = stored
        words, numbers, skips, skipped, ends, ended, targets = map(array_of, parts)
        return cls(
            Rows(words, numbers), targets, Rows(skips, skipped), Rows(ends, ended), bytes(far)
        )
