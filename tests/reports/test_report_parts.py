"""A part of a report says nothing that the whole does not; charts to compare have one scale."""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.text_measuring import width
from bot.reports.build import ReportOptions
from bot.reports.charts import EDGE, PLOT, TITLE, WIDTH, Chart, ChartBar, said
from bot.reports.disclosure_control import MIN_COUNT
from bot.reports.edition import closed
from bot.reports.filters import Filter, filtered
from bot.reports.page_content import page_words
from bot.reports.tally import ALL, ANYONE, OF, QUARTER, SERVICE, Tally
from bot.settings import CannotBeDone
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.database.synthetic_data import ZONE, a_town, edition_of, months, report_of
from tests.support.running_bot import KEY

SVG = "{http://www.w3.org/2000/svg}"
HIDDEN = str(page_words()["hidden"])
QUARTERS = [f"{year} Q{number}" for year in (2025, 2026) for number in (1, 2, 3, 4)]
CELLS = st.dictionaries(
    st.sampled_from(["yes", "no", OF]),
    st.one_of(st.none(), st.integers(1, 40).map(lambda n: 5 * n)),
)
EDITION = st.fixed_dictionaries(
    {
        SERVICE: st.dictionaries(st.sampled_from(["Hostel", "Bus", " alone"]), CELLS),
        QUARTER: st.dictionaries(st.sampled_from(QUARTERS), CELLS),
    }
).map(lambda cuts: {"month": "2026-12", "quarters": [], "tables": {"t": cuts}})


def parts() -> list[Filter]:
    """Every service, under other spellings too, and every run of quarters."""
    found = [Filter(service=name) for name in ("hostel", "BUS", "Hos-tel", "home visits", "A bus")]
    for first, last in itertools.combinations_with_replacement(range(8), 2):
        begins = f"{2025 + first // 4}-{first % 4 * 3 + 1:02}"
        found.append(Filter(begins=begins, ends=f"{2025 + last // 4}-{last % 4 * 3 + 3:02}"))
    return found


@given(EDITION, st.sampled_from(parts()))
@settings(max_examples=100)
def test_a_part_is_made_of_published_numbers_alone(edition: dict[str, Any], only: Filter) -> None:
    cut = SERVICE if only.service else QUARTER
    rows = edition["tables"]["t"][cut]
    try:
        found = filtered(edition, only)["tables"]
    except CannotBeDone:
        return
    for option, number in (found["t"][ALL][ANYONE] if found else {}).items():
        parts = [row[option] for name, row in rows.items() if option in row and _in(name, only)]
        shown = [part for part in parts if part is not None]
        assert number == (sum(shown) if shown else None)
        assert number is None or number % MIN_COUNT == 0


def _in(row: str, only: Filter) -> bool:
    if only.service:
        return row.casefold() == only.service.casefold()
    month = f"{row[:4]}-{3 * int(row[-1]) - 2:02}"
    return (only.begins or "") <= month <= (only.ends or "9")


@pytest.mark.parametrize(
    ("only", "says"),
    [
        (Filter("Hostel", "2026-01"), "never both"),
        (Filter(begins="2026-02"), "first month of a quarter"),
        (Filter(ends="2026-05"), "first month of a quarter"),
        (Filter("Nowhere"), "There is: Hostel"),
    ],
)
def test_what_would_be_a_smaller_part_is_refused(only: Filter, says: str) -> None:
    tables = {"t": {SERVICE: {"Hostel": {"yes": 5}}, QUARTER: {"2026 Q1": {"yes": 5}}}}
    with pytest.raises(CannotBeDone, match=says):
        filtered({"month": "2026-12", "tables": tables, "quarters": []}, only)


