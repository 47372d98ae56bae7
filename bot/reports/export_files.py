"""The files of an export, written a row at a time: CSV, JSON Lines, a workbook."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import xlsxwriter

from bot.reports import codebook
from bot.reports.codebook import Field

ROWS_ON_A_SHEET = 1_000_000
"""A sheet ends at 1,048,576 rows; further rows go on in another."""
CELL = 32_000
"""UTF-16 units in a cell of the workbook, which ends at 32,767; a mark follows them."""
ANSWERS, LONG, COLUMNS = "answers", "long words", "codebook"
_FORMULA = "=+@\uff1d\uff0b\uff0d\uff20-"
"""What Excel, LibreOffice and others take for the beginning of a formula, wide forms too."""
_BLANK = r"[ \u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff\"]*"
_FIRST = re.compile(rf"{_BLANK}[\t\r\n{_FORMULA}]")
_INSIDE = re.compile(rf"([;,|\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029])(?={_BLANK}[{_FORMULA}])")
"""A place at which some program begins a new cell, where what follows would be a formula."""
_NO_DAY = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's own days have no zone
NAMES = tuple(str(f["name"]) for f in codebook.ANSWERS)

Cell = str | bool | None
Answer = tuple[Cell, ...]


class Files:
    """Every table of an export as a CSV file and a sheet; the answers as JSON Lines too."""

    def __init__(self, folder: Path, rows_on_a_sheet: int = ROWS_ON_A_SHEET) -> None:
        self._folder, self._most = folder, rows_on_a_sheet
        self._open = ExitStack()
        self._lines = self._open.enter_context(
            (folder / "answers.jsonl").open("w", encoding="utf-8", newline="\n")
        )
        options = {"constant_memory": True, "in_memory": False, "tmpdir": str(folder)}
        self._book = xlsxwriter.Workbook(str(folder / "answers.xlsx"), options)
        self._book.set_properties({"created": _NO_DAY, "title": "answers"})
        self._sheets: dict[str, _Sheet] = {}
        self._writers: dict[str, Any] = {}
        self.counts = dict.fromkeys(codebook.TABLES, 0)

    def __enter__(self) -> Files:
        for name, fields in codebook.TABLES.items():
            file = self._open.enter_context(
                (self._folder / f"{name}.csv").open("w", encoding="utf-8", newline="")
            )
            self._writers[name] = csv.writer(file)
            self._writers[name].writerow([f["name"] for f in fields])
        self._sheet(ANSWERS, codebook.ANSWERS)
        return self

    def __exit__(self, *_error: object) -> None:
        self._open.close()
        self._book.close()

    def add(self, row: Answer) -> None:
        """Writes one answer into each file."""
        values = {n: v for n, v in zip(NAMES, row, strict=True) if v is not None}
        self._lines.write(json.dumps(values, ensure_ascii=False) + "\n")
        self.row(ANSWERS, row)

    def row(self, table: str, row: Sequence[Cell]) -> None:
        """Writes a row of a table."""
        self._writers[table].writerow([harmless(cell) for cell in row])
        self.counts[table] += 1
        self._sheet(table, codebook.TABLES[table]).add([*self._whole_cells(row)])

    def describe(self) -> None:
        """Writes the description of each column of each table into the workbook."""
        sheet = self._sheet(COLUMNS, codebook.OF_COLUMNS)
        for table, fields in codebook.TABLES.items():
            for each in fields:
                sheet.add([table, each["name"], each["type"], each["description"]])

    def _sheet(self, name: str, fields: Sequence[Field]) -> _Sheet:
        if name not in self._sheets:
            names = [str(f["name"]) for f in fields]
            self._sheets[name] = _Sheet(self._book, name, names, self._most)
        return self._sheets[name]

    def _whole_cells(self, row: Sequence[Cell]) -> Iterator[Cell]:
        """The cells of a row; text too long for one continues in a sheet of its own."""
        for cell in row:
            if not isinstance(cell, str) or len(cell) <= CELL // 2:
                yield cell
                continue
            first, *rest = pieces(cell)
            if not rest:
                yield first
                continue
            long = self._sheet(LONG, codebook.OF_LONG)
            number = str(len(self._sheets[LONG].texts) + 1)
            self._sheets[LONG].texts.append(number)
            for place, piece in enumerate(rest, 2):
                long.add([number, str(place), str(len(rest) + 1), piece])
            yield f"{first} […part 1 of {len(rest) + 1}: see text {number} on the sheet “{LONG}”]"


class _Sheet:
    """A table of the workbook; it continues in another sheet where one is full."""

    def __init__(self, book: Any, name: str, columns: Sequence[str], most: int) -> None:
        self._book, self._name, self._columns, self._most = book, name, columns, most
        self._number = 0
        self.texts: list[str] = []
        self._begin()

    def _begin(self) -> None:
        self._number += 1
        name = self._name if self._number == 1 else f"{self._name} {self._number}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for column, words in enumerate(self._columns):
            self._sheet.write_string(0, column, words)
        self._row = 1

    def add(self, row: Iterable[Cell]) -> None:
        """Writes a row."""
        if self._row > self._most:
            self._begin()
        for column, cell in enumerate(row):
            if isinstance(cell, bool):
                self._sheet.write_boolean(self._row, column, cell)
            elif cell is not None:
                # As text, whatever it begins with: a workbook keeps formulas and text apart.
                self._sheet.write_string(self._row, column, cell)
        self._row += 1


def pieces(text: str) -> list[str]:
    """Splits a text to fit into cells, counted as Excel counts: an emoji is two."""
    found, begin, units = list[str](), 0, 0
    for place, letter in enumerate(text):
        more = 2 if ord(letter) > 0xFFFF else 1
        if units + more > CELL:
            found.append(text[begin:place])
            begin, units = place, 0
        units += more
    return [*found, text[begin:]]


def harmless(cell: Cell) -> str:
    """A cell of the CSV no part of which a program takes for a formula, whatever splits it.

    Where a program splits at semicolons or tabs, our quotes do not hold a cell together.
    """
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if cell is None:
        return ""
    cell = _INSIDE.sub(r"\1'", cell)
    return f"'{cell}" if _FIRST.match(cell) else cell
