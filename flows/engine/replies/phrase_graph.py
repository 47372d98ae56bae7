"""Keeps the phrases of many patterns as one graph of words, without spelling each phrase out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flows.engine.word_patterns import Either, Listed, Pattern, may_be_empty

Lists = Mapping[str, Sequence[Pattern]]
"""The lists that patterns name: what may stand in the place of each."""
Named = tuple[Pattern, str]
"""A pattern, or what is left of it, and the name of what its phrases belong to."""


@dataclass(slots=True)
class Node:
    """What the first words of a phrase lead to: the words that may follow, and a name at an end."""

    follows: dict[str, Node] = field(default_factory=dict)
    name: str | None = None

    def name_of(self, words: Iterable[str]) -> str | None:
        """The name that these words as a whole phrase have."""
        node = self
        for word in words:
            if word not in node.follows:
                return None
            node = node.follows[word]
        return node.name

    def phrases(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every whole phrase with its name."""
        if self.name is not None:
            yield (), self.name
        for word, node in self.follows.items():
            for rest, name in node.phrases():
                yield (word, *rest), name


@dataclass(frozen=True, slots=True)
class Clash:
    """A phrase that has two names; the first holds."""

    phrase: tuple[str, ...]
    first: str
    second: str


class GraphBuilder:
    """Puts named patterns together; of names for one phrase the first in `names` holds."""

    def __init__(self, names: Sequence[str], lists: Lists) -> None:
        self._names, self._lists = names, lists
        self._nodes: dict[frozenset[Named], Node] = {}
        self.clashes: list[Clash] = []

    def build(self, patterns: Iterable[Named]) -> Node:
        """The node before the first word."""
        return self._node(frozenset(patterns), ())

    def _node(self, left: frozenset[Named], before: tuple[str, ...]) -> Node:
        """The node after these words; the same node wherever the same is left."""
        if left in self._nodes:
            return self._nodes[left]
        node = self._nodes[left] = Node()
        following: dict[str, set[Named]] = {}
        names: set[str] = set()
        for pattern, name in left:
            for word, rest in steps(pattern, self._lists):
                if word is None:
                    names.add(name)
                else:
                    following.setdefault(word, set()).add((rest, name))
        if names:
            node.name, *others = sorted(names, key=self._names.index)
            self.clashes += [Clash(before, node.name, other) for other in others]
        for word, rests in following.items():
            node.follows[word] = self._node(frozenset(rests), (*before, word))
        return node


def steps(pattern: Pattern, lists: Lists) -> Iterator[tuple[str | None, Pattern]]:
    """Each word that a pattern may begin with, and what is left then; None where it may end."""
    if not pattern:
        yield None, ()
        return
    first, rest = pattern[0], tuple(pattern[1:])
    match first:
        case str():
            yield first, rest
        case Listed(name):
            for way in lists[name]:
                yield from steps((*way, *rest), lists)
        case Either(ways):
            for way in ways:
                yield from steps((*way, *rest), lists)


def fits(pattern: Pattern, phrase: Sequence[str], lists: Lists) -> bool:
    """Whether a pattern stands for this phrase."""
    if not phrase:
        return may_be_empty(pattern)
    return any(
        fits(rest, phrase[1:], lists) for word, rest in steps(pattern, lists) if word == phrase[0]
    )
