"""Detects when a text may mean that its author or others are in danger.

It is no diagnosis: it compares words with the phrases in `flows/danger/`, and it will miss some
people. What is answered is decided elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from flows.engine.danger.patterns import BadPhrase, Match, Parser, PatternMatcher
from flows.engine.danger.spelling import NUMBER, Spelling
from flows.engine.load import BrokenFlow
from flows.engine.yaml_reader import Problem, Reader, line_of, open_yaml, yaml_files


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
NO_DANGER = "none"
_TOP = (
    "language",
    "status",
    "reviewer",
    "same",
    "words",
    "fillers",
    "turns",
    "not_typos",
    *LISTED,
    "unless",
    "examples",
)
_NEEDED = ("language", "status", "reviewer", "self_harm", "examples")
_LISTS = ("fillers", "turns", "not_typos")
_STATUSES = ("draft", "reviewed")


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
    """All phrases of all languages, compiled."""

    def __init__(
        self,
        spelling: Spelling,
        phrases: PatternMatcher,
        guards: PatternMatcher,
        listed: tuple[DangerFound | None, ...],
        about: dict[str, Review],
        examples: tuple[Example, ...],
    ) -> None:
        self._spelling, self._phrases, self._guards = spelling, phrases, guards
        self._listed = listed
        self.reviews, self.examples = about, examples

    def find(self, text: str) -> DangerFound | None:
        """The most urgent danger in a message, or None."""
        words = self._spelling.read(text)
        if not self._phrases.any(words):
            return None
        return min(self._unguarded(words), key=lambda f: URGENCY[f.kind], default=None)

    @property
    def steps(self) -> int:
        """The number of positions looked at so far: for measuring."""
        return self._phrases.steps + self._guards.steps

    def _unguarded(self, words: list[str]) -> Iterator[DangerFound]:
        """The matches that are not cancelled by an `unless` phrase that covers them.

        Of any language: words that several languages share would else slip past the guard.
        """
        guards = self._guards.all(words)
        for hit in self._phrases.all(words):
            found = self._listed[hit.phrase]
            if found is not None and not any(_over(guard, hit) for guard in guards):
                yield found


def _over(one: Match, other: Match) -> bool:
    return one.start < other.end and other.start < one.end


def load_danger(folder: Path) -> Danger:
    """Loads every language's file of phrases.

    Raises:
        BrokenFlow: with every mistake of every file at once.
    """
    problems: list[Problem] = []
    sheets = [_read(path, problems) for path in yaml_files(folder)]
    if not sheets:
        problems.append(Problem(folder.name, 1, "there are no phrases in this folder"))
    danger = _build([sheet for sheet in sheets if sheet is not None], problems)
    if problems:
        raise BrokenFlow(problems)
    return danger


@dataclass(slots=True)
class _Line:
    text: str
    line: int
    kind: DangerKind | None  # None: an `unless`


@dataclass(slots=True)
class _Sheet:
    """One file, parsed but not yet compiled."""

    file: str
    language: str
    review: Review
    same: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    phrases: list[_Line] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)


def _read(path: Path, problems: list[Problem]) -> _Sheet | None:
    reader, root = open_yaml(path)
    sheet = _sheet(reader, root, path) if root is not None else None
    problems += reader.problems
    return sheet


def _sheet(reader: Reader, root: yaml.Node, path: Path) -> _Sheet:
    top = reader.mapping(root, "this file", _TOP)
    for key in _NEEDED:
        if key not in top:
            reader.note(root, f"`{key}:` is missing")
    sheet = _Sheet(path.name, path.stem, _review(reader, top, path.stem))
    for word, (_, value) in _part(reader, top, "same").items():
        sheet.same[word] = _texts(reader, value, f"`{word}`")
    for name, (_, value) in _part(reader, top, "words").items():
        sheet.words[name] = [text for text, _ in _texts(reader, value, f"`{name}`")]
    for name in _LISTS:
        if name in top:
            sheet.lists[name] = [text for text, _ in _texts(reader, top[name][1], f"`{name}`")]
    for kind in (*LISTED, None):
        name = kind or "unless"
        if name in top:
            found = _texts(reader, top[name][1], f"`{name}`")
            sheet.phrases += [_Line(text, line, kind) for text, line in found]
    if "examples" in top:
        sheet.examples = list(_examples(reader, top["examples"][1]))
    return sheet


_Top = dict[str, tuple[yaml.Node, yaml.Node]]


def _part(reader: Reader, top: _Top, name: str) -> _Top:
    return reader.mapping(top[name][1], f"`{name}`") if name in top else {}


def _review(reader: Reader, top: _Top, stem: str) -> Review:
    said = {k: str(v.value).strip() for k, (_, v) in top.items() if isinstance(v, yaml.ScalarNode)}
    language, status = said.get("language", stem), said.get("status", "draft")
    if language != stem:
        reader.note(top["language"][1], f"`{language}` must be in a file called {language}.yaml")
    if status not in _STATUSES:
        reader.note(top["status"][1], f"`status` is draft or reviewed, not `{status}`")
    if status == "reviewed" and not said.get("reviewer"):
        reader.note(top["status"][1], "reviewed by whom? `reviewer` is empty")
    return Review(status, said.get("reviewer", ""))


def _examples(reader: Reader, node: yaml.Node) -> Iterator[Example]:
    for name, (_, value) in reader.mapping(node, "`examples`", (*LISTED, NO_DANGER)).items():
        kind = None if name == NO_DANGER else DangerKind(name)
        for text, line in _texts(reader, value, f"`{name}`"):
            yield Example(text, kind, reader.file, line)


def _texts(reader: Reader, node: yaml.Node, what: str) -> list[tuple[str, int]]:
    return [
        (text, line_of(item))
        for item in reader.items(node, what)
        if (text := reader.text(item, f"a line of {what}"))
    ]


def _build(sheets: list[_Sheet], problems: list[Problem]) -> Danger:
    every = [text for sheet in sheets for text in _all_texts(sheet)]
    signs = {c for c in set().union(*every) if unicodedata.category(c) == "So"}
    # Years and ages that phrases name are words of their own, beside being numbers.
    numbers = sorted({n for text in every for n in re.findall(r"\b[1-9]\d+\b", text)})
    bare = Spelling((), signs=signs)
    same = _same(sheets, bare, problems)
    spelling = Spelling((), same, signs)

    @cache  # the files repeat most of their words
    def fold(text: str) -> tuple[str, ...]:
        return tuple(spelling.canonical(bare.fold(text)))

    def fold_all(name: str) -> set[str]:
        return {w for s in sheets for text in s.lists.get(name, ()) for w in fold(text)}

    fillers = fold_all("fillers")
    phrases, guards = PatternMatcher(fillers), PatternMatcher(fillers, fold_all("turns"))
    listed: list[DangerFound | None] = []
    vocabulary = {w for pair in same.items() for side in pair for w in side}
    vocabulary |= fillers | fold_all("turns") | fold_all("not_typos")
    for sheet in sheets:
        names = sheet.words | {"number": [*numbers, *sheet.words.get("number", ())]}
        parser = Parser(names, fold)
        for line in sheet.phrases:
            try:
                net = phrases if line.kind else guards
                net.add(len(listed), parser.parse(line.text))
            except BadPhrase as error:
                problems.append(Problem(sheet.file, line.line, f"`{line.text}`: {error}"))
                continue
            kind = line.kind
            listed.append(
                DangerFound(kind, sheet.language, sheet.file, line.line) if kind else None
            )
    for net in (phrases, guards):
        vocabulary |= net.words
        net.compile()
    return Danger(
        Spelling(vocabulary - {NUMBER}, same, signs),
        phrases,
        guards,
        tuple(listed),
        {sheet.language: sheet.review for sheet in sheets},
        tuple(example for sheet in sheets for example in sheet.examples),
    )


def _all_texts(sheet: _Sheet) -> Iterator[str]:
    yield from (line.text for line in sheet.phrases)
    for words in sheet.words.values():
        yield from words


def _same(
    sheets: list[_Sheet], bare: Spelling, problems: list[Problem]
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Variants of words, and the canonical form that phrases use."""
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    for sheet in sheets:
        for word, variants in sheet.same.items():
            meant = tuple(bare.fold(word))
            for text, line in variants:
                variant = tuple(bare.fold(text))
                if not variant:
                    problems.append(Problem(sheet.file, line, f"`{text}` has no letters"))
                elif variant != meant and same.setdefault(variant, meant) != meant:
                    other = " ".join(same[variant])
                    problems.append(
                        Problem(sheet.file, line, f"`{text}` already stands for `{other}`")
                    )
    return same
