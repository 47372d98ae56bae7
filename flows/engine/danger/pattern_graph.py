"""Builds one graph of many phrases: common prefixes are shared, and choices come together again."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.engine.danger.pattern_tables import TYPE, PatternTables, Rows
from flows.engine.danger.phrase_parser import BadPhrase, Gap, Part, Parts
from flows.engine.danger.spelling import PAUSE


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


class PatternGraph:
    """The positions of all phrases, while phrases are added."""

    def __init__(self) -> None:
        self._nodes = [_Node(0)]
        self._made: dict[tuple[tuple[int, ...], Part], tuple[_Node, ...]] = {}

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

    @property
    def words(self) -> set[str]:
        """Every word that leads on from some position."""
        return {word for node in self._nodes for word in node.on}

    def tables(self, numbers: Mapping[str, int]) -> PatternTables:
        """The positions as tables; `numbers` are the places of words in the vocabulary."""
        targets, words = array(TYPE), list[list[int]]()
        for node in self._nodes:
            leads = sorted(
                (numbers[word], to.number) for word, tos in node.on.items() for to in tos
            )
            words.append([word for word, _ in leads])
            targets.extend(to for _, to in leads)
        return PatternTables(
            Rows.of(words),
            targets,
            Rows.of([to.number for to in node.skip] for node in self._nodes),
            Rows.of(node.ends for node in self._nodes),
            bytes(node.far for node in self._nodes),
        )

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
        if gap.far:
            # A comma straight after those words is a way of this gap alone: they may be shared.
            comma = self._new()
            comma.far = True
            for node in nodes:
                node.lead(PAUSE, (comma,))
            reached.append(comma)
            last = (*nodes, comma)
        for _ in range(gap.most):
            after = self._new()
            after.far = gap.far
            for node in last:
                node.skip += (after,)
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
