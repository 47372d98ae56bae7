"""Reads an XLSForm's sheets as numbered rows, under one name for each column.

The format is described at https://xlsform.org.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from bot.settings import CannotBeDone

_ALIASES = {
    "list_name": ("list name",),
    "type": ("command",),
    "relevant": ("relevance", "bind::relevant"),
    "name": ("value", "tag"),
    "label": ("caption",),
    "guidance_hint": ("guidance hint",),
    "required": ("bind::required",),
    "readonly": ("read_only", "read only", "bind::readonly"),
    "calculation": ("calculate", "bind::calculate"),
}
_SAME = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
MOST_ROWS = 20_000
MOST_EMPTY = 60
"""This many empty rows end a sheet for pyxform: rows below are parked there."""
OURS = "guidance_hint_is"
"""The setting of forms that we exported: the reason is in their guidance hints.

Elsewhere those are for the interviewer and not for the participant.
"""
OF_THE_FORM = frozenset(
    ("form_title", "title", "form_id", "id_string", "version", "default_language", OURS)
)
"""Settings that identify the form, and affect no question."""
SHEETS = ("survey", "choices", "settings")
WORDS = ("label", "hint", "guidance_hint")
"""Columns of text for participants: a space that does not break a line is meant there."""
_ERROR = re.compile(r"#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!)")
_BLANKS = re.compile("[ \t]{2,}")
_UNSEEN = str.maketrans("", "", "\u200b\u2060\ufeff")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row, its number as the spreadsheet shows it, and its non-empty cells."""

    number: int
    cells: Mapping[str, str]
    odd: Mapping[str, str] = field(default_factory=dict)
    """Cells that are neither text nor a whole number, and what they are."""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True)
class Form:
    """The three sheets of a form, and the columns that its text is read from."""

    survey: tuple[SheetRow, ...]
    choices: tuple[SheetRow, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    """The names of other sheets that are not empty."""
    parked: tuple[tuple[str, int], ...] = ()
    """Rows far below the others, with their sheet: no form reads them."""

    def language_of(self, column: str) -> str:
        """The language of a column of text; of one that names none, the form's own."""
        said = column.partition("::")[2] or self.settings.get("default_language", "").casefold()
        said = said or self._only_language
        return said.replace(" ", "")  # "English(en)" in one sheet is "English (en)" in another

    @cached_property
    def _only_language(self) -> str:
        """The one language that columns are named after, or none where there are several."""
        columns = {column for row in (*self.survey, *self.choices) for column in row.cells}
        said = {c.partition("::")[2] for c in columns if c.partition("::")[0] in WORDS} - {""}
        return said.pop() if len({each.replace(" ", "") for each in said}) == 1 else ""

    def spoken(self, sheet: Iterable[SheetRow], what: str) -> str:
        """The column of labels or hints: without a language, in the first or in English."""
        columns = dict.fromkeys(c for row in sheet for c in row.cells)
        said = [c for c in columns if c.partition("::")[0] == what]
        default = self.settings.get("default_language", "").casefold()
        for wanted in (what, f"{what}::{default}" if default else what, f"{what}::english"):
            if found := next((c for c in said if c == wanted), None):
                return found
        english = next((c for c in said if c.startswith(f"{what}::english")), None)
        return english or next(iter(said), what)

    def spoken_as(self, sheet: Iterable[SheetRow], what: str, like: str) -> str | None:
        """The column of labels or hints in the language of another, None where there is none."""
        columns = dict.fromkeys(c for row in sheet for c in row.cells)
        said = [c for c in columns if c.partition("::")[0] == what]
        language = self.language_of(like)
        return next((c for c in said if self.language_of(c) == language), None)


def read_form(file: Path) -> Form:
    """Reads a form from a file.

    Raises:
        CannotBeDone: it is no such spreadsheet, or has no survey sheet.
        FileNotFoundError: there is no such file.
    """
    try:
        with file.open("rb") as opened:
            book = load_workbook(opened, read_only=True, data_only=True)
            sheets = {name.strip().casefold(): book[name] for name in book.sheetnames}
            read = {
                name: sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1)
                for name, sheet in sheets.items()
            }
            rows = {n: _rows(read.pop(n), f"{file}, sheet `{n}`") for n in SHEETS if n in read}
            others = tuple(name for name, cells in read.items() if any(map(any, cells)))
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise CannotBeDone(f"{file} is not an .xlsx file: save it as one ({error})") from None
    if not rows.get("survey"):
        raise CannotBeDone(f"{file} has no sheet called `survey` with rows in it")
    if not any(row["type"] for row in rows["survey"]):
        raise CannotBeDone(f"{file}, sheet `survey` has no column called `type` with words in it")
    settings = next(iter(rows.get("settings", ())), SheetRow(2, {}))
    (survey, below), (choices, beside) = (
        _unparked(rows["survey"]),
        _unparked(rows.get("choices", ())),
    )
    parked = [*(("survey", n) for n in below), *(("choices", n) for n in beside)]
    return Form(survey, choices, settings.cells, others, tuple(parked))


