"""An export is whole: nothing is cut, its tables fit each other, and a part is a part of the whole.

Whether it is a valid package is for `test_export`.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bot.reports.codebook import TABLES
from bot.reports.export import ExportOptions
from bot.reports.export_files import CELL, LONG, NAMES, Files, pieces
from bot.reports.filters import Filter
from tests.conftest import Time
from tests.reports.test_export import exported, lines
from tests.support.database.synthetic_data import a_town

EXCEL = 32_767
"""UTF-16 units in a cell, as Excel has it."""


def table(folder: Path, name: str) -> list[dict[str, str]]:
    """Every row of a table."""
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# --- nothing is cut ------------------------------------------------------------------------------

TEXTS = st.builds(
    lambda unit, size, end: (unit * size)[:size] + end,
    st.sampled_from(["a", "é b", "\U0001f642", "x\U0001f642=", "ধা"]),
    st.sampled_from([10, CELL - 1, CELL, CELL + 1, EXCEL, EXCEL + 1, 42_998, 3 * CELL + 5]),
    st.text("az 🙂", max_size=5),
)


@given(TEXTS)
@settings(max_examples=40)
def test_pieces_are_the_text_and_each_fits_a_cell(text: str) -> None:
    found = pieces(text)
    assert "".join(found) == text
    assert all(0 < units(piece) <= CELL for piece in found) or not text


def test_a_workbook_has_long_words_whole(tmp_path: Path) -> None:
    texts = ["a" * 42_998, "short", "\U0001f642" * 40_000, "=" + "b" * EXCEL]
    with Files(tmp_path) as files:
        for text in texts:
            row: list[Any] = [None] * len(NAMES)
            row[NAMES.index("words")] = text
            files.add(tuple(row))
        files.describe()
    book = load_workbook(tmp_path / "answers.xlsx", read_only=True)
    rest: dict[str, list[tuple[int, str]]] = {}
    for number, part, parts, words in itertools.islice(book[LONG].values, 1, None):
        rest.setdefault(str(number), []).append((int(str(part)), str(words)))
        assert int(str(part)) <= int(str(parts))
    place, found = NAMES.index("words"), []
    for row_ in itertools.islice(book["answers"].values, 1, None):
        words, mark, more = str(row_[place]).partition(" […part 1 of ")
        assert units(str(row_[place])) <= EXCEL
        number = more.partition("see text ")[2].partition(" ")[0]
        found.append(words + "".join(w for _, w in sorted(rest[number]) if mark) if mark else words)
    assert found == texts
    assert {str(row[0]) for row in itertools.islice(book["codebook"].values, 1, None)} == {*TABLES}
    book.close()


# --- the tables fit each other -------------------------------------------------------------------


async def test_every_table_of_a_town(database_url: str, time: Time, tmp_path: Path) -> None:
    async with a_town(database_url, time, people=120) as town:
        await exported(town, tmp_path / "out")
        everybody = len(await town.everybody())
    folder = tmp_path / "out"
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert described["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    tables = {found["name"]: found for found in described["resources"]}
    assert set(tables) == set(TABLES)
    assert all(len(table(folder, name)) == tables[name]["rowcount"] > 0 for name in tables)
    assert all({"missingValues", "primaryKey"} <= set(t["schema"]) for t in tables.values())
    chosen = {f["name"]: f for f in tables["chosen"]["schema"]["fields"]}["choice"]
    codes = {each["value"] for each in chosen["categories"]}
    assert {row["choice"] for row in table(folder, "chosen")} <= codes
    tapped = Counter(c for row in lines(folder) for c in row.get("choices", "").split("|") if c)
    assert Counter(row["choice"] for row in table(folder, "chosen")) == tapped
    assert not any("{number}" in row["text"] for row in table(folder, "questions"))
    # Everybody who was asked is there once, whether they share or not.
    people = table(folder, "people")
    assert len(people) > everybody
    assert len({row["asked"] for row in people}) == len(people)
    assert not {row["asked"] for row in people} & {row["person"] for row in lines(folder)}
    reached = Counter(row["reached"] for row in people)
    assert reached["after"] > 20
    assert Counter(row["service"] for row in people).most_common(1)[0][0]
    # Nobody stands out by what is written of them, alone or together.
    rows = Counter(tuple(v for k, v in row.items() if k != "asked") for row in people)
    assert min(rows.values()) >= 5
    assert "share with their worker only" in described["description"]


# --- parts ---------------------------------------------------------------------------------------

PARTS = [
    Filter(service="HOME-visits"),
    Filter(begins="2026-02", ends="2026-08"),
    Filter(service="Home visits", begins="2026-04"),
    Filter(service="The night bus"),
]


async def test_every_part_is_rows_of_the_whole(tmp_path: Path, time: Time) -> None:
    """So no difference of two parts shows anything that the whole export does not."""
    wrote = 0
    async with a_town(f"sqlite:///{tmp_path / 'town.db'}", time, people=70) as town:
        await exported(town, tmp_path / "whole")
        whole = {name: _rows(tmp_path / "whole", name) for name in TABLES}
        for number, only in enumerate(PARTS):
            folder = tmp_path / str(number)
            await exported(town, folder, options=ExportOptions(only))
            for name in TABLES:
                part = _rows(folder, name)
                assert part <= whole[name]
                wrote += sum(part.values())
        await exported(town, tmp_path / "wordless", options=ExportOptions(words=False))
    assert wrote > 200
    assert not lines(tmp_path / str(len(PARTS) - 1)), "four people came by it"
    assert not any("words" in row for row in lines(tmp_path / "wordless"))
    assert len(lines(tmp_path / "wordless")) == sum(whole["answers"].values())


def _rows(folder: Path, name: str) -> Counter[tuple[str, ...]]:
    # Which BEFORE an AFTER asks about is left out where that is in another part.
    return Counter(tuple(v for k, v in row.items() if k != "about") for row in table(folder, name))
