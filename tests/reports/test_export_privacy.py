"""Nobody stands out in an export, alone or in combination, and no cell of it becomes a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.incoming import TextMessage
from bot.reports.export_files import harmless
from bot.reports.suppression import GroupSuppression, Raw
from tests.conftest import Time
from tests.reports.test_export import exported, lines
from tests.support.cli_process import checkin
from tests.support.participants import TO_KEEP_YOUNG
from tests.support.running_bot import KEY
from tests.support.worker_scenario import Ear, Office, an_office

BEGINNINGS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
CELL = "ok;=cmd|' /C calc'!A0;z"
RISKY = st.text(
    st.sampled_from([*";,|\t\r\n\"' \u00a0\u2028x1", *"=+-@＝＋－＠", "\ufeff"]), max_size=25
)


# --- formulas ------------------------------------------------------------------------------------


def formulas(row: list[str], delimiter: str) -> list[str]:
    """The cells of a line of ours that a program which splits it there takes for a formula.

    Such a program holds no cell together that does not begin with a quote, as ours then do not.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerow([harmless(cell) for cell in row])
    cells = re.split(f"[{delimiter}\r\n]", text.getvalue())
    return [cell for cell in cells if cell.strip(' \u00a0\ufeff"').startswith(BEGINNINGS)]


@given(st.lists(RISKY, min_size=1, max_size=4), st.sampled_from(",;\t|"))
def test_no_cell_is_a_formula_wherever_a_program_splits_the_line(
    row: list[str], delimiter: str
) -> None:
    assert formulas(row, delimiter) == []


@pytest.mark.parametrize("words", [CELL, '7;"=1+1"', "a;\t@x", "a\r\n-1", "x; \u00a0＝1", "=1"])
def test_what_was_found_is_harmless_everywhere(words: str) -> None:
    for delimiter in ",;\t|":
        assert formulas(["p1", words, "z"], delimiter) == []
    assert harmless(words).replace("'", "") == words.replace("'", "")


@pytest.mark.parametrize("words", ["I am here; it is fine", "1-2, then 3", "a@b.org", "it's = ok"])
def test_ordinary_words_stay_as_they_were_written(words: str) -> None:
    assert harmless(words) == words


# --- thresholds ----------------------------------------------------------------------------------

VALUES = st.sampled_from([None, "a", "b", "c"])
CHECKIN = st.tuples(st.sampled_from(["before", "after", "young"]), VALUES, VALUES, VALUES)
TOWN = st.lists(st.lists(CHECKIN, min_size=1, max_size=3), max_size=40)


def written(town: list[list[Raw]]) -> tuple[GroupSuppression, dict[Raw, set[int]]]:
    """Who could be meant by each beginning of what is written."""
    thresholds = GroupSuppression()
    for person in town:
        thresholds.add(person)
    thresholds.decide()
    meant: dict[Raw, set[int]] = defaultdict(set)
    for number, person in enumerate(town):
        for raw in person:
            if (found := thresholds.of(raw)) is not None:
                for width in range(1, len(found) + 1):
                    meant[found[:width]].add(number)
    return thresholds, meant


@given(TOWN)
def test_every_combination_as_it_is_written_is_that_of_five(town: list[list[Raw]]) -> None:
    thresholds, meant = written(town)
    assert all(len(people) >= 5 for people in meant.values())
    for person in town:
        for raw in person:
            found = thresholds.of(raw)
            assert found is None or all(f in (None, r) for f, r in zip(found, raw, strict=True))


def test_what_many_share_is_written_whole() -> None:
    raw: Raw = ("before", "2026-11", None, "en")
    thresholds, _ = written([[raw]] * 5)
    assert thresholds.of(raw) == raw
    thresholds, _ = written([[raw]] * 4)
    assert thresholds.of(raw) is None


def test_a_large_town_keeps_most_of_what_it_says() -> None:
    chance = random.Random(1)  # noqa: S311 - a made-up town
    town: list[list[Raw]] = [
        [(chance.choice(["before", "after"]), chance.choice("abc"), chance.choice("xy"))]
        for _ in range(300)
    ]
    thresholds, _ = written(town)
    assert all(thresholds.of(raw) == raw for person in town for raw in person)


