"""Hears whether a whole message means "stop writing to me", in every language at once.

Every word of a message must fit: "stop drinking" is an answer, because no language has a way to
stop with "drinking" in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from itertools import groupby, product
from types import MappingProxyType

from flows.engine.stops.stop_automaton import Automaton
from flows.engine.stops.stop_spelling import (
    SLIP_FROM,
    letters_of,
    longest_of,
    meant_by,
    other_forms,
    split,
)

LONGEST = 120
"""Characters of a message that is looked at, without marks and signs at its ends."""
LONGEST_RAW = 1000
_NAMES_FROM = 3
"""From so many words on, the last one after thanks may be a name."""
_MOST_SLIPS = 2
"""Words of one message that may have a slip, and as many at most as have none."""


class StopMeaning(IntEnum):
    """What a whole message says about stopping; of several parts the highest holds."""

    MAYBE = 1
    """It may mean that, or be an answer: ask."""
    STOP_OR_ANSWER = 2
    """Stop; but the same word is a likely answer to some question."""
    STOP = 3


class StopGrammar:
    """The grammars of all languages, and what holds in all of them.

    `slips` are words of one-word messages with a slip in them, `signs` the signs that mean
    something as a whole message, `answers` whole messages that are answers all the same.
    `slipping` are the words of longer messages in which one slip is heard, by language; in any
    other word of a grammar it may be one, and is asked about. What is in `not_slips` is a word of
    its own.
    """

    def __init__(
        self,
        automata: Sequence[Automaton],
        slips: Mapping[str, int],
        signs: Mapping[str, int],
        answers: Iterable[str],
        slipping: Mapping[str, Collection[str]] = MappingProxyType({}),
        not_slips: Collection[str] = (),
    ) -> None:
        self._automata, self._slips, self._signs = automata, slips, signs
        self._not_slips, self._slipping = not_slips, dict[str, int]()
        for place, automaton in enumerate(automata):
            for word in slipping.get(automaton.language, ()):
                if len(word) >= SLIP_FROM:
                    self._slipping[word] = self._slipping.get(word, 0) | 1 << place
        self._answers = frozenset(answers)
        self._known: dict[str, int] = {}
        for place, automaton in enumerate(automata):
            for word in automaton.classes:
                self._known[word] = self._known.get(word, 0) | 1 << place
        self._letters, self._longest = letters_of(self._known), longest_of(self._known)
        self._joined = [a for a in automata if a.lengths]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a grammar."""
        return tuple(automaton.language for automaton in self._automata)

    def __call__(self, text: str, folded: str) -> StopMeaning | None:
        """What a whole message says about stopping; `folded` is the same text normalised."""
        if len(folded) > LONGEST or len(text) > LONGEST_RAW:
            return None
        if not folded:
            return self._sign(text)
        words = [word for word, _ in groupby(split(folded))]  # said twice is said once
        if not words:
            return None
        found = self._spaced(words)
        if found < StopMeaning.STOP and folded[0] > "\u05ff":
            found = max(found, self._without_spaces(words))
        if not found or "".join(words) in self._answers:
            return None
        return StopMeaning(found)

    def _spaced(self, words: list[str]) -> int:
        last = len(words) - 1
        unknown, languages = self._unknown(words)
        if unknown and last == 0:
            return self._slip(words[0])
        found = 0
        if not unknown:
            found = self._best(words, languages, named=False)
        elif unknown == [last] and last >= _NAMES_FROM - 1 and words[last].isalpha():
            found = self._best(words[:-1], languages, named=True)
        if unknown and not found and len(unknown) <= min(_MOST_SLIPS, len(words) // 2):
            return self._slipped(words, unknown, languages)
        return found or (self._slip(words[0]) if last == 0 else 0)

    def _unknown(self, words: list[str]) -> tuple[list[int], int]:
        """Where words stand that no language has that has the others, and those languages.

        Words are replaced by what they were meant as. It ends where there are too many.
        """
        languages, unknown = -1, list[int]()
        for place, word in enumerate(words):
            fits = self._known.get(word, 0) & languages
            if not fits:
                meant = next((f for f in other_forms(word) if f in self._known), None)
                if meant is not None:
                    words[place] = meant
                    fits = self._known[meant] & languages
            if fits:
                languages = fits
            else:
                unknown.append(place)
                if len(unknown) > _MOST_SLIPS:
                    break
        return unknown, languages

    def _slipped(self, words: list[str], unknown: list[int], languages: int) -> int:
        """The value of a message with a slip in each of these words; they are put right.

        Where it is not in the words that are often slipped in, it may be another word: "cancel the
        debts" is near to "cancel the texts".
        """
        meant = [self._meant(words[place], languages) for place in unknown]
        often = [[way for way in ways if way in self._slipping] for ways in meant]
        for right, shared in _put_right(words, unknown, often, self._slipping):
            if found := self._best(right, shared, named=False):
                words[:] = right
                return found
        for right, shared in _put_right(words, unknown, meant, self._known):
            if self._best(right, shared, named=False):
                return StopMeaning.MAYBE
        return 0

    def _meant(self, word: str, languages: int) -> list[str]:
        """The words of these languages that a word with a slip may have been meant as."""
        if len(word) < SLIP_FROM - 1 or word in self._known or word in self._not_slips:
            return []
        ways = dict.fromkeys(meant_by(word, self._letters, self._longest))
        return [
            way
            for way in ways
            if self._known.get(way, 0) & languages
            and (len(way) >= SLIP_FROM or sorted(way) == sorted(word))  # "stpo"
        ]

    def _best(self, words: Sequence[str], languages: int, *, named: bool) -> int:
        best = 0
        while languages:
            lowest = languages & -languages
            languages ^= lowest
            automaton = self._automata[lowest.bit_length() - 1]
            best = max(best, automaton.of_words(words, named=named))
            if best == StopMeaning.STOP:
                break
        return best

    def _without_spaces(self, words: Sequence[str]) -> int:
        text = "".join(words)
        return max((automaton.of_letters(text) for automaton in self._joined), default=0)

    def _slip(self, word: str) -> int:
        return self._slips.get(word, 0)

    def _sign(self, text: str) -> StopMeaning | None:
        signs = {c for c in text if not (c.isspace() or c in _SHAPING)}
        values = [self._signs.get(sign, 0) for sign in signs]
        return StopMeaning(max(values)) if values and all(values) else None


def _put_right(
    words: Sequence[str],
    unknown: Sequence[int],
    meant: Iterable[Iterable[str]],
    known: Mapping[str, int],
) -> Iterator[tuple[list[str], int]]:
    """The words with each way to put the unknown ones right, and the languages that have these."""
    for ways in product(*meant):
        right, languages = list(words), -1
        for place, way in zip(unknown, ways, strict=True):
            right[place], languages = way, languages & known[way]
        yield right, languages


_SHAPING = frozenset(
    "\ufe0e\ufe0f\u200d\u2640\u2642\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
)
"""What only changes how a sign looks."""
