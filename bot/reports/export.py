"""What `checkin export` does: writes what people share with the service as CSV, workbook and JSON.

Row by row: what is held at once is a page of people, and for everybody a number and what their
check-ins say of themselves. Never writes a name, a chat, a day, an answer that was not shared with
the service, or what fewer than five people could be told apart by.
"""

from __future__ import annotations

import csv
import datetime as dt
import errno
import hashlib
import hmac
import json
import re
import secrets
import shutil
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import xlsxwriter

from bot.around import around
from bot.clock import Clock
from bot.conversation.visit import Around
from bot.database import database
from bot.file_words import NO_FOLDER, writing
from bot.reports import codebook
from bot.reports.edition import Progress, horizons
from bot.reports.make import in_words
from bot.reports.questions import Questions, days_between, horizon_of, month_of
from bot.reports.small import LEAST
from bot.reports.thresholds import Thresholds
from bot.settings import CannotBeDone, Settings
from bot.store.reporting import Checkin, Reporting, Someone

ROWS_ON_A_SHEET = 1_000_000
"""A sheet ends at 1,048,576 rows; what is more goes on in another."""
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


async def write(
    settings: Settings, clock: Clock, out: Path, seed: str | None, tell: Progress | None = None
) -> int:
    """Writes an export to a new folder, and gives the number of answers.

    Raises:
        FileExistsError: when the folder is there already.
        FileNotFoundError: when there is none to put it in.
        CannotBeDone: when the seed is one that can be guessed.
        DatabaseAway, DatabaseBehind, WrongKey: see `Store.open`.
    """
    names = Pseudonyms(seed)
    unfinished = _new(out)
    here = around(settings)
    try:
        async with database(settings) as store, store.reporting() as reporting:
            with writing(out):
                unfinished.mkdir()
                count = await Export(reporting, here, names).write(unfinished, tell)
        unfinished.rename(out)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return count


def read_seed(file: Path) -> str:
    """The seed in a file of its own: in the command's words every program could see it.

    Raises:
        FileNotFoundError: when it is not there.
        CannotBeDone: when it holds no text.
    """
    try:
        return file.read_text(encoding="utf-8").strip()
    except ValueError:
        raise CannotBeDone(f"{file} holds no text") from None


def _new(out: Path) -> Path:
    """Where a folder that is not there yet is put together."""
    if not out.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, NO_FOLDER, str(out.parent))
    if out.exists():
        raise FileExistsError(out)
    return out.with_name(f"{out.name}.part")


class Pseudonyms:
    """Numbers that stand for people and check-ins in one export.

    They are keyed by a seed: a new one each time, so that two exports cannot be laid beside each
    other. The same seed gives the same numbers, and with them the same bytes: keep it as secret as
    a key, for whoever has it and a database can tell who is who.
    """

    def __init__(self, seed: str | None) -> None:
        if seed is not None and len(seed) < 16:
            raise CannotBeDone("a seed has at least 16 letters, and nobody can guess it")
        self._key = (seed or secrets.token_hex(32)).encode()

    def of(self, number: int) -> str:
        """What stands for a person or check-in."""
        return self._lot(number)[:10].hex()

    def order(self, numbers: Iterable[int]) -> array[int]:
        """The numbers in an order that says nothing, and is another in every export."""
        return array("q", sorted(numbers, key=self._lot))

    def _lot(self, number: int) -> bytes:
        return hmac.digest(self._key, str(number).encode(), hashlib.sha256)


