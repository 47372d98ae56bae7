"""Parses patterns of words, for stops and short replies: words, `(a|b|)` and `<list>`.

A pattern is a sequence; each part of it is a word, or alternatives that are sequences themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_PART = re.compile(r"[()|]|<[^<>|()]*>|[^\s()|<>]+|[<>]")


class BadPattern(Exception):
    """A pattern that cannot be read; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A reference to a list of words: its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Either:
    """Alternatives; an empty one may be missing."""

    ways: tuple[Pattern, ...]


Part = str | Listed | Either
Pattern = Sequence[Part]


def parse(text: str, lists: Mapping[str, object], fold: Callable[[str], list[str]]) -> Pattern:
    """The parts of a pattern, with its words folded.

    Raises:
        BadPattern: brackets without a partner, an unknown list, or no word that must be there.
    """
    parts = _PART.findall(text)
    parsed, end = _sequence(parts, 0, lists, fold)
    if end < len(parts):
        raise BadPattern(f"`{parts[end]}` has no partner")
    if may_be_empty(parsed):
        raise BadPattern("every word of it may be missing")
    return parsed


def may_be_empty(pattern: Pattern) -> bool:
    """Whether nothing at all fits the pattern."""
    return all(
        isinstance(part, Either) and any(may_be_empty(way) for way in part.ways) for part in pattern
    )


def _sequence(
    parts: Sequence[str], at: int, lists: Mapping[str, object], fold: Callable[[str], list[str]]
) -> tuple[list[Part], int]:
    found: list[Part] = []
    while at < len(parts) and parts[at] not in ("|", ")"):
        part = parts[at]
        at += 1
        if part == "(":
            either, at = _either(parts, at, lists, fold)
            found.append(either)
        elif part in ("<", ">"):
            raise BadPattern(f"`{part}` has no partner")
        elif part.startswith("<"):
            if part[1:-1] not in lists:
                raise BadPattern(f"there is no list `{part[1:-1]}` under `words`")
            found.append(Listed(part[1:-1]))
        else:
            words = fold(part)
            if not words:
                raise BadPattern(f"`{part}` has no letters")
            found += words
    return found, at


def _either(
    parts: Sequence[str], at: int, lists: Mapping[str, object], fold: Callable[[str], list[str]]
) -> tuple[Either, int]:
    ways: list[Pattern] = []
    while True:
        way, at = _sequence(parts, at, lists, fold)
        ways.append(tuple(way))
        if at == len(parts):
            raise BadPattern("`(` has no partner")
        at += 1
        if parts[at - 1] == ")":
            return Either(tuple(ways)), at
