"""Everything the report's page shows, as plain values, and the page's own text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.reports.charts import Chart

PAGE = Path(__file__).parent / "page"
WIDEST = 6
"""Columns of numbers that a page of paper has room for."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """One number of a table; `parts` where service and participants see it differently."""

    number: int | None
    parts: bool = False
    of: int | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table."""

    label: str
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table."""

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]

    def narrow(self) -> ReportTable:
        """The same with rows and columns changed, where it would be wider than a page."""
        if len(self.columns) <= WIDEST or len(self.rows) >= len(self.columns):
            return self
        turned = zip(*(row.cells for row in self.rows), strict=True)
        rows = tuple(TableRow(*pair) for pair in zip(self.columns, turned, strict=True))
        return ReportTable(self.title, self.corner, tuple(row.label for row in self.rows), rows)


@dataclass(frozen=True, slots=True)
class Success:
    """One question about success, as a chart for each time it was asked."""

    title: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page shows."""

    organisation: str
    month: str
    upto: str
    only: str
    empty: str
    later: str
    points: tuple[str, ...]
    reach: Chart
    waves: ReportTable | None
    success: tuple[Success, ...]
    recorded: Chart
    records: tuple[ReportTable, ...]
    before: tuple[Chart, ...]
    after: tuple[Chart, ...]
    felt: tuple[Chart, ...]
    questions: ReportTable
    changed: tuple[str, ...]
    cuts: tuple[tuple[str, tuple[ReportTable, ...]], ...]
    quotes: Mapping[str, Sequence[str]]
    news: Sequence[tuple[str, str]]
    wordless: bool = False

    @property
    def charts(self) -> list[Chart]:
        """Every chart, in the order of the page."""
        success = [chart for each in self.success for chart in each.charts]
        return [self.reach, *success, self.recorded, *self.before, *self.after, *self.felt]


@lru_cache(maxsize=1)
def page_words() -> dict[str, Any]:
    """The text of the report's page."""
    found: dict[str, Any] = yaml.safe_load((PAGE / "words.yaml").read_text(encoding="utf-8"))
    return found
