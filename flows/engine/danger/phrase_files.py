"""Reads the files of danger phrases and compiles them, or names every mistake of every file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml

from flows.engine.danger.detector import LISTED, Danger, DangerFound, DangerKind, Example, Review
from flows.engine.danger.pattern_graph import PatternGraph
from flows.engine.danger.pattern_matcher import PatternMatcher
from flows.engine.danger.phrase_parser import BadPhrase, Parser
from flows.engine.danger.spelling import Spelling
from flows.engine.load import BrokenFlow
from flows.engine.yaml_reader import Problem, Reader, line_of, open_yaml, yaml_files

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

    fillers, turns = fold_all("fillers"), fold_all("turns")
    phrases, guards = PatternGraph(), PatternGraph()
    listed: list[DangerFound | None] = []
    vocabulary = {w for pair in same.items() for side in pair for w in side}
    vocabulary |= fillers | turns | fold_all("not_typos")
    for sheet in sheets:
        names = sheet.words | {"number": [*numbers, *sheet.words.get("number", ())]}
        parser = Parser(names, fold)
        for line in sheet.phrases:
            try:
                graph = phrases if line.kind else guards
                graph.add(len(listed), parser.parse(line.text))
            except BadPhrase as error:
                problems.append(Problem(sheet.file, line.line, f"`{line.text}`: {error}"))
                continue
            kind = line.kind
            listed.append(
                DangerFound(kind, sheet.language, sheet.file, line.line) if kind else None
            )
    for graph in (phrases, guards):
        vocabulary |= graph.words
    words = sorted(vocabulary)
    read = Spelling(words, same, signs)
    return Danger(
        read,
        PatternMatcher(phrases.tables(read.numbers), read.numbers, fillers),
        PatternMatcher(guards.tables(read.numbers), read.numbers, fillers, turns),
        listed,
        {sheet.language: sheet.review for sheet in sheets},
        [example for sheet in sheets for example in sheet.examples],
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
