"""Finds many phrases, with alternatives and gaps, in the words of a message in one pass.

The meaning of a phrase is up to the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flows.engine.danger.spelling import END, NUMBER, PAUSE

_PART = re.compile(
    r"\s*(?:(?P<gap>…(?P<most>\d+)?(?P<far>,)?)|<(?P<name>[^<>]+)>|(?P<sign>[()|.])|(?P<words>[^…<>()|.]+))"
)
_REMEMBERED = 20_000
MOST_SKIPPED = 12


class BadPhrase(Exception):
    """A phrase cannot be parsed; the message says why."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Up to `most` words of any kind; `far` means that commas do not end it."""

    most: int
    far: bool


Part = str | Gap | tuple["Parts", ...]
Parts = tuple["Part", ...]


class Parser:
    """Parses the phrases of one file, which share the lists in its `names`."""

    def __init__(
        self, names: Mapping[str, Sequence[str]], fold: Callable[[str], Sequence[str]]
    ) -> None:
        self._names, self._fold = names, fold
        self._named: dict[tuple[str, int], Part] = {}

    def parse(self, phrase: str) -> Parts:
        """Parses a phrase as a sequence of words, gaps and choices between sequences.

        Raises:
            BadPhrase: a bracket or a name does not fit.
        """
        return self._whole(phrase, 0)

    def _whole(self, phrase: str, depth: int) -> Parts:
        if depth > 4:
            raise BadPhrase("the names in `< >` go in a circle")
        parts, at = self._one_of(phrase.strip(), 0, depth)
        if at < len(phrase.strip()):
            raise BadPhrase("there is a `)` too many")
        return parts[0] if len(parts) == 1 else (parts,)

    def _one_of(self, text: str, at: int, depth: int) -> tuple[tuple[Parts, ...], int]:
        ways: list[list[Part]] = [[]]
        while at < len(text):
            match = _PART.match(text, at)
            if match is None:
                raise BadPhrase(f"`{text[at:].strip()}` cannot be read")
            sign = match["sign"]
            if sign == ")":
                break
            at = match.end()
            if sign == "|":
                ways.append([])
            elif sign == "(":
                inner, at = self._one_of(text, at, depth)
                if at >= len(text):
                    raise BadPhrase("a `(` has no `)`")
                at += 1
                ways[-1].append(inner)
            else:
                ways[-1] += self._simple(match, depth)
        return tuple(tuple(way) for way in ways), at

    def _simple(self, match: re.Match[str], depth: int) -> list[Part]:
        if match["sign"]:
            return [END]
        if match["gap"]:
            most = int(match["most"] or 3)
            if not 1 <= most <= MOST_SKIPPED:
                raise BadPhrase(f"a gap is 1 to {MOST_SKIPPED} words, not {most}")
            return [Gap(most, bool(match["far"]))]
        if name := match["name"]:
            if (name, depth) not in self._named:
                self._named[name, depth] = self._ways(name, depth)
            return [self._named[name, depth]]
        return list(self._fold(match["words"]))

    def _ways(self, name: str, depth: int) -> Part:
        ways = [self._whole(word, depth + 1) for word in self._names.get(name, ())]
        if name == "number":
            ways.append((NUMBER,))
        if not ways:
            raise BadPhrase(f"`<{name}>` is not in `words:`")
        return tuple(ways)


@dataclass(eq=False, slots=True)
class _Node:
    """A position in a phrase: which words lead on."""

    number: int
    on: dict[str, tuple[_Node, ...]] = field(default_factory=dict)
    skip: tuple[_Node, ...] = ()
    far: bool = False
    ends: tuple[int, ...] = ()

    def lead(self, word: str, only: tuple[_Node]) -> None:
        """Adds a transition by a word, in a tuple that all positions leading there share."""
        self.on[word] = self.on[word] + only if word in self.on else only


@dataclass(frozen=True, slots=True)
class Match:
    """Phrase `phrase` is found in the words from `start` up to, not with, `end`."""

    phrase: int
    start: int
    end: int


