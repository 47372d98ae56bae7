"""The report of a made-up town: what stands in it, what never does, what changes as people go.

The attack on its numbers is in `test_report_attack`; how it looks was looked at by eye.
"""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from bot.messages.incoming import Command
from bot.reports import charts
from bot.reports.build import html, write
from bot.reports.charts import Chart, ChartBar
from bot.reports.edition import closed
from bot.reports.page_content import Report, page_words
from bot.reports.question_history import horizon_of, quarter_of
from bot.settings import read_settings
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.database.synthetic_data import ZONE, a_town, edition_of, report_of
from tests.support.running_bot import KEY
from tests.support.worker_scenario import Ear, Office, an_office, waiting

SVG = "{http://www.w3.org/2000/svg}"
LEFT = ("service", "skip", "rather_not_say")
HIDDEN = str(page_words()["hidden"])


def page(report: Report) -> str:
    """The page without its pictures, which take a second to draw."""
    return html(report, {chart.name: "<svg/>" for chart in report.charts})


async def test_the_report_of_a_town(database_url: str, time: Time) -> None:
    async with a_town(database_url, time) as town:
        report = await report_of(town)
        words = page(report)
        again = page(await report_of(town))
    assert again == words
    assert report.month == "2026-10"
    # Who was not reached comes first, and every number there can be is shown.
    assert words.index("Who was reached") < words.index("Success, as people see it")
    assert all(bar.number is not None for bar in report.reach.bars)
    assert len(report.success[0].charts) == 3
    assert "not a validated scale" in words
    # The two views part somewhere, and it is marked.
    assert any(c.parts for grid in report.records for row in grid.rows for c in row.cells)
    assert "◆" in words
    # A place with exactly four people is hidden whole, and the hidden said to be so.
    assert "night bus" not in words
    assert "Ukrainian" not in words
    assert "Bangla" in words or "Bengali" in words
    assert HIDDEN in words
    assert not re.search(r">\s*[1-4]\s*<", words)
    assert report.quotes["change"]
    assert report.quotes["success"]
    assert all(any(row.label for row in g.rows) for _, grids in report.cuts for g in grids)
    assert {cut for cut, grids in report.cuts if grids} == {"service", "quarter", "language"}


async def test_nothing_in_the_page_comes_from_elsewhere(tmp_path: Path, time: Time) -> None:
    async with a_town(f"sqlite:///{tmp_path / 'town.db'}", time, people=60) as town:
        report = await report_of(town)
    words = page(report)
    assert not re.search(r"(src|href)\s*=\s*[\"']?(https?:|//|file:)", words)
    assert "<script" not in words
    assert "Content-Security-Policy" in words
    assert len(re.findall("<h1", words)) == 1
    assert words.count("<table>") == words.count("<caption>")
    assert all(alt for alt in re.findall(r'<img[^>]* alt="([^"]*)"', words))


async def test_words_go_when_they_are_taken_back_and_numbers_stay(
    database_url: str, time: Time
) -> None:
    async with a_town(database_url, time, people=120) as town:
        first = await report_of(town)
        everybody = await town.everybody()
        await town.withdraw(everybody[:60])
        await town.delete(everybody[60:])
        second = await report_of(town)
    assert first.quotes["change"]
    assert not any(second.quotes.values())
    assert second.reach == first.reach
    assert second.success == first.success
    assert second.cuts == first.cuts


