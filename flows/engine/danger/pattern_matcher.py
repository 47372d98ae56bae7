"""Finds many phrases, with alternatives and gaps, in the words of a message in one pass.

The meaning of a phrase is up to the caller.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.engine.danger.pattern_tables import NO_WORD, PatternTables
from flows.engine.danger.spelling import END, PAUSE

_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Match:
    """Phrase `phrase` is found in the words from `start` up to, not with, `end`."""

    phrase: int
    start: int
    end: int


class PatternMatcher:
    """Matches all phrases at once. Fillers may occur between any two words of a phrase.

    `numbers` are the places of words in the vocabulary. A gap never reaches over the end of a
    sentence, nor over a word of `turns`. With `turns`, a phrase reaches over no full stop, and
    over a comma only in a gap that may: "no, I am afraid" is not "not afraid". Time grows
    linearly with the number of words, whatever they are: the positions that can be reached with the
    next word are memoised (`_then`), so that most words cost one look-up; else at most every
    position of every phrase is looked at once.
    """

    def __init__(
        self,
        tables: PatternTables,
        numbers: Mapping[str, int],
        fillers: Iterable[str] = (),
        turns: Iterable[str] | None = None,
    ) -> None:
        self.tables = tables
        self.turns = None if turns is None else frozenset(turns)
        self.fillers = frozenset(fillers) - (self.turns or frozenset())
        self.steps = 0
        """The number of positions looked at: the tests check that it is linear."""
        self._numbers = numbers
        self._unskippable = frozenset({END, PAUSE}) | (self.turns or frozenset())
        self._ending = frozenset(n for n in range(len(tables.ends)) if tables.ends[n])
        self._then: dict[tuple[frozenset[int], str], tuple[frozenset[int], bool]] = {}

    def any(self, words: Sequence[str]) -> bool:
        """Whether some phrase is found in the words."""
        state: frozenset[int] = frozenset()
        then, ending = self._then, self._ending
        for word in words:
            known = then.get((state, word))
            if known is None:
                if len(then) > _REMEMBERED:
                    then.clear()
                found = frozenset(self._after(dict.fromkeys(state, 0), word, 0))
                known = then[state, word] = found, not ending.isdisjoint(found)
            state, is_end = known
            if is_end:
                return True
        return False

    def all(self, words: Sequence[str]) -> list[Match]:
        """Every phrase in the words; of those that end at one word the shortest stretch."""
        hits: list[Match] = []
        ends, ending = self.tables.ends, self._ending
        # A filler after the last word of a phrase does not keep its position: that is no new match.
        state: dict[int, int] = {}
        for at, word in enumerate(words):
            if self.turns is not None and word in {END, PAUSE} and at and words[at - 1] == END:
                continue  # "..." ends one sentence, not three
            state = self._after(state, word, at)
            hits += [
                Match(phrase, start, at + 1)
                for position, start in state.items()
                if position in ending
                for phrase in ends[position]
            ]
        return hits

    def _after(self, state: Mapping[int, int], word: str, at: int) -> dict[int, int]:
        """The positions that a word leads to, each with where its phrase began (the latest)."""
        found: dict[int, int] = {}
        tables = self.tables
        # Looked up here, not by a method: it is done some twenty times a word.
        first, words, targets = tables.words.first, tables.words.values, tables.targets
        first_skip, skips = tables.skips.first, tables.skips.values
        number = self._numbers.get(word, NO_WORD)
        self.steps += len(state) + 1
        skippable = word not in self._unskippable
        stays = word in self.fillers or word in {END, PAUSE}
        for position, start in state.items():
            end = first[position + 1]
            lead = bisect_left(words, number, first[position], end)
            while lead < end and words[lead] == number:
                after = targets[lead]
                found[after] = max(start, found.get(after, start))
                lead += 1
            if skippable:
                for skip in range(first_skip[position], first_skip[position + 1]):
                    after = skips[skip]
                    found[after] = max(start, found.get(after, start))
            if stays and self._waits(position, word):
                found[position] = max(start, found.get(position, start))
        for after in tables.after(0, number):
            found[after] = at
        return found

    def _waits(self, position: int, word: str) -> bool:
        """Whether a position stays valid after a filler, a comma or the end of a sentence."""
        tables = self.tables
        if not tables.leads_on(position):
            return False  # the phrase is complete
        if word == END:
            return self.turns is None and not tables.skips[position]
        if word == PAUSE:
            return self.turns is None or bool(tables.far[position])
        return True
