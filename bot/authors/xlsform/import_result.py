"""The result of importing an XLSForm: the flow file, what was skipped, what is still missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


class ImportRefused(Exception):
    """A question that is skipped, with the column that caused it."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column = column


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """Something that was skipped: sheet, row, column and reason."""

    sheet: str
    row: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"{self.sheet} row {self.row}, {self.column}: {self.why}"


@dataclass
class Converted:
    """A flow file, what was skipped, and what is still to be written by hand."""

    source: str
    imported: int
    of: int
    left: list[Skipped]
    missing: list[str]


def summary(done: Converted) -> Iterator[str]:
    """What was imported and what was not, for the author."""
    yield f"{done.imported} of {done.of} questions and notes came over."
    by_why: dict[tuple[str, str, str], list[int]] = {}
    for left in done.left:
        by_why.setdefault((left.sheet, left.column, left.why), []).append(left.row)
    if by_why:
        yield "Did not come over:"
    for (sheet, column, why), rows in sorted(by_why.items(), key=lambda item: item[1]):
        each = f"rows {', '.join(map(str, rows))}" if len(rows) > 1 else f"row {rows[0]}"
        yield f"  {sheet}, {each}, {column}: {why}"
    if done.missing:
        yield "Still to be written before the bot can use it:"
        yield from (f"  {line}" for line in done.missing)


def why_not(column: str, words: str) -> str:
    """Why the text of a column that our files do not have is skipped."""
    head, _, language = column.partition("::")
    said = words if len(words) <= 40 else f"{words[:39]}…"
    if language and head in ("label", "hint", "guidance_hint"):
        return f"the words in {language} do not come over: translations are in locales/"
    return f"there is no place for “{said}”"
