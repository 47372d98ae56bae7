"""Filters a report: one service, or a period of whole quarters.

It is computed from published numbers and nothing else. So no filter, and no difference of two, can
show anything that the whole report does not show: a reader of the whole report can compute every
part of it by hand. That is why a period is of whole quarters, and why service and period are never
crossed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.reports.edition import Rows, Tables
from bot.reports.tally import ALL, ANYONE, QUARTER, SERVICE
from bot.settings import CannotBeDone
from flows.engine.normalise import normalise

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a report or an export is limited to; empty: everything."""

    service: str | None = None
    begins: str | None = None
    ends: str | None = None

    def __post_init__(self) -> None:
        """Rejects an invalid month.

        Raises:
            CannotBeDone: a month is not written as one, or the last is before the first.
        """
        for month in (self.begins, self.ends):
            if month is not None and not _MONTH.fullmatch(month):
                raise CannotBeDone(f"{month}: a month is written as 2026-10")
        if self.begins and self.ends and self.begins > self.ends:
            raise CannotBeDone(f"the period ends in {self.ends}, before it begins")

    def __bool__(self) -> bool:
        return bool(self.service or self.begins or self.ends)

    def has_month(self, month: str | None) -> bool:
        """Whether a month such as "2026-10" is in the period."""
        if not (self.begins or self.ends):
            return True
        return month is not None and (self.begins or "") <= month <= (self.ends or "9999-12")

    def has_service(self, service: str | None) -> bool:
        """Whether this is the service; case and hyphens are folded."""
        return self.service is None or (service is not None and same(service, self.service))


def same(one: str, other: str) -> bool:
    """Whether two names of services are one: "Hostel" is "hostel"."""
    return normalise(one) == normalise(other)


def filtered(edition: Mapping[str, Any], only: Filter) -> dict[str, Any]:
    """The edition of a part: its rows replace those of all participants, with no breakdown.

    Raises:
        CannotBeDone: there is no such part, or it would cross two breakdowns.
    """
    if only.service and (only.begins or only.ends):
        raise CannotBeDone(
            "A report is of one service or of a period, never both: few people would be left in"
            " each place."
        )
    cut = SERVICE if only.service else QUARTER
    tables: Tables = edition["tables"]
    there = sorted({row for cuts in tables.values() for row in cuts.get(cut, {})})
    rows = _service(there, only) if only.service else _quarters(there, only)
    if not rows:
        shown = ", ".join(row for row in there if not row.startswith(" ")) or "nothing yet"
        raise CannotBeDone(f"Nothing can be shown of that. There is: {shown}")
    found: Tables = {}
    for table, cuts in tables.items():
        if cells := _summed(cuts.get(cut, {}), rows):
            found[table] = {ALL: {ANYONE: cells}}
    said = ", ".join(rows)
    if len(rows) > 1:
        said += " (added up; who said something in two of them is in it twice)"
    return {"month": edition["month"], "tables": found, "quarters": [], "only": said}


def _service(there: Iterable[str], only: Filter) -> list[str]:
    return [row for row in there if only.has_service(row)]


def _quarters(there: Iterable[str], only: Filter) -> list[str]:
    begins, ends = only.begins, only.ends
    if (begins and begins[5:] not in ("01", "04", "07", "10")) or (
        ends and ends[5:] not in ("03", "06", "09", "12")
    ):
        raise CannotBeDone(
            "A period begins with the first month of a quarter (01, 04, 07, 10) and ends with the"
            " last (03, 06, 09, 12): nothing smaller than a quarter is shown, so that two reports"
            " cannot be subtracted to find somebody."
        )
    months = {row: f"{row[:4]}-{3 * int(row[-1]) - 2:02}" for row in there}
    return [row for row, month in months.items() if only.has_month(month)]


def _summed(rows: Rows, wanted: Iterable[str]) -> dict[str, int | None]:
    """The published numbers added up; what is suppressed in every row stays suppressed."""
    cells: dict[str, int | None] = {}
    for row in wanted:
        for option, number in rows.get(row, {}).items():
            before = cells.get(option)
            cells[option] = before if number is None else (before or 0) + number
    return cells
