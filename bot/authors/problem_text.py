"""Mistakes and findings as authors read them: where, what is wrong, and how to fix it.

Used by the command, the terminal and the page alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.authors.check import legible, wording_of
from bot.authors.suggestions import suggest_fix
from bot.i18n.catalog import CatalogError
from flows.engine import Problem


@dataclass(frozen=True, slots=True)
class ProblemText:
    """One thing to put right: where and what, and a suggestion."""

    what: str
    idea: str = ""

    @property
    def lines(self) -> list[str]:
        """Both, a line each."""
        return [self.what, f"    {self.idea}"] if self.idea else [self.what]


def mistakes(problems: Iterable[Problem]) -> tuple[ProblemText, ...]:
    """What keeps the files from being used."""
    return tuple(ProblemText(str(problem), suggest_fix(problem)) for problem in problems)


def findings(flows: Path, locales: Path) -> tuple[ProblemText, ...]:
    """What makes the text hard or unkind; a running bot reloads none of it."""
    try:
        wording = wording_of(flows, locales)
    except CatalogError as error:
        return tuple(ProblemText(line) for line in str(error).splitlines())
    seen = legible(flows)
    return tuple(
        ProblemText(f"{found.file}:{found.line}: {found.context}: {found.wrong}", found.suggestion)
        for found in wording.findings(seen.flows.values(), seen.texts)
    )
