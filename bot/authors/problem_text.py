"""Mistakes and findings as authors read them: where, what is wrong, and what to do about it.

Used by the command, the terminal and the page alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.authors.check import legible, wording_of
from bot.authors.suggestions import idea
from bot.i18n.tools.extraction import WrongWords
from flows.engine import Problem


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to put right: where and what, and an idea of how."""

    what: str
    idea: str = ""

    @property
    def lines(self) -> list[str]:
        """Both, a line each."""
        return [self.what, f"    {self.idea}"] if self.idea else [self.what]


def mistakes(problems: Iterable[Problem]) -> tuple[Told, ...]:
    """What keeps the files from being used."""
    return tuple(Told(str(problem), idea(problem)) for problem in problems)


def findings(flows: Path, locales: Path) -> tuple[Told, ...]:
    """What makes the words hard or unkind; a running bot takes none of it up."""
    try:
        wording = wording_of(flows, locales)
    except WrongWords as error:
        return tuple(Told(line) for line in str(error).splitlines())
    seen = legible(flows)
    return tuple(
        Told(f"{found.file}:{found.line}: {found.context}: {found.wrong}", found.idea)
        for found in wording.findings(seen.flows.values(), seen.texts)
    )
