"""Loads the stop grammar from `flows/stops`, one file a language.

Every mistake of every file is named at once, with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from flows.engine.load import BrokenFlow
from flows.engine.stops.stop_automaton import AutomatonBuilder
from flows.engine.stops.stop_grammar import StopGrammar, StopMeaning
from flows.engine.stops.stop_spelling import slips, words_of
from flows.engine.word_patterns import BadPattern, Pattern, parse
from flows.engine.yaml_reader import Problem, Reader, line_of, open_yaml, yaml_files

EVERYWHERE = "everywhere"
"""The file of what is written in every language, such as "stop" itself and "pls"."""
_VALUES = {
    "stop": StopMeaning.STOP,
    "stop_or_answer": StopMeaning.STOP_OR_ANSWER,
    "maybe": StopMeaning.MAYBE,
}
_STOPPING = ("stop", "stop_or_answer")
_PATTERN_SIGNS = frozenset("(|)<>")
_PATTERNS = ("around", "thanks", *_VALUES)
_SLIPS_IN = "slips_in"
_WHOLE = ("answers", "slips", "not_slips", _SLIPS_IN)
_TOP = ("language", "status", "joined", "words", *_PATTERNS, *_WHOLE, "signs")
_NEEDED = frozenset({"language", "status", "stop"})
_STATUSES = ("draft", "reviewed")


@dataclass(slots=True)
class _Sheet:
    """One file, read: its patterns by part, with their lines, and its lists of whole words."""

    file: str
    language: str
    joined: bool = False
    lists: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    patterns: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    signs: dict[str, int] = field(default_factory=dict)

    def words(self, part: str) -> Iterator[str]:
        """The words of a part that has no patterns, folded and joined."""
        for text, _ in self.patterns.get(part, ()):
            yield "".join(words_of(text))


def load_stops(folder: Path) -> StopGrammar:
    """Loads every language's file.

    Raises:
        BrokenFlow: with every mistake of every file at once.
    """
    problems: list[Problem] = []
    sheets = []
    for path in yaml_files(folder):
        reader, root = open_yaml(path)
        if root is not None:
            sheets.append(_read(reader, root, path.stem))
        problems += reader.problems
    if not sheets:
        problems.append(Problem("*.yaml", 1, "there are no words to stop in this folder"))
    grammar = _built(sheets, problems)
    if problems:
        raise BrokenFlow([replace(p, file=f"{folder.name}/{p.file}") for p in problems])
    return grammar


def plain_stops(folder: Path) -> dict[str, tuple[str, ...]]:
    """The words to stop of each language that has a file: those that are no pattern."""
    found: dict[str, tuple[str, ...]] = {}
    for path in yaml_files(folder):
        reader, root = open_yaml(path)
        if root is not None and path.stem != EVERYWHERE:
            patterns = _read(reader, root, path.stem).patterns
            ways = [text for part in _STOPPING for text, _ in patterns.get(part, ())]
            found[path.stem] = tuple(way for way in ways if not _PATTERN_SIGNS & set(way))
    return found


def _read(reader: Reader, root: yaml.Node, stem: str) -> _Sheet:
    top = reader.mapping(root, "this file", _TOP)
    sheet = _Sheet(reader.file, stem)
    for key in _NEEDED - top.keys():
        reader.note(root, f"`{key}:` is missing")
    _check_head(reader, {key: value for key, (_, value) in top.items()}, stem)
    if "joined" in top:
        sheet.joined = reader.flag(top["joined"][1], "`joined`")
    if "words" in top:
        for name, (_, value) in reader.mapping(top["words"][1], "`words`").items():
            sheet.lists[name] = list(_texts(reader, value, f"`{name}`"))
    for part in (*_PATTERNS, *_WHOLE):
        if part in top:
            sheet.patterns[part] = list(_texts(reader, top[part][1], f"`{part}`"))
    if "signs" in top:
        for name, (_, value) in reader.mapping(top["signs"][1], "`signs`", _VALUES).items():
            for text, _ in _texts(reader, value, f"`{name}`"):
                sheet.signs |= dict.fromkeys(text, int(_VALUES[name]))
    return sheet


def _check_head(reader: Reader, top: Mapping[str, yaml.Node], stem: str) -> None:
    if "language" in top:
        named = reader.text(top["language"], "`language`")
        if named != stem:
            reader.note(top["language"], f"`{named}` must be in a file called {named}.yaml")
    if "status" in top and reader.text(top["status"], "`status`") not in _STATUSES:
        reader.note(top["status"], "`status` is draft or reviewed")


def _texts(reader: Reader, node: yaml.Node, what: str) -> Iterator[tuple[str, int]]:
    for item in reader.items(node, what):
        if text := reader.text(item, f"a line of {what}"):
            yield text, line_of(item)


def _built(sheets: list[_Sheet], problems: list[Problem]) -> StopGrammar:
    shared = [sheet for sheet in sheets if sheet.language == EVERYWHERE]
    automata = []
    for sheet in sheets:
        if sheet in shared:
            continue
        builder = AutomatonBuilder(sheet.language, joined=sheet.joined)
        for each in (*shared, sheet):
            _add(builder, each, problems if each is sheet else [])
        automata.append(builder.build())
    for sheet in shared:  # its own mistakes once, not once a language
        _add(AutomatonBuilder(EVERYWHERE, joined=False), sheet, problems)
    grammar = StopGrammar(automata, {}, {}, ())
    not_slips = {word for sheet in sheets for word in sheet.words("not_slips")}
    slipped: dict[str, int] = {}
    for sheet in sheets:
        for text, line in sheet.patterns.get("slips", ()):
            (word, *more) = words_of(text) or ("",)
            value = grammar(word, word)
            if more or value is None:
                problems.append(Problem(sheet.file, line, f"`{text}` alone is no word to stop"))
                continue
            slipped |= {slip: value for slip in slips(word) if slip not in not_slips}
    slipping = {sheet.language: set(_slipping(sheet, problems)) for sheet in sheets}
    return StopGrammar(
        automata,
        slipped,
        {sign: value for sheet in sheets for sign, value in sheet.signs.items()},
        (answer for sheet in sheets for answer in sheet.words("answers")),
        slipping,
        frozenset(not_slips),
    )


def _slipping(sheet: _Sheet, problems: list[Problem]) -> Iterator[str]:
    """The words of the lists in which slips are heard."""
    for name, line in sheet.patterns.get(_SLIPS_IN, ()):
        if name not in sheet.lists:
            problems.append(Problem(sheet.file, line, f"there is no list `{name}` under `words`"))
        for text, _ in sheet.lists.get(name, ()):
            yield from words_of(text)


def _add(builder: AutomatonBuilder, sheet: _Sheet, problems: list[Problem]) -> None:
    fold: Callable[[str], list[str]] = words_of

    def parsed(lines: list[tuple[str, int]]) -> Iterator[Pattern]:
        for text, line in lines:
            try:
                yield parse(text, sheet.lists, fold)
            except BadPattern as error:
                problems.append(Problem(sheet.file, line, f"`{text}`: {error}"))

    for name, lines in sheet.lists.items():
        builder.add_list(name, parsed(lines))
    for part in ("around", "thanks"):
        for pattern in parsed(sheet.patterns.get(part, [])):
            builder.add(pattern, 0, before_name=part == "thanks")
    for part, value in _VALUES.items():
        for pattern in parsed(sheet.patterns.get(part, [])):
            builder.add(pattern, value)
