"""Reads the lines that the small model learns from: plain text files, for anyone to mend.

`<language>/sounds_like.txt` holds messages that may mean danger, `<language>/ordinary.txt` those
that do not: one a line, under headings. Lines with no empty line between them are of one pattern.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.engine.danger.detector import LISTED, DangerKind
from flows.engine.load import BrokenFlow
from flows.engine.yaml_reader import Problem, suggest

DANGER, ORDINARY = "sounds_like.txt", "ordinary.txt"
KINDS = tuple(kind.value for kind in LISTED if kind is not DangerKind.MAYBE)
"""The headings in `sounds_like.txt`."""
ANSWERS, SOUNDS = "answers", "sounds"
"""The headings in `ordinary.txt`: everyday answers, and what only sounds like danger."""
_HEADINGS = {DANGER: KINDS, ORDINARY: (ANSWERS, SOUNDS)}
_HEADING = re.compile(r"#\s*([\w-]+)\s*")
LONGEST = 1_000
"""Characters of one line; a longer one is a paragraph pasted by mistake."""


@dataclass(frozen=True, slots=True)
class LearningLine:
    """A message to learn from; `pattern` is the same for lines of one idea."""

    text: str
    language: str
    heading: str
    is_danger: bool
    pattern: tuple[str, int]


def line_files(folder: Path) -> list[Path]:
    """The files of all languages, in the same order everywhere."""
    return sorted(path for name in _HEADINGS for path in folder.glob(f"*/{name}"))


def digest_of(folder: Path) -> str:
    """A hash of all lines: a model was learnt from them, or from others.

    Raises:
        BrokenFlow: a file cannot be read.
    """
    found = hashlib.sha256()
    for path in line_files(folder):
        try:
            content = path.read_bytes()
        except OSError as error:
            raise BrokenFlow([_problem(path, 1, f"cannot be read: {error.strerror}")]) from error
        found.update(f"{path.parent.name}/{path.name} {len(content)} ".encode() + content)
    return found.hexdigest()


def read_lines(folder: Path) -> list[LearningLine]:
    """The lines of all languages.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    problems: list[Problem] = []
    found: list[LearningLine] = []
    seen: dict[tuple[str, str], str] = {}
    for path in line_files(folder):
        for number, line in _read(path, problems):
            place = f"{path.parent.name}/{path.name}:{number}"
            before = seen.setdefault((line.language, line.text.casefold()), place)
            if before != place:
                problems.append(_problem(path, number, f"this line is in {before} already"))
            found.append(line)
    if not found:
        problems.append(Problem(folder.name, 1, f"there is no {DANGER} in any folder of it"))
    if problems:
        raise BrokenFlow(problems)
    return found


def _read(path: Path, problems: list[Problem]) -> Iterator[tuple[int, LearningLine]]:
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        problems.append(_problem(path, 1, f"cannot be read: {error.strerror}"))
        return
    except UnicodeDecodeError as error:
        number = path.read_bytes()[: error.start].count(b"\n") + 1
        problems.append(_problem(path, number, "this is not UTF-8"))
        return
    heading, pattern = "" if path.name == DANGER else ANSWERS, 0
    for number, written in enumerate(content.splitlines(), 1):
        text = written.strip()
        if text.startswith("#"):
            pattern = number
            if found := _HEADING.fullmatch(text):
                heading = found[1]
                _note_unknown(path, number, heading, problems)
        elif not text:
            pattern = number
        elif not heading:
            problems.append(_problem(path, number, "a heading such as `# self_harm` comes first"))
            return
        elif len(text) > LONGEST:
            problems.append(_problem(path, number, f"longer than {LONGEST} characters"))
        else:
            language = path.parent.name
            key = (f"{language}/{path.name}", pattern)
            yield number, LearningLine(text, language, heading, path.name == DANGER, key)


def _note_unknown(path: Path, number: int, heading: str, problems: list[Problem]) -> None:
    known = _HEADINGS[path.name]
    if heading not in known:
        hint = suggest(heading, known) or f": it is one of {', '.join(known)}"
        problems.append(_problem(path, number, f"`# {heading}` is no heading here{hint}"))


def _problem(path: Path, number: int, message: str) -> Problem:
    return Problem(f"{path.parent.name}/{path.name}", number, message)