# --- whole exports -------------------------------------------------------------------------------


async def _answered(office: Office, phones: list[Ear], words: str) -> None:
    await office.all_before(phones, "service", words)


async def test_one_young_person_among_others_is_in_no_row(
    database_url: str, time: Time, tmp_path: Path
) -> None:
    async with an_office(database_url, time) as office:
        adults = [office.phone() for _ in range(5)]
        await office.agree(adults)
        await _answered(office, adults, "somewhere quiet")
        young = office.phone()
        await office.agree([young], TO_KEEP_YOUNG)
        await office.act([(young, TextMessage("the only one of 15"))])
        for _ in range(12):
            if "skip" not in young.offered:
                break
            await office.all([young], "skip")
        await exported(office, tmp_path / "out")
    rows = lines(tmp_path / "out")
    whole = b"".join(file.read_bytes() for file in (tmp_path / "out").glob("answers.*"))
    assert len({row["person"] for row in rows}) == 5
    assert {row["flow"] for row in rows} == {"before"}
    assert b"the only one" not in whole
    assert b"young" not in whole


async def test_a_month_and_words_of_few_are_empty(
    database_url: str, time: Time, tmp_path: Path
) -> None:
    async with an_office(database_url, time) as office:
        phones = [office.phone() for _ in range(6)]
        await office.agree(phones[:5])
        await _answered(office, phones[:5], "somewhere quiet")
        time.now += dt.timedelta(days=20)
        await office.agree(phones[5:])
        await _answered(office, phones[5:], "in a month of my own")
        await exported(office, tmp_path / "out")
    rows = lines(tmp_path / "out")
    by_person: dict[str, set[Any]] = defaultdict(set)
    for row in rows:
        by_person[row["person"]].add(row.get("month"))
    assert len(by_person) == 6
    # One month of one person is empty; and so is the other, or the empty ones would be theirs.
    assert set.union(*by_person.values()) == {None}


async def test_words_are_there_only_where_five_wrote(
    database_url: str, time: Time, tmp_path: Path
) -> None:
    async with an_office(database_url, time) as office:
        phones = [office.phone() for _ in range(5)]
        await office.agree(phones)
        await office.all(phones[:4], TextMessage("said by four"))
        await office.all(phones[4:], "+money")
        await office.all(phones[4:], "done")
        await office.all(phones, TextMessage("said by five"))
        await office.all(phones, TextMessage("said by five"))
        await office.all(phones, "n")
        await office.all(phones, TextMessage("said by five"))
        for choice in ("service", "agree", "fine"):
            await office.all(phones, choice)
        await exported(office, tmp_path / "out")
    words = {(row["question"], row.get("words")) for row in lines(tmp_path / "out")}
    assert ("b1", None) in words
    assert not {"who_may_read", "message"} & {question for question, _ in words}
    assert {word for _, word in words} == {None, "said by five"}


# --- the seed ------------------------------------------------------------------------------------


async def test_a_seed_is_read_from_a_file_and_never_from_the_command(
    tmp_path: Path, time: Time
) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    async with an_office(url, time) as office:
        phones = [office.phone() for _ in range(5)]
        await office.agree(phones)
        await _answered(office, phones, "somewhere quiet")
    settings: dict[str, Any] = {"database_url": url, "secret_keys": KEY}
    seed = tmp_path / "seed"
    seed.write_text("nobody can guess this one\n")
    for out in ("one", "two"):
        words = ("export", "--out", out, "--seed-file", str(seed))
        done = await checkin(tmp_path, *words, now=time(), **settings)
        assert (done.code, done.err) == (0, "")
    assert lines(tmp_path / "one") == lines(tmp_path / "two")
    done = await checkin(tmp_path, "export", "--out", "3", "--seed", "s" * 20, **settings)
    assert done.code == 2
    seed.write_text("short")
    words = ("export", "--out", "4", "--seed-file", str(seed))
    done = await checkin(tmp_path, *words, **settings)
    assert done.code == 2
    assert "at least 16" in done.err
    done = await checkin(tmp_path, *words[:-1], "nowhere", **settings)
    assert done.code == 2
    assert "there is no file nowhere" in done.err
