"""The published numbers of one closed month: counted once, made safe, and kept as they are.

An edition is what was known by the end of a month; the current month is in none, so a day's answers
never show in the difference of two days. Built again, an edition is the same, also after
participants have left: that is why the numbers of a closed quarter are copied from the previous
edition, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from bot.content.library import FlowLibrary
from bot.content.story_threads import GOOD, HOPED, WRONG
from bot.reports.disclosure_control import MIN_COUNT, KeyedRandom, publish
from bot.reports.question_history import QuestionHistory, quarter_of
from bot.reports.tally import QUARTER, Tally
from bot.schedule.plan import Plan
from bot.store.queries.report_data import ReportQuery

Rows = dict[str, dict[str, int | None]]
Tables = dict[str, dict[str, Rows]]
"""For each table and breakdown its rows; for each row the number of each option (None:
suppressed)."""

Progress = Callable[[int, int], None]
"""Receives how many participants of how many are counted."""


@dataclass(frozen=True, slots=True)
class Month:
    """A closed month: its name such as "2026-10", and the moment it ended."""

    name: str
    until: dt.datetime


def closed(now: dt.datetime, zone: str) -> Month:
    """The newest month that has ended by now, in the service's time zone."""
    first = now.astimezone(ZoneInfo(zone)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    return Month(f"{first - dt.timedelta(days=1):%Y-%m}", first.astimezone(dt.UTC))


def horizons(plan: Plan) -> tuple[int, ...]:
    """When AFTER is asked, in days."""
    return tuple(span.months * 30 + span.days for span in plan.after)


async def count(
    reporting: ReportQuery,
    library: FlowLibrary,
    plan: Plan,
    month: Month,
    zone: str,
    tell: Progress | None = None,
) -> Tally:
    """Counts all participants. The result is true, and not safe to show to anyone."""
    questions = QuestionHistory(await reporting.sources())
    threads = (
        step for name in (HOPED, WRONG, GOOD) for step in library.threads.steps.get(name, ())
    )
    cut = {f"{flow}.{step}" for flow, step in threads}
    cut |= {asked.name for asked in questions.success()}
    counted = Tally(questions, frozenset(cut), month.until, zone, horizons(plan))
    ids, so_far = await reporting.ids(), 0
    async for people in reporting.people(ids, words=(), until=month.until):
        for participant in people:
            counted.add(participant)
        so_far += len(people)
        if tell is not None:
            tell(so_far, len(ids))
    async for served in reporting.not_joined():
        counted.invited(served)
    return counted


def published(
    counted: Tally, draw: KeyedRandom, month: Month, zone: str, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What may be published of true counts; `before` is the newest edition so far."""
    tables: Tables = {}
    running = quarter_of(month.until, zone)
    for (table, cut, row), people in counted.rows.items():
        if people < MIN_COUNT or (cut == QUARTER and row == running):
            continue
        tables.setdefault(table, {}).setdefault(cut, {})[row] = {}
    for (table, cut, row, option), number in counted.places.items():
        if (cells := tables.get(table, {}).get(cut, {}).get(row)) is not None:
            cells[option] = publish(number, draw, f"{table}|{cut}|{row}|{option}")
    quarters = {row for (_, cut, row) in counted.rows if cut == QUARTER} - {running}
    if before is not None:
        _keep_quarters(tables, before)
        quarters |= set(before["quarters"])
    return {"month": month.name, "tables": tables, "quarters": sorted(quarters)}


def _keep_quarters(tables: Tables, before: Mapping[str, Any]) -> None:
    """Replaces the counted numbers of quarters by those of an earlier edition."""
    old: Tables = before["tables"]
    for table in {*tables, *old}:
        cuts = tables.setdefault(table, {})
        rows = {r: v for r, v in cuts.get(QUARTER, {}).items() if r not in before["quarters"]}
        cuts[QUARTER] = {**old.get(table, {}).get(QUARTER, {}), **rows}