async def test_an_answer_that_is_not_shared_is_not_counted(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        for name, sharing in (("Kim", "worker"), ("Lee", "only_me"), ("Bo", "service")):
            await office.before(await office.joined(sam, name), sharing)
        time.pass_(days=30)
        counted, _ = await edition_of(office, closed(time(), ZONE))
    assert counted.places["reach", "all", "", "joined"] == 3
    assert counted.places["reach", "all", "", "before_done"] == 3
    assert counted.places["reach", "all", "", "shared"] == 1
    assert counted.places["before.first", "all", "", "n"] == 1
    assert counted.places["question", "question", "before.b1", "answered"] == 1


async def test_a_town_of_nobody_has_a_report(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        words = page(report := await report_of(office))
    assert all(bar.number is None for bar in report.reach.bars)
    # It says when there will be numbers, and has no pages that say there are none.
    assert "first numbers come" in words
    assert "November 2026 can be written from" in words
    assert "2 weeks, 3 months and 6 months" in words
    assert "Too few people" not in words
    assert "<table" not in words


async def test_words_of_four_people_are_not_shown(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        phones = [office.phone() for _ in range(5)]
        await office.agree(phones)
        await office.all_before(phones, "service")
        quotes = await _felt(office, phones[:4])
        assert quotes == []
        quotes = await _felt(office, phones[4:])
        assert sorted(quotes) == sorted(f"fewer words, says {phone.chat}" for phone in phones)


async def _felt(office: Office, phones: list[Ear]) -> list[str]:
    """What the report shows of what these people and others wrote, once the quarter is over."""
    then = office.time()
    office.time.pass_(days=15)
    await office.all(phones, Command("start"))
    await office.all(phones, "start")
    while waiting(phones[0]) != "felt":
        await office.all(phones, next(c for c in LEFT if c in phones[0].offered))
    await office.all(phones, "hard")
    for phone in phones:
        await office.say(phone, f"fewer words, says {phone.chat}")
    running = await report_of(office)
    assert not any(running.quotes.values()), "words of a quarter that is not over"
    office.time.pass_(days=60)
    found = await report_of(office)
    office.time.now = then
    return list(found.quotes["felt"])


@pytest.mark.parametrize("number", [None, 5, 60])
def test_a_chart_begins_at_nothing_and_says_its_number(number: int | None) -> None:
    chart = Chart("a", "How <it> went & why", [ChartBar("Yes", number), ChartBar("No", 120)], 120)
    svg = chart.svg(HIDDEN)
    drawn = ET.fromstring(svg)  # noqa: S314 - our own
    assert not list(drawn.iter(f"{SVG}text")), "a machine without fonts would not show it"
    said = [group.get("aria-label") for group in drawn.iter(f"{SVG}g")]
    assert {"Yes", "No", "120", HIDDEN if number is None else str(number)} <= set(said)
    assert "How <it> went & why" in said
    bars = [rect for rect in drawn.iter(f"{SVG}rect") if rect.get("class") == "bar"]
    lengths = [float(str(bar.get("width"))) for bar in bars]
    assert {bar.get("x") for bar in bars} == {str(charts.EDGE)}
    assert lengths[0] == pytest.approx(lengths[1] * (number or 0) / 120, abs=0.1)
    assert charts.png(svg).startswith(b"\x89PNG")


def test_horizons_and_quarters(time: Time) -> None:
    assert [horizon_of(d, (14, 90, 180)) for d in (1, 14, 51, 53, 100, 136, 400)] == [
        0,
        0,
        0,
        1,
        1,
        2,
        2,
    ]
    assert quarter_of(time(), ZONE) == "2026 Q4"
    assert closed(time(), ZONE).name == "2026-10"
    assert closed(time().replace(month=1, day=1), ZONE).name == "2025-12"


async def test_the_command_writes_a_page_and_pictures(tmp_path: Path, time: Time) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    async with a_town(url, time, people=60):
        pass
    settings = {"database_url": url, "secret_keys": KEY, "org_name": "Aspen <House>"}
    done = await checkin(tmp_path, "report", "--out", "report.html", now=time(), **settings)
    assert (done.code, done.err) == (0, "")
    words = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Aspen &lt;House&gt;" in words
    pictures = [
        base64.b64decode(p) for p in re.findall(r"data:image/svg\+xml;base64,([^\"]+)", words)
    ]
    assert pictures
    assert all(p.startswith(b"<svg") for p in pictures)
    beside = sorted((tmp_path / "report-pictures").iterdir())
    assert len(beside) == 2 * len(pictures)
    found = read_settings(_env_file=None, **settings)
    with pytest.raises(FileNotFoundError):
        await write(found, time, tmp_path / "no" / "report.html")
