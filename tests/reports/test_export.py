"""The export: valid, the same bytes for the same answers, harmless to open, and nobody named.

How long a million answers take is measured in `bench/export.py`.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import frictionless
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.reports.export import Export, ExportOptions, Pseudonyms, write
from bot.reports.export_files import NAMES, Files, harmless
from bot.settings import CannotBeDone, read_settings
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.database.opened_rows import rows_of
from tests.support.database.synthetic_data import Town, a_town
from tests.support.participants import Crowd
from tests.support.running_bot import KEY

SEED = "nobody can guess this one"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


async def exported(
    crowd: Crowd, folder: Path, seed: str | None = SEED, options: ExportOptions | None = None
) -> int:
    """Writes an export into a new folder."""
    folder.mkdir()  # noqa: ASYNC240 - nobody else waits
    async with crowd.store.reporting() as reporting:
        made = Export(
            reporting, crowd.env, Pseudonyms(seed), crowd.time(), options or ExportOptions()
        )
        return await made.write(folder)


def lines(folder: Path) -> list[dict[str, Any]]:
    """Every answer of an export."""
    text = (folder / "answers.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line]


async def shared(town: Town) -> list[Any]:
    """What may be exported, looked up another way; of consent and sharing nothing."""
    where = CheckinRow.sharing == "service", CheckinRow.stage == "done"
    async with town.store.transaction() as connection:
        found = set((await connection.execute(sa.select(CheckinRow.id).where(*where))).scalars())
    rows = [row for row in await rows_of(town.store, AnswerRow) if row.session_id in found]
    return [row for row in rows if row.step not in ("who_may_read", "message")]


async def test_a_town_exported(database_url: str, time: Time, tmp_path: Path) -> None:
    async with a_town(database_url, time, people=150) as town:
        count = await exported(town, tmp_path / "one")
        may = await shared(town)
        numbers = await _numbers(town)
    folder = tmp_path / "one"
    rows = lines(folder)
    assert count == len(rows) == len(may) > 1000
    asked = Counter((row.step, row.state) for row in may)
    assert Counter((row["question"], row["state"]) for row in rows) == asked
    assert len({row["person"] for row in rows}) == len({row.participant_id for row in may})
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten()
    tables = {task.name: task.stats.get("rows") for task in report.tasks}
    assert tables["answers"] == count
    assert tables["questions"]
    assert tables["choices"]
    # The three forms say the same.
    with (folder / "answers.csv").open(encoding="utf-8", newline="") as file:
        flat = [list(row.values()) for row in csv.DictReader(file)]
    assert flat == [[harmless(row.get(name)) for name in NAMES] for row in rows]
    book = load_workbook(folder / "answers.xlsx", read_only=True)
    cells = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    assert cells[0] == NAMES
    assert [[_cell(v) for v in row] for row in cells[1:]] == [
        [_cell(row.get(name)) for name in NAMES] for row in rows
    ]
    # No number of ours, no name, no day.
    whole = b"".join(file.read_bytes() for file in folder.iterdir())
    assert not any(number.encode() in whole for number in numbers)
    assert "night bus" not in whole.decode(errors="replace")
    assert all(row.get("language") != "uk" for row in rows)


def _cell(value: Any) -> Any:
    # A workbook keeps a carriage return as a sign of its own.
    return value.replace("\r", "").replace("_x000D_", "") if isinstance(value, str) else value


async def _numbers(town: Town) -> list[str]:
    async with town.store.transaction() as connection:
        people = (await connection.execute(sa.select(ParticipantRow.id))).scalars()
        sessions = (await connection.execute(sa.select(CheckinRow.id))).scalars()
        return [str(number) for number in (*people, *sessions)]


async def test_the_same_answers_are_the_same_bytes(tmp_path: Path, time: Time) -> None:
    async with a_town(f"sqlite:///{tmp_path / 'town.db'}", time, people=30) as town:
        for name in ("one", "two"):
            await exported(town, tmp_path / name)
            time.pass_(days=1)
        await exported(town, tmp_path / "fresh", None)
    one, two, fresh = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "two", "fresh")
    )
    assert one == two
    # Without a seed everybody has another number, in another order: two cannot be laid together.
    ours, theirs = lines(tmp_path / "one"), lines(tmp_path / "fresh")
    assert not {row["person"] for row in ours} & {row["person"] for row in theirs}
    assert not {row["checkin"] for row in ours} & {row["checkin"] for row in theirs}
    said = [[row.get("words") for row in rows] for rows in (ours, theirs)]
    assert said[0] != said[1]
    assert Counter(said[0]) == Counter(said[1])
    assert fresh["questions.csv"] == one["questions.csv"]


async def test_who_takes_back_or_deletes_is_in_no_later_export(
    database_url: str, time: Time, tmp_path: Path
) -> None:
    async with a_town(database_url, time, people=40) as town:
        await exported(town, tmp_path / "before")
        names, everybody = Pseudonyms(SEED), await town.everybody()
        gone = {names.of(number) for number in everybody[:10]}
        stay = {names.of(number) for number in everybody[10:]}
        await town.withdraw(everybody[:5])
        await town.delete(everybody[5:10])
        await exported(town, tmp_path / "after")
    before = {row["person"] for row in lines(tmp_path / "before")}
    after = {row["person"] for row in lines(tmp_path / "after")}
    assert before & gone
    assert after == before - gone
    assert after <= stay


@given(st.one_of(st.text(max_size=30), st.sampled_from([f" {c}x" for c in FORMULA])))
def test_no_cell_begins_a_formula(words: str) -> None:
    cell = harmless(words)
    assert not cell.startswith(FORMULA)
    assert not cell.lstrip(" \u00a0").startswith(FORMULA)
    assert cell.replace("'", "") == words.replace("'", "")


def test_a_workbook_goes_on_in_another_sheet(tmp_path: Path) -> None:
    with Files(tmp_path, rows_on_a_sheet=3) as files:
        for number in range(7):
            files.add((f"=person {number}", *[None] * (len(NAMES) - 1)))
    sheets = load_workbook(tmp_path / "answers.xlsx").worksheets
    found = [[cell.value for cell in sheet["A"]] for sheet in sheets]
    assert [len(rows) for rows in found] == [4, 4, 2]
    assert [v for rows in found for v in rows[1:]] == [f"=person {n}" for n in range(7)]
    assert {cell.data_type for sheet in sheets for cell in sheet["A"]} == {"s"}


def test_a_seed_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(CannotBeDone):
        Pseudonyms("1234")


async def test_the_command_exports(tmp_path: Path, time: Time) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    async with a_town(url, time, people=20):
        pass
    settings = {"database_url": url, "secret_keys": KEY}
    done = await checkin(tmp_path, "export", "--out", "out", now=time(), **settings)
    assert (done.code, done.err) == (0, "")
    assert f"{len(lines(tmp_path / 'out'))} answers" in done.out
    assert frictionless.validate(str(tmp_path / "out" / "datapackage.json")).valid
    for out, refused in (("out", FileExistsError), ("no/out", FileNotFoundError)):
        with pytest.raises(refused):
            await write(read_settings(_env_file=None, **settings), time, tmp_path / out, None)
