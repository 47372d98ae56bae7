"""Detects when a text may mean that its author or others are in danger.

It is no diagnosis: it compares words with the phrases in `flows/danger/`, and it will miss some
people. What is answered is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flows.engine.danger.pattern_matcher import Match, PatternMatcher
from flows.engine.danger.spelling import Spelling


class DangerKind(StrEnum):
    """The kind of danger, the most urgent first: when a message holds several, the first wins.

    An overdose kills within minutes. A child's safety comes before an adult's, as the law has it;
    another person's hand before one's own, for the help against it holds both numbers.
    """

    OVERDOSE_NOW = "overdose_now"
    CHILD_AT_RISK = "child_at_risk"
    ABUSE_NOW = "abuse_now"
    HARM_TO_OTHERS = "harm_to_others"
    SELF_HARM = "self_harm"
    MAYBE = "maybe"
    """A bare wish that something would stop: ask which is meant, do not alarm."""
    UNSURE = "unsure"
    """Of no known kind: they say that they are not safe, or sound so twice. No file lists it."""


URGENCY = {kind: place for place, kind in enumerate(DangerKind)}
LISTED = tuple(kind for kind in DangerKind if kind is not DangerKind.UNSURE)
"""The kinds that a file of phrases has lists for."""


@dataclass(frozen=True, slots=True)
class DangerFound:
    """A match: the kind, and the phrase that matched, as file and line."""

    kind: DangerKind
    language: str
    file: str
    line: int

    @property
    def phrase(self) -> str:
        """A name for the phrase that reveals nothing of the participant: `en.yaml:31`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that a file requires to be detected as a kind, or not at all (None)."""

    text: str
    kind: DangerKind | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Review:
    """How far the phrases of a language have been reviewed, and by whom."""

    status: str
    reviewer: str


class Danger:
    """All phrases of all languages, compiled; in `listed` is what each means, None for a guard."""

    def __init__(
        self,
        spelling: Spelling,
        phrases: PatternMatcher,
        guards: PatternMatcher,
        listed: Sequence[DangerFound | None],
        reviews: dict[str, Review],
        examples: Sequence[Example],
    ) -> None:
        self.spelling, self.phrases, self.guards = spelling, phrases, guards
        self.listed, self.reviews, self.examples = listed, reviews, examples

    def find(self, text: str) -> DangerFound | None:
        """The most urgent danger in a message, or None."""
        words = self.spelling.read(text)
        if not self.phrases.any(words):
            return None
        return min(self._unguarded(words), key=lambda f: URGENCY[f.kind], default=None)

    @property
    def steps(self) -> int:
        """The number of positions looked at so far: for measuring."""
        return self.phrases.steps + self.guards.steps

    def _unguarded(self, words: list[str]) -> Iterator[DangerFound]:
        """The matches that are not cancelled by an `unless` phrase that covers them.

        Of any language: words that several languages share would else slip past the guard.
        """
        guards = self.guards.all(words)
        for hit in self.phrases.all(words):
            found = self.listed[hit.phrase]
            if found is not None and not any(_over(guard, hit) for guard in guards):
                yield found


def _over(one: Match, other: Match) -> bool:
    return one.start < other.end and other.start < one.end
