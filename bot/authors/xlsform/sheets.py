"""Opens an XLSForm's sheets as rows with their numbers, under one name for each column.

Does not know what the rows mean; see https://xlsform.org for what there can be.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.settings import CannotBeDone

_ALIASES = {
    "list_name": ("list name",),
    "relevant": ("relevance", "bind::relevant"),
    "name": ("value",),
    "guidance_hint": ("guidance hint",),
    "required": ("bind::required",),
}
_SAME = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row, its number as the spreadsheet shows it, and its cells that are not empty."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Form:
    """The three sheets of a form, and the columns that its words are taken from."""

    survey: tuple[Row, ...]
    choices: tuple[Row, ...]
    settings: Mapping[str, str] = field(default_factory=dict)

    def spoken(self, sheet: Iterable[Row], what: str) -> str:
        """The column that holds labels or hints: without a language, in the first or in English."""
        columns = dict.fromkeys(c for row in sheet for c in row.cells)
        said = [c for c in columns if c.partition("::")[0] == what]
        default = self.settings.get("default_language", "").casefold()
        for wanted in (what, f"{what}::{default}" if default else what, f"{what}::english"):
            if found := next((c for c in said if c == wanted), None):
                return found
        english = next((c for c in said if c.startswith(f"{what}::english")), None)
        return english or next(iter(said), what)


def read_form(file: Path) -> Form:
    """A form from its file.

    Raises:
        CannotBeDone: when it is no such spreadsheet, or has no survey sheet.
        FileNotFoundError: when there is no such file.
    """
    try:
        with file.open("rb") as opened:
            book = load_workbook(opened, read_only=True, data_only=True)
            sheets = {name.strip().casefold(): book[name] for name in book.sheetnames}
            rows = {
                name: _rows(sheets[name].iter_rows(values_only=True, max_row=MOST_ROWS))
                for name in ("survey", "choices", "settings")
                if name in sheets
            }
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise CannotBeDone(f"{file} is not an .xlsx file: save it as one ({error})") from None
    if not rows.get("survey"):
        raise CannotBeDone(f"{file} has no sheet called `survey` with rows in it")
    settings = next(iter(rows.get("settings", ())), Row(2, {}))
    return Form(rows["survey"], rows.get("choices", ()), settings.cells)


def _rows(values: Iterable[tuple[object, ...]]) -> tuple[Row, ...]:
    each = iter(values)
    heads = [_column(cell) for cell in next(each, ())]
    found = []
    for number, cells in enumerate(each, 2):
        row = {
            head: text
            for head, cell in zip(heads, cells, strict=False)
            if head and (text := _text(cell))
        }
        if row:
            found.append(Row(number, row))
    return tuple(found)


def _column(cell: object) -> str:
    """A column's name: small letters, with one colon or two before a language."""
    words = " ".join(_text(cell).casefold().split())
    if ":" in words and "::" not in words:
        words = words.replace(":", "::", 1)
    head, colons, language = words.partition("::")
    head = head.strip()
    return _SAME.get(words, f"{_SAME.get(head, head).replace(' ', '_')}{colons}{language.strip()}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a choice called 1 is kept as 1.0 by spreadsheets
    return str(cell).strip()


def write_form(file: Path, sheets: Mapping[str, list[list[str]]]) -> None:
    """Writes sheets, each a list of rows with the column names first.

    Raises:
        FileExistsError: when there is such a file already.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
            for cell in sheet[sheet.max_row]:
                cell.data_type = "s"  # a text that begins with = is no formula
    with file.open("xb") as opened:
        book.save(opened)