class PatternMatcher:
    """Matches all phrases at once. Fillers may occur between any two words of a phrase.

    A gap never reaches over the end of a sentence, nor over a word of `turns`; when `turns` are
    given, nor over a comma. Time grows linearly with the number of words, whatever they are: the
    positions that can be reached with the next word are memoised (`_then`), so that most words cost
    one look-up; else at most every position of every phrase is looked at once.
    """

    def __init__(self, fillers: Iterable[str] = (), turns: Iterable[str] | None = None) -> None:
        self._nodes = [_Node(0)]
        self._made: dict[tuple[tuple[int, ...], Part], tuple[_Node, ...]] = {}
        self._fillers = frozenset(fillers)
        self._commas_matter = turns is not None
        self._turns = frozenset(turns or ())
        self._ending: set[int] = set()
        self._then: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self.steps = 0
        """The number of positions looked at: the tests check that it is linear."""

    def add(self, phrase: int, parts: Parts) -> None:
        """Adds a phrase.

        Raises:
            BadPhrase: it would match without a single word.
        """
        nodes = self._sequence((self._nodes[0],), parts)
        if any(node.number == 0 for node in nodes):
            raise BadPhrase("it would match anything")
        for node in nodes:
            node.ends += (phrase,)
            self._ending.add(node.number)
        self._then.clear()

    @property
    def words(self) -> set[str]:
        """Every word that leads on from some position."""
        return {word for node in self._nodes for word in node.on}

    def compile(self) -> None:
        """Releases what is only needed for adding phrases: half of the memory."""
        self._made.clear()

    def any(self, words: Sequence[str]) -> bool:
        """Whether some phrase is found in the words."""
        state: frozenset[int] = frozenset()
        then, ending = self._then, self._ending
        for word in words:
            found = then.get((state, word))
            if found is None:
                if len(then) > _REMEMBERED:
                    then.clear()
                found = frozenset(n.number for n in self._after(dict.fromkeys(state, 0), word, 0))
                then[state, word] = found
            if found and not ending.isdisjoint(found):
                return True
            state = found
        return False

    def all(self, words: Sequence[str]) -> list[Match]:
        """Every phrase in the words; of those that end at one word the shortest stretch."""
        hits: list[Match] = []
        state: dict[int, int] = {}
        for at, word in enumerate(words):
            after = self._after(state, word, at)
            hits += [Match(p, start, at + 1) for n, start in after.items() for p in n.ends]
            # A filler after the last word keeps the position: that is no new match.
            state = {n.number: start for n, start in after.items()}
        return hits

    def _after(self, state: Mapping[int, int], word: str, at: int) -> dict[_Node, int]:
        """The positions that a word leads to, each with where its phrase began (the latest)."""
        found: dict[_Node, int] = {}
        nodes = self._nodes
        self.steps += len(state) + 1
        stays = word in self._fillers
        sign = word in {END, PAUSE}
        skippable = not sign and word not in self._turns
        for number, start in state.items():
            node = nodes[number]
            for after in node.on.get(word, ()):
                found[after] = max(start, found.get(after, start))
            if skippable:
                for after in node.skip:
                    found[after] = max(start, found.get(after, start))
            if (stays or sign) and self._waits(node, word):
                found[node] = max(start, found.get(node, start))
        for after in nodes[0].on.get(word, ()):
            found[after] = at
        return found

    def _waits(self, node: _Node, word: str) -> bool:
        """Whether a position stays valid after a filler, a comma or the end of a sentence."""
        if not node.on and not node.skip:
            return False  # the phrase is complete
        if word == END:
            return not node.skip
        if word == PAUSE:
            return not self._commas_matter or not node.skip or node.far
        return True

    # --- building: common prefixes are shared, and choices come together again ---

    def _new(self) -> _Node:
        node = _Node(len(self._nodes))
        self._nodes.append(node)
        return node

    def _sequence(self, nodes: tuple[_Node, ...], parts: Parts) -> tuple[_Node, ...]:
        for part in parts:
            key = (tuple(n.number for n in nodes), part)
            if key not in self._made:
                self._made[key] = self._part(nodes, part)
            nodes = self._made[key]
        return nodes

    def _part(self, nodes: tuple[_Node, ...], part: Part) -> tuple[_Node, ...]:
        if isinstance(part, str):
            found = (self._new(),)
            for node in nodes:
                node.lead(part, found)
            return found
        if isinstance(part, Gap):
            return self._gap(nodes, part)
        return self._choice(nodes, part)

    def _gap(self, nodes: tuple[_Node, ...], gap: Gap) -> tuple[_Node, ...]:
        # The words before a gap may be shared with phrases that have none: those then end at a full
        # stop there too, which costs little and keeps the graph small.
        reached = list(nodes)
        last: tuple[_Node, ...] = nodes
        for _ in range(gap.most):
            after = self._new()
            after.far = gap.far
            for node in last:
                node.skip += (after,)
                node.far = node.far or gap.far
            last = (after,)
            reached.append(after)
        return tuple(reached)

    def _choice(self, nodes: tuple[_Node, ...], ways: tuple[Parts, ...]) -> tuple[_Node, ...]:
        out = self._new()
        only = (out,)
        ends: dict[int, _Node] = {}
        for way in ways:
            if way and isinstance(way[-1], str):
                for node in self._sequence(nodes, way[:-1]):
                    node.lead(way[-1], only)
                ends[out.number] = out
            else:
                ends |= {n.number: n for n in self._sequence(nodes, way)}
        return tuple(ends.values())