def _rows(values: Iterable[tuple[object, ...]], where: str) -> tuple[SheetRow, ...]:
    each = iter(values)
    heads = [
        _column(cell) or f"column {get_column_letter(number)}"
        for number, cell in enumerate(next(each, ()), 1)
    ]
    if twice := [head for head, times in Counter(heads).items() if times > 1]:
        raise CannotBeDone(f"{where} has two columns called `{twice[0]}`: which is meant?")
    found = []
    for number, cells in enumerate(each, 2):
        row, odd = {}, {}
        for head, cell in zip(heads, cells, strict=False):
            if text := _text(cell, is_words=head.partition("::")[0] in WORDS):
                row[head] = text
            if strange := _strange(cell):
                odd[head] = strange
        if row:
            found.append(SheetRow(number, row, odd))
    if found and found[-1].number > MOST_ROWS:
        raise CannotBeDone(f"{where} has more than {MOST_ROWS} rows")
    return tuple(found)


def _unparked(rows: tuple[SheetRow, ...]) -> tuple[tuple[SheetRow, ...], list[int]]:
    """The rows of a sheet, and the numbers of those below its end."""
    before = 1
    for place, row in enumerate(rows):
        if row.number - before > MOST_EMPTY:
            return rows[:place], [each.number for each in rows[place:]]
        before = row.number
    return rows, []


def _column(cell: object) -> str:
    """A column's name: small letters, with one colon or two before a language."""
    words = " ".join(_text(cell).casefold().split())
    if ":" in words and "::" not in words:
        words = words.replace(":", "::", 1)
    head, colons, language = words.partition("::")
    head = head.strip()
    return _SAME.get(words, f"{_SAME.get(head, head).replace(' ', '_')}{colons}{language.strip()}")


def _text(cell: object, *, is_words: bool = False) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # spreadsheets store a choice called 1 as 1.0
    if isinstance(cell, bool):
        return str(cell).upper()  # as the sheet shows it
    text = str(cell).translate(_UNSEEN)
    # Text copied from a web page has spaces that look like others and are not.
    return _BLANKS.sub(" ", text.strip()) if is_words else " ".join(text.split())


def _strange(cell: object) -> str:
    """Describes a cell that is neither text nor a whole number."""
    if isinstance(cell, bool):
        return "a TRUE or FALSE"
    if isinstance(cell, dt.datetime | dt.date):
        return "a date"
    if isinstance(cell, dt.time | dt.timedelta):
        return "a time"
    if isinstance(cell, float) and not cell.is_integer():
        return "a number with a point"
    return "an error" if isinstance(cell, str) and _ERROR.fullmatch(cell.strip()) else ""


def write_form(file: Path, sheets: Mapping[str, list[list[str]]]) -> None:
    """Writes sheets, each a list of rows with the column names first.

    Raises:
        FileExistsError: the file exists already.
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
