"""The synthetic messages that danger is measured on, and how a measurement is counted.

Holds no phrases, and nobody's real words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent
NONE, MAYBE = "none", "maybe"


@dataclass(frozen=True, slots=True)
class Case:
    """A message, what it should be noticed as, and how it is said."""

    text: str
    kind: str
    how: str
    language: str


def cases(name: str) -> list[Case]:
    """All messages of a set: `development` or `held_out`, which the file itself must say it is."""
    read = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    assert read.pop("set") == name
    return list(_cases(read))


def by_strangers(folder: str) -> dict[str, list[Case]]:
    """The messages of a folder, by language; by `strangers_first` alone may be mended."""
    files = sorted((HERE / folder).glob("*.yaml"))
    read = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}
    return {language: list(_cases(content)) for language, content in read.items()}


def _cases(read: dict[str, dict[str, list[str]]]) -> Iterator[Case]:
    for language, headings in read.items():
        for heading, texts in headings.items():
            for text in texts:
                yield Case(text, *_heading(heading), language)


def _heading(heading: str) -> tuple[str, str]:
    kind, how = heading.split()
    return kind, how


@dataclass(frozen=True, slots=True)
class Score:
    """What was found of what should be, and how much of what was found should not have been.

    A danger counts as found when any danger is: the wrong kind still gets numbers to ring. A
    `maybe` is not enough for a danger. For a message where nothing is the matter, even a `maybe`
    is a false alarm.
    """

    name: str
    wanted: int
    found: int
    right_kind: int
    harmless: int
    alarms: int

    @property
    def recall(self) -> float:
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.alarms) if self.found + self.alarms else 1.0

    def __str__(self) -> str:
        return (
            f"{self.name:24} recall {self.recall:5.3f} ({self.found}/{self.wanted}, "
            f"right kind {self.right_kind})  precision {self.precision:5.3f} "
            f"({self.alarms} of {self.harmless} harmless)"
        )


Finder = Callable[[str], str | None]


def score(name: str, chosen: Iterable[Case], find: Finder) -> Score:
    """Counts one group of messages."""
    some = list(chosen)
    dangers = [c for c in some if c.kind != NONE]
    harmless = [c for c in some if c.kind == NONE]
    return Score(
        name,
        len(dangers),
        sum(is_found(c, find(c.text)) for c in dangers),
        sum(find(c.text) == c.kind for c in dangers),
        len(harmless),
        sum(find(c.text) is not None for c in harmless),
    )


def is_found(case: Case, kind: str | None) -> bool:
    return kind is not None and (kind != MAYBE or case.kind == MAYBE)


def misses(chosen: Iterable[Case], find: Finder) -> Iterator[tuple[Case, str | None]]:
    """Every message that was not answered as it should be, with what was found instead."""
    for case in chosen:
        kind = find(case.text)
        if (kind is not None) if case.kind == NONE else not is_found(case, kind):
            yield case, kind


def report(name: str, some: list[Case], find: Finder) -> Iterator[str]:
    """The lines of a whole report: by directness, by language, by kind, and every miss."""
    yield str(score(f"{name}: all", some, find))
    for how in ("direct", "indirect"):
        yield str(score(f"  {how}", [c for c in some if c.how == how or c.kind == NONE], find))
    for language in dict.fromkeys(c.language for c in some):
        yield str(score(f"  {language}", [c for c in some if c.language == language], find))
    for kind in dict.fromkeys(c.kind for c in some if c.kind != NONE):
        yield str(score(f"  {kind}", [c for c in some if c.kind == kind], find))
    for case, got in misses(some, find):
        yield f"  missed: {case.language} {case.kind} {case.how}: {case.text!r} -> {got}"
