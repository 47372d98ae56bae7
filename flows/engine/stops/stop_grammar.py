"""Hears whether a whole message means "stop writing to me", in every language at once.

Each language is a small automaton over words. Every word of a message must fit: "stop drinking" is
an answer, because no language has a way to stop with "drinking" in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby, product
from types import MappingProxyType

from flows.engine.stops.stop_spelling import (
    SLIP_FROM,
    letters_of,
    meant_by,
    other_forms,
    split,
)
from flows.engine.word_patterns import Either, Listed, Part, Pattern

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


@dataclass(frozen=True, slots=True)
class Automaton:
    """The grammar of one language.

    `classes` are the classes of each word, `edges` of each state the states that a class leads to,
    `ends` the value that a way ends with; from there the message may end or go on from state 0.
    A name may follow the states `before_name`. Where words are found without spaces around them,
    `lengths` are the lengths of longer words by the two letters they begin with; else it is empty.
    """

    language: str
    classes: Mapping[str, tuple[int, ...]]
    edges: Sequence[Mapping[int, tuple[int, ...]]]
    ends: Mapping[int, int]
    before_name: frozenset[int]
    lengths: Mapping[str, tuple[int, ...]]
    letters: frozenset[str]

    def of_words(self, words: Sequence[str], *, named: bool) -> int:
        """The value of a message, word by word; with a name as its last word, if `named`."""
        states = {0: 0}
        for word in words:
            after: dict[int, int] = {}
            for known in self.classes.get(word, ()):
                self._step(states, known, after)
            if not after:
                return 0
            states = after
        if named:
            return max((states[s] for s in self.before_name & states.keys()), default=0)
        return states.get(0, 0)

    def of_letters(self, text: str) -> int:
        """The value of a message that may lack any of its spaces."""
        if not self.letters.issuperset(text):
            return 0
        length = len(text)
        reached: list[dict[int, int]] = [{} for _ in range(length + 1)]
        reached[0][0] = 0
        for start in range(length):
            states = reached[start]
            if not states:
                continue
            for long in (1, *self.lengths.get(text[start : start + 2], ())):
                if start + long > length:
                    break
                for known in self.classes.get(text[start : start + long], ()):
                    self._step(states, known, reached[start + long])
            reached[start] = {}
        return reached[length].get(0, 0)

    def _step(self, states: Mapping[int, int], known: int, after: dict[int, int]) -> None:
        edges, ends = self.edges, self.ends
        for state, value in states.items():
            for new in edges[state].get(known, ()):
                reached = max(value, ends.get(new, 0))
                if new in ends and after.get(0, -1) < reached:
                    after[0] = reached
                carried = reached if new in self.before_name else value
                if new and after.get(new, -1) < carried:
                    after[new] = carried


class AutomatonBuilder:
    """Puts the patterns of a language together."""

    def __init__(self, language: str, *, joined: bool) -> None:
        self._language, self._joined = language, joined
        self._classes: dict[str, set[int]] = {}
        self._literals: dict[str, int] = {}
        self._lists: dict[str, int] = {}
        self._longer: dict[str, list[Pattern]] = {}
        self._count = 0
        self._edges: list[dict[int, set[int]]] = [{}]
        self._ends: dict[int, int] = {0: 0}
        self._before_name: set[int] = set()
        self._alone: dict[tuple[int, bool], int] = {}

    def add_list(self, name: str, ways: Iterable[Pattern]) -> None:
        """Adds a list that patterns refer to; its single words are one class."""
        one = self._lists[name] = self._new_class()
        longer = self._longer[name] = []
        for way in ways:
            if len(way) == 1 and isinstance(way[0], str):
                self._classes.setdefault(way[0], set()).add(one)
            else:
                longer.append(way)

    def add(self, pattern: Pattern, value: int, *, before_name: bool = False) -> None:
        """Adds a whole way to say something of this value; 0 is what may stand around it."""
        if len(pattern) == 1 and isinstance(pattern[0], str):
            self._add_word(pattern[0], value, before_name=before_name)
            return
        for end in self._sequence(pattern, {0}):
            self._end(end, value, before_name=before_name)

    def _add_word(self, word: str, value: int, *, before_name: bool) -> None:
        """Adds a way of one word: all of one value are one class, which leads to one state."""
        known = self._alone.get((value, before_name))
        if known is None:
            known = self._alone[value, before_name] = self._new_class()
            self._end(self._after(known, {0}), value, before_name=before_name)
        self._classes.setdefault(word, set()).add(known)

    def _end(self, state: int, value: int, *, before_name: bool) -> None:
        self._ends[state] = max(value, self._ends.get(state, 0))
        if before_name:
            self._before_name.add(state)

    def build(self) -> Automaton:
        """The automaton of all that was added; states after which all is alike are one."""
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}

        def kept(numbers: Iterable[int]) -> tuple[int, ...]:
            ordered = tuple(sorted(numbers))
            return shared.setdefault(ordered, ordered)

        alike: dict[object, int] = {}
        found: list[dict[int, frozenset[int]]] = []
        merged = [0] * len(self._edges)
        # Every edge leads to a later state: from the last to the first, what follows is known.
        for state in range(len(self._edges) - 1, -1, -1):
            leads = {k: frozenset(merged[s] for s in to) for k, to in self._edges[state].items()}
            end, named = self._ends.get(state), state in self._before_name
            merged[state] = alike.setdefault((frozenset(leads.items()), end, named), len(found))
            if merged[state] == len(found):
                found.append(leads)
        first = len(found) - 1  # the start is the last of them, and state 0
        edges = [{k: kept(first - s for s in to) for k, to in f.items()} for f in reversed(found)]
        words = {word: kept(classes) for word, classes in self._classes.items()}
        return Automaton(
            self._language,
            words,
            edges,
            {first - merged[state]: value for state, value in self._ends.items()},
            frozenset(first - merged[state] for state in self._before_name),
            _lengths(words) if self._joined else {},
            frozenset("".join(words)) if self._joined else frozenset(),
        )

    def _new_class(self) -> int:
        self._count += 1
        return self._count

    def _sequence(self, pattern: Pattern, starts: set[int]) -> set[int]:
        for part in pattern:
            starts = self._part(part, starts)
        return starts

    def _part(self, part: Part, starts: set[int]) -> set[int]:
        if isinstance(part, Either):
            found = [self._sequence(way, starts) for way in part.ways]
            return set().union(*found)
        if isinstance(part, Listed):
            new = self._after(self._lists[part.name], starts)
            return {new}.union(*(self._sequence(way, starts) for way in self._longer[part.name]))
        known = self._literals.get(part)
        if known is None:
            known = self._literals[part] = self._new_class()
            self._classes.setdefault(part, set()).add(known)
        return {self._after(known, starts)}

    def _after(self, known: int, starts: set[int]) -> int:
        self._edges.append({})
        new = len(self._edges) - 1
        for start in starts:
            self._edges[start].setdefault(known, set()).add(new)
        return new


def _lengths(words: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """The lengths of the words of more than one letter, by the two that they begin with."""
    found: dict[str, set[int]] = {}
    for word in words:
        if len(word) > 1:
            found.setdefault(word[:2], set()).add(len(word))
    return {start: tuple(sorted(lengths)) for start, lengths in found.items()}


class StopGrammar:
    """The grammars of all languages, and what holds in all of them.

    `slips` are words of one-word messages with a slip in them, `signs` the signs that mean
    something as a whole message, `answers` whole messages that are answers all the same.
    `slipping` are the words of longer messages in which one slip is heard, by language; what is in
    `not_slips` is a word of its own.
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
        self._letters = letters_of(self._slipping)
        self._answers = frozenset(answers)
        self._known: dict[str, int] = {}
        for place, automaton in enumerate(automata):
            for word in automaton.classes:
                self._known[word] = self._known.get(word, 0) | 1 << place
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
        """The value of a message with a slip in each of these words; they are put right."""
        meant = [self._meant(words[place], languages) for place in unknown]
        for ways in product(*meant):
            shared = languages
            for way in ways:
                shared &= self._slipping[way]
            right = list(words)
            for place, way in zip(unknown, ways, strict=True):
                right[place] = way
            if found := self._best(right, shared, named=False):
                words[:] = right
                return found
        return 0

    def _meant(self, word: str, languages: int) -> list[str]:
        """The words of these languages that a word with a slip may have been meant as."""
        if len(word) < SLIP_FROM - 1 or word in self._known or word in self._not_slips:
            return []
        known = self._slipping
        ways = dict.fromkeys(meant_by(word, self._letters))
        return [way for way in ways if known.get(way, 0) & languages]

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


_SHAPING = frozenset(
    "\ufe0e\ufe0f\u200d\u2640\u2642\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
)
"""What only changes how a sign looks."""
