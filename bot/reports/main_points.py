"""The main points of a report in plain sentences, for the first page.

They repeat charts or tables of the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bot.reports.charts import Chart, ChartBar
from bot.reports.page_content import Report, page_words

FIRST = 3
"""How many of the most frequent answers a sentence names."""


def points(report: Report, reach: Mapping[str, int | None]) -> tuple[str, ...]:
    """The sentences: how many were asked, answered, wanted contact, and called it a success."""
    return () if report.empty else tuple(_points(report, reach))


def _points(report: Report, reach: Mapping[str, int | None]) -> Iterator[str]:
    words, hidden = page_words()["points"], page_words()["hidden"]
    numbers = {name: hidden if n is None else n for name, n in reach.items()}
    for name in ("joined", "done", "shared", "worker_only"):
        if name not in numbers and name != "done":
            continue  # an older edition did not count this
        known = {key: numbers.get(key, hidden) for key in page_words()["reach"]}
        yield _sentence(words[name].format_map(known))
    if report.waves is not None:
        for row in report.waves.rows:
            due, answered = (hidden if cell.number is None else cell.number for cell in row.cells)
            when = row.label.removeprefix("After ")
            yield words["waves"].format(when=when, due=due, answered=answered)
    if report.before and (most := _most(report.before[0].bars)):
        yield words["hoped"].format(most=most)
    for asked in report.success:
        for chart in asked.charts:
            yield from _success(words["success"], asked.title, chart)
    if report.quotes.get("change"):
        yield words["change"]


def _success(words: str, title: str, chart: Chart) -> Iterator[str]:
    if most := _most(chart.bars):
        asked = title.partition(": ")[2] or title
        yield words.format(title=asked, when=chart.title, most=most)


def _most(bars: Sequence[ChartBar]) -> str:
    shown = sorted((bar for bar in bars if bar.number), key=lambda bar: -(bar.number or 0))
    return "; ".join(f"{bar.label}, {bar.said('')}" for bar in shown[:FIRST])


def _sentence(words: str) -> str:
    """Capitalises a sentence, which may begin with a number in words."""
    return words[:1].upper() + words[1:]
