"""The words of one language by which people stop, as a small automaton over words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flows.engine.word_patterns import Either, Listed, Part, Pattern


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