@dataclass
class Export:
    """One export of everything as of one moment."""

    reporting: Reporting
    here: Around
    names: Pseudonyms
    thresholds: Thresholds = field(default_factory=Thresholds)
    wrote: set[tuple[str, str]] = field(default_factory=set)

    async def write(self, out: Path, tell: Progress | None) -> int:
        """Writes every file of it into a folder, and gives the number of answers."""
        ids = self.names.order(await self.reporting.ids())
        await self._count(ids)
        count, so_far = 0, 0
        with Files(out) as files:
            async for people in self.reporting.people(ids):
                for person in people:
                    for row in self._rows(person):
                        files.add(row)
                        count += 1
                so_far += len(people)
                if tell is not None:
                    tell(so_far, len(ids))
        sources = await self.reporting.sources()
        asked, tongues = Questions(sources), self.here.tongues
        first = {version: f"{seen:%Y-%m-%d}" for version, _, _, seen in sources}
        questions = codebook.questions(asked, first, tongues)
        _table(out / "questions.csv", codebook.QUESTIONS, questions)
        _table(out / "choices.csv", codebook.CHOICES, codebook.choices(asked, tongues))
        organisation = self.here.org_name or self.here.library.phrases.org_name.source
        (out / "datapackage.json").write_bytes(codebook.package(organisation, count))
        return count

    async def _count(self, ids: Sequence[int]) -> None:
        """Counts people by what would be written of them, and by the questions they wrote to."""
        wrote: Counter[tuple[str, str]] = Counter()
        async for people in self.reporting.people(ids, words=()):
            for person in people:
                shared = [c for c in person.checkins if c.shared]
                self.thresholds.add(self._about(person, checkin) for checkin in shared)
                wrote.update({(c.flow, said.step) for c in shared for said in c.said if said.wrote})
        self.thresholds.decide()
        self.wrote = {place for place, count in wrote.items() if count >= LEAST}

    def _about(self, person: Someone, checkin: Checkin) -> tuple[str | None, ...]:
        """What a check-in says of itself, in the order in which it is blanked where few say it."""
        case = next((c for c in person.cases if c.id == checkin.case_id), None)
        languages = {said.language for said in checkin.said}
        return (
            f"{checkin.flow} {_when(checkin)}",
            month_of(checkin.started_at, self.here.zone),
            self._asked_after(checkin),
            (case.service if case else None) or None,
            checkin.version,
            case.outcome if case else None,
            languages.pop() if len(languages) == 1 else None,
        )

    def _rows(self, person: Someone) -> Iterator[Answer]:
        written = {
            c.id: about
            for c in person.checkins
            if c.shared and (about := self.thresholds.of(self._about(person, c))) is not None
        }
        for checkin in sorted(person.checkins, key=lambda c: (c.started_at, c.id)):
            if checkin.id not in written:
                continue
            earlier = checkin.about if checkin.about in written else None
            _, month, asked_after, service, version, outcome, language = written[checkin.id]
            beginning = (
                self.names.of(person.id),
                self.names.of(checkin.id),
                self.names.of(earlier) if earlier else None,
                _when(checkin),
                asked_after,
                month,
                service,
                outcome,
                checkin.flow,
                version,
            )
            for said in checkin.said:
                yield (
                    *beginning,
                    said.step,
                    said.state,
                    "|".join(said.choices) or None,
                    said.words if (checkin.flow, said.step) in self.wrote else None,
                    said.voice,
                    language,
                )

    def _asked_after(self, checkin: Checkin) -> str | None:
        if checkin.since is None:
            return None
        days = days_between(checkin.since, checkin.started_at, self.here.zone)
        return in_words(self.here.plan.after[horizon_of(days, horizons(self.here.plan))])


def _when(checkin: Checkin) -> str:
    return "before" if checkin.about is None else "after"


class Files:
    """The three files of answers, open at once, each a row at a time."""

    def __init__(self, folder: Path, rows_on_a_sheet: int = ROWS_ON_A_SHEET) -> None:
        self._most = rows_on_a_sheet
        self._csv: TextIO = (folder / "answers.csv").open("w", encoding="utf-8", newline="")
        self._lines: TextIO = (folder / "answers.jsonl").open("w", encoding="utf-8", newline="\n")
        self._writer = csv.writer(self._csv)
        self._writer.writerow(NAMES)
        options = {"constant_memory": True, "in_memory": False, "tmpdir": str(folder)}
        self._book = xlsxwriter.Workbook(str(folder / "answers.xlsx"), options)
        self._book.set_properties({"created": _NO_DAY, "title": "answers"})
        self._sheet: Any = None
        self._row = 0

    def __enter__(self) -> Files:
        self._new_sheet()
        return self

    def __exit__(self, *_error: object) -> None:
        self._csv.close()
        self._lines.close()
        self._book.close()

    def add(self, row: Answer) -> None:
        """Writes one answer into each."""
        self._writer.writerow([harmless(cell) for cell in row])
        values = {n: v for n, v in zip(NAMES, row, strict=True) if v is not None}
        self._lines.write(json.dumps(values, ensure_ascii=False) + "\n")
        if self._row > self._most:
            self._new_sheet()
        for column, cell in enumerate(row):
            if isinstance(cell, bool):
                self._sheet.write_boolean(self._row, column, cell)
            elif cell is not None:
                # As text, whatever it begins with: a workbook keeps formulas and words apart.
                self._sheet.write_string(self._row, column, cell)
        self._row += 1

    def _new_sheet(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(NAMES):
            self._sheet.write_string(0, column, name)
        self._row = 1


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


def _table(path: Path, fields: Sequence[codebook.Field], rows: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f["name"] for f in fields])
        writer.writerows([harmless(cell) for cell in row] for row in rows)
