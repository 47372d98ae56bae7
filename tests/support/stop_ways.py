"""Ways to stop, made from the patterns of `flows/stops`, as people would type them.

The patterns are expanded here, apart from the automaton that hears them.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import yaml

from flows.engine.word_patterns import Either, Listed, Pattern, parse
from tests.support.running_bot import FLOWS

STOPS = FLOWS / "stops"
EVERYWHERE = "everywhere"
OFFERED = ("en", "es", "pt", "fr", "pl", "ro", "uk", "ar", "fa", "ur", "bn", "zh_hans")
LANGUAGES = tuple(sorted(p.stem for p in STOPS.glob("*.yaml") if p.stem != EVERYWHERE))
STOPPING = ("stop", "stop_or_answer")


@lru_cache
def sheet(language: str) -> Mapping[str, Any]:
    """A file of words to stop, as it stands: `no` is a word."""
    text = (STOPS / f"{language}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text only
    return found


def ways(language: str, part: str, most: int = 4) -> list[str]:
    """Ways of one part of a file: up to so many of each pattern, always the same."""
    chance = random.Random(f"{language} {part}")  # noqa: S311 - not a secret
    lists = sheet(language).get("words", {})
    found: dict[str, None] = {}
    for pattern in sheet(language).get(part, ()):
        for _ in range(1 if _is_plain(pattern) else most):
            words = list(_said(parse(pattern, lists, lambda word: [word]), lists, chance))
            if any(one == other for one, other in itertools.pairwise(words)):
                continue  # "ask me me" is nobody's way
            said = " ".join(words)
            unspaced = language.startswith("zh") and not said.isascii()
            found[said.replace(" ", "") if unspaced else said] = None
    return list(found)


def stops(language: str, most: int = 4) -> list[str]:
    """Ways to stop in a language, which may be answers too."""
    return [way for part in STOPPING for way in ways(language, part, most)]


def plain_stops(language: str) -> list[str]:
    """The words to stop that stand alone: those that are no pattern."""
    listed = (sheet(language).get(part, ()) for part in STOPPING)
    return [str(way) for each in listed for way in each if _is_plain(way)]


def every_stop(most: int = 1) -> list[str]:
    """Ways to stop in every language, each pattern so many times."""
    listed = (stops(language, most) for language in (EVERYWHERE, *LANGUAGES))
    return list(dict.fromkeys(way for each in listed for way in each))


def _is_plain(pattern: str) -> bool:
    return not set("(<") & set(pattern)


def _said(
    pattern: Pattern, lists: Mapping[str, Sequence[str]], chance: random.Random
) -> Iterator[str]:
    for part in pattern:
        if isinstance(part, Either):
            yield from _said(chance.choice(part.ways), lists, chance)
        elif isinstance(part, Listed):
            word = chance.choice(lists[part.name])
            yield from _said(parse(word, lists, lambda word: [word]), lists, chance)
        else:
            yield part
