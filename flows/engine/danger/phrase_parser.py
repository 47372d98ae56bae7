"""Parses phrases with alternatives and gaps, as the files of danger write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flows.engine.danger.spelling import END, NUMBER

_PART = re.compile(
    r"\s*(?:(?P<gap>…(?P<most>\d+)?(?P<far>,)?)|<(?P<name>[^<>]+)>|(?P<sign>[()|.])|(?P<words>[^…<>()|.]+))"
)
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
