"""Loads `flows/replies/when.yaml`: how people say when they want to be asked again."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import yaml

from flows.engine.load import BrokenFlow
from flows.engine.replies.reply_words import Words, words_of
from flows.engine.yaml_reader import Reader, open_yaml

FILE = "when.yaml"
UNITS = ("days", "weeks", "months", "hours", "minutes", "years")
PARTS = ("morning", "noon", "after_lunch", "afternoon", "evening", "night")
_OFFSETS = {"today": 0, "tomorrow": 1, "day_after": 2}
_NUMBERS = {"one": 1, "two": 2}
_PLAIN = ("small", "at", "weekend", "next", "am", "pm", "oclock")
_LISTS = (*_PLAIN, *_OFFSETS, *_NUMBERS, *PARTS, *UNITS)
_SPAN = re.compile(r"([1-9]\d?) (day|week|month|hour|minute|year)s?")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAYS = range(7)


class Item(NamedTuple):
    """What a phrase says about a time: its kind, with a number where it has one."""

    kind: str
    value: int = 0
    unit: str = ""


Phrases = dict[Words, frozenset[Item]]


@dataclass(frozen=True, slots=True)
class WhenWords:
    """What the phrases of each language say, and the times that parts of the day stand for."""

    languages: Mapping[str, Phrases] = field(default_factory=dict)
    times: Mapping[str, dt.time] = field(default_factory=dict)


def load_when_words(folder: Path) -> WhenWords:
    """Reads the file; without one nothing is understood.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    if not (folder / FILE).is_file():
        return WhenWords()
    reader, root = open_yaml(folder / FILE)
    top = reader.mapping(root, "this file", ("times", "languages")) if root is not None else {}
    for key in ("times", "languages"):
        if root is not None and key not in top:
            reader.note(root, f"`{key}:` is missing")
    times = dict(_times(reader, top["times"][1])) if "times" in top else {}
    found: dict[str, Phrases] = {}
    if "languages" in top:
        for code, (_, node) in reader.mapping(top["languages"][1], "`languages`").items():
            found[code] = _language(reader, node, code)
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return WhenWords(found, times)


def _times(reader: Reader, node: yaml.Node) -> Iterator[tuple[str, dt.time]]:
    named = reader.mapping(node, "`times`", PARTS)
    for name in PARTS:
        said = _TIME.fullmatch(reader.text(named[name][1], "a time")) if name in named else None
        if said is None:
            reader.note(node, f'`{name}` needs a time like "10:00"')
        else:
            yield name, dt.time(int(said[1]), int(said[2]))


def _language(reader: Reader, node: yaml.Node, code: str) -> Phrases:
    found: dict[Words, set[Item]] = {}
    top = reader.mapping(node, f"`{code}`", (*_LISTS, "named", "spans"))
    for name in _LISTS:
        if name not in top:
            reader.note(node, f"`{name}:` is missing in {code}")
            continue
        for words in _words(reader, top[name][1], name):
            found.setdefault(words, set()).add(_item(name))
    for name, (key, part) in _each(reader, top, "named"):
        if not (name.isdigit() and int(name) in _DAYS):
            reader.note(key, f"`{name}` is no day: 0 is Monday, 6 is Sunday")
            continue
        for words in _words(reader, part, name):
            found.setdefault(words, set()).add(Item("weekday", int(name)))
    for name, (key, part) in _each(reader, top, "spans"):
        if (said := _SPAN.fullmatch(name)) is None:
            reader.note(key, f"`{name}` must be like `3 days` or `1 week`")
            continue
        for words in _words(reader, part, name):
            found.setdefault(words, set()).add(Item("span", int(said[1]), f"{said[2]}s"))
    return {words: frozenset(items) for words, items in found.items()}


def _each(
    reader: Reader, top: Mapping[str, tuple[yaml.Node, yaml.Node]], name: str
) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    if name in top:
        yield from reader.mapping(top[name][1], f"`{name}`").items()


def _item(name: str) -> Item:
    if name in _OFFSETS:
        return Item("day", _OFFSETS[name])
    if name in _NUMBERS:
        return Item("number", _NUMBERS[name])
    if name in PARTS:
        return Item("part", unit=name)
    return Item("unit", unit=name) if name in UNITS else Item(name)


def _words(reader: Reader, node: yaml.Node, name: str) -> Iterator[Words]:
    for item in reader.items(node, f"`{name}`"):
        text = reader.text(item, "a word")
        if words := words_of(text):
            yield words
        elif text:
            reader.note(item, "a word without letters")