@pytest.mark.parametrize("month", ["2026-13", "26-01", "", "2026-1", "March"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(CannotBeDone, match="is written as"):
        Filter(begins=month)
    with pytest.raises(CannotBeDone, match="before it begins"):
        Filter(begins="2026-05", ends="2026-04")


def shown_of(body: dict[str, Any], only: Filter) -> dict[tuple[str, str], int | None]:
    """What a part shows, by table and option."""
    try:
        tables = filtered(body, only)["tables"]
    except CannotBeDone:
        return {}
    return {
        (table, option): number
        for table, cuts in tables.items()
        for option, number in cuts[ALL][ANYONE].items()
    }


def naive_of(counted: Tally, only: Filter) -> dict[tuple[str, str], int | None]:
    """What a part would show if the answers were filtered first, and small numbers hidden then."""
    cut, found = SERVICE if only.service else QUARTER, Counter[tuple[str, str]]()
    for (table, of, row, option), number in counted.places.items():
        if of == cut and _in(row, only):
            found[table, option] += number
    return {place: n if n >= MIN_COUNT else None for place, n in found.items()}


async def test_no_two_parts_subtracted_show_few(tmp_path: Path, time: Time) -> None:
    """All parts of three months' reports, while people leave: no difference is one to four."""
    taken: Counter[str] = Counter()
    async with a_town(f"sqlite:///{tmp_path / 'town.db'}", time, people=150) as town:
        names = ["home visits", "drop in, mill street", "group on thursdays"]
        wanted = [*(Filter(service=name) for name in names), *(p for p in parts() if p.begins)]
        ours, naive = [], []
        for now in months(time.now, 3):
            time.now = now
            counted, body = await edition_of(town, closed(now, ZONE))
            ours += [found for p in wanted if (found := shown_of(body, p))]
            naive += [naive_of(counted, p) for p in wanted]
            await town.delete((await town.everybody())[:4])
    for kind, told in (("ours", ours), ("naive", naive)):
        for one, other in itertools.combinations(told, 2):
            taken[f"{kind}, pairs"] += 1
            both = ((one[p], other[p]) for p in one.keys() & other.keys())
            taken[kind] += sum(0 < abs(a - b) < MIN_COUNT for a, b in both if a and b)
    assert taken["ours, pairs"] > 200
    assert taken["naive"] > 100, "the attack has no teeth"
    assert taken["ours"] == 0


async def test_a_part_stays_as_it_was_whoever_leaves(database_url: str, time: Time) -> None:
    async with a_town(database_url, time, people=80) as town:
        whole = await report_of(town)
        only = ReportOptions(Filter(begins="2026-01", ends="2026-09"))
        first = await report_of(town, only)
        await town.delete((await town.everybody())[:40])
        second = await report_of(town, only)
        wordless = await report_of(town, ReportOptions(quotes=False))
    assert second == first
    assert first.only
    assert not any(first.quotes.values()), "words of a part would say whose they are"
    assert not any(wordless.quotes.values())
    assert wordless.reach == whole.reach
    assert whole.points
    assert whole.waves is not None
    assert whole.waves.rows[0].label == "After 2 weeks"


LABELS = st.lists(st.text("abcd iWমান্", min_size=1, max_size=70), min_size=1, max_size=4)


@given(LABELS, st.text("abc Wi", min_size=1, max_size=160), st.integers(5, 3000), st.data())
@settings(max_examples=40)
def test_a_person_is_as_long_in_every_chart_and_no_word_is_cut(
    labels: list[str], title: str, most: int, data: st.DataObject
) -> None:
    numbers = [data.draw(st.one_of(st.none(), st.integers(5, most))) for _ in labels]
    bars = [ChartBar(label, n, most) for label, n in zip(labels, numbers, strict=True)]
    drawn = ET.fromstring(Chart("a", title, bars, most).svg(HIDDEN))  # noqa: S314 - our own
    lengths = [float(r.get("width", "")) for r in drawn.iter(f"{SVG}rect") if r.get("class")]
    assert lengths == pytest.approx([(n or 0) * PLOT / most for n in numbers], abs=0.01)
    words = [group.get("aria-label") or "" for group in drawn.iter(f"{SVG}g")]
    assert "".join("".join(words).split()).startswith("".join(title.split()))
    assert all(width(line) * TITLE <= WIDTH - 2 * EDGE + 1 for line in words)
    assert int(drawn.get("width", "0")) == WIDTH


@pytest.mark.parametrize(
    ("number", "of", "words"),
    [(None, 50, HIDDEN), (5, None, "5"), (5, 15, "5 of 15"), (10, 20, "10 of 20 (50%)")],
)
def test_a_number_says_of_how_many(number: int | None, of: int | None, words: str) -> None:
    assert said(number, of, HIDDEN) == words


async def test_the_command_makes_parts(tmp_path: Path, time: Time) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    async with a_town(url, time, people=60):
        pass
    settings = {"database_url": url, "secret_keys": KEY}
    words = ("report", "--out", "p.html", "--from", "2026-01", "--to", "2026-09")
    done = await checkin(tmp_path, *words, now=time(), **settings)
    assert (done.code, done.err) == (0, "")
    assert "2026 Q1" in (tmp_path / "p.html").read_text(encoding="utf-8")
    done = await checkin(tmp_path, *words[:-1], "2026-08", now=time(), **settings)
    assert done.code == 2
    assert "quarter" in done.err
