"""Checks a whole folder of questions: every mistake, every style rule, every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.authors.english_style import FOLDER, EnglishStyle
from bot.authors.finding import Finding
from bot.authors.suggestions import suggest_fix
from bot.content.library import FlowLibrary
from bot.content.loading import read_danger, read_folder, read_helplines
from bot.i18n.localizer import SOURCE_LANGUAGE
from bot.i18n.tools.extraction import collect_texts
from bot.languages.completeness import LanguageStatus, about, check_all
from flows.engine import BrokenFlow, Flow, Problem, Text, load_old, load_phrases, load_said
from flows.engine.yaml_reader import yaml_files

_IS_FLOW = re.compile(r"^(flow|steps)\s*:", re.MULTILINE)


@dataclass(frozen=True)
class ParsedFolder:
    """What can be parsed of a folder, however broken the rest of it is."""

    flows: dict[str, Flow]
    texts: tuple[Text, ...]


@dataclass(frozen=True)
class CheckResult:
    """All results. `library` is None where the folder cannot be used at all."""

    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    legible: ParsedFolder
    standings: tuple[LanguageStatus, ...] = ()
    library: FlowLibrary | None = None
    unneeded: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether there is nothing an author must put right."""
        return not self.problems and not self.findings

    def lines(self) -> Iterator[str]:
        """Each mistake with what to do about it, in order of the files."""
        for problem in self.problems:
            yield str(problem)
            if words := suggest_fix(problem):
                yield f"    {words}"
        for found in self.findings:
            yield f"{found.file}:{found.line}: {found.context}: {found.wrong}"
            yield f"    {found.suggestion}"


def check(folder: Path, locales: Path) -> CheckResult:
    """Checks a folder of questions for everything at once.

    Raises:
        CatalogError: the word lists, or a language's own file, cannot be read.
    """
    problems: list[Problem] = []
    found = _try(problems, lambda: read_folder(folder)[0])
    _try(problems, lambda: read_danger(folder))
    _try(problems, lambda: read_helplines(folder))
    seen = legible(folder)
    wording = wording_of(folder, locales)
    return CheckResult(
        tuple(sorted(set(problems))),
        tuple(wording.findings(seen.flows.values(), seen.texts)),
        seen,
        tuple(check_all(found, folder, locales)) if found is not None else (),
        found,
        tuple(wording.unneeded(seen.flows.values(), seen.texts)) if found is not None else (),
    )


def wording_of(folder: Path, locales: Path) -> EnglishStyle:
    """The rules of English style: the folder's own lists, or those of the product.

    Raises:
        CatalogError: a list, or the `about.yaml` of English, cannot be read.
    """
    english = about(locales, SOURCE_LANGUAGE)
    lists = folder / "wording"
    return EnglishStyle.read(
        english.longest_sentence, english.not_said, lists if lists.is_dir() else FOLDER
    )


def legible(folder: Path) -> ParsedFolder:
    """The flows and texts that can be parsed, one file at a time."""
    flows: dict[str, Flow] = {}
    holders: list[object] = [flows]
    for path in yaml_files(folder):
        with suppress(BrokenFlow, UnicodeDecodeError):
            source = path.read_text(encoding="utf-8")
            if _IS_FLOW.search(source):
                flows[path.stem] = load_old(source, path.stem)
            elif path.name == "phrases.yaml":
                holders.append(load_phrases(path))
            elif path.name == "workers.yaml":
                holders.append(load_said(path))
    return ParsedFolder(flows, tuple(dict.fromkeys(collect_texts(holders))))


def _try(problems: list[Problem], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except BrokenFlow as error:
        problems += error.problems
        return None


def offered_and_lacking(standings: Sequence[LanguageStatus], offered: Sequence[str]) -> list[str]:
    """Why languages that participants use are not complete."""
    by_code = {s.code: s for s in standings}
    lines: list[str] = []
    for code in offered:
        if code not in by_code:
            lines.append(f"{code}: its folder is gone")
        elif not by_code[code].whole and not by_code[code].bridged:
            lines += by_code[code].lines()
    return lines
