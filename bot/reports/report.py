"""The report as one value: numbers of an edition beside labels, charts, tables and people's words.

Computes nothing new and draws nothing: what is hidden in the edition stays hidden here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from babel import Locale
from babel.core import UnknownLocaleError

from bot.conversation.threads import GOOD, HOPED, WRONG, Threads
from bot.i18n import COUNT
from bot.reports.charts import FACTS, OFFICE, PEOPLE, Bar, Chart
from bot.reports.counting import (
    ALL,
    ALONE,
    ANYONE,
    HORIZON,
    LANGUAGE,
    OUTCOME,
    QUARTER,
    QUESTION,
    REACH,
    RECORD,
    SERVICE,
)
from bot.reports.edition import Rows, Tables
from bot.reports.questions import IN_WORDS, NOT_SURE, UNSAID, Asked, Questions

PAGE = Path(__file__).parent / "page"
SHOWN_OF_QUESTIONS = ("answered", "skipped", "rather_not_say", "not_sure")
GOOD_OUTCOMES, BAD_OUTCOMES = ("reached",), ("not_reached", "left")


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a table; `parts` where the service and the people see it differently."""

    number: int | None
    parts: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table."""

    title: str
    corner: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Success:
    """One question about success, as a chart for each time it was asked at."""

    title: str
    charts: tuple[Chart, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page shows."""

    organisation: str
    month: str
    upto: str
    reach: Chart
    success: tuple[Success, ...]
    recorded: Chart
    records: tuple[Grid, ...]
    before: tuple[Chart, ...]
    after: tuple[Chart, ...]
    felt: tuple[Chart, ...]
    questions: Grid
    changed: tuple[str, ...]
    cuts: tuple[tuple[str, tuple[Grid, ...]], ...]
    quotes: Mapping[str, Sequence[str]]
    news: Sequence[tuple[str, str]]

    @property
    def charts(self) -> list[Chart]:
        """Every chart, in the order of the page."""
        success = [chart for each in self.success for chart in each.charts]
        return [self.reach, *success, self.recorded, *self.before, *self.after, *self.felt]


@lru_cache(maxsize=1)
def page_words() -> dict[str, Any]:
    """The report's own words."""
    found: dict[str, Any] = yaml.safe_load((PAGE / "words.yaml").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Composer:
    """Puts a report together from an edition."""

    edition: Mapping[str, Any]
    questions: Questions
    threads: Threads
    horizons: Sequence[str]

    def report(
        self,
        organisation: str,
        quotes: Mapping[str, Sequence[str]],
        news: Iterable[tuple[dt.datetime, str]],
    ) -> Report:
        """The whole of it."""
        month = dt.date.fromisoformat(f"{self.edition['month']}-01")
        return Report(
            organisation=organisation,
            month=self.edition["month"],
            upto=f"{month:%B %Y}",
            reach=self._reach(),
            success=tuple(self._success()),
            recorded=self._recorded(),
            records=tuple(self._records()),
            before=_on_one_scale(self._lives("before")),
            after=_on_one_scale(self._lives("after")),
            felt=_on_one_scale(self._whole(a) for a in self.questions.felt() if self._has(a)),
            questions=self._questions(),
            changed=tuple(self._changed()),
            cuts=tuple((cut, tuple(self._cut(cut))) for cut in (SERVICE, QUARTER, LANGUAGE)),
            quotes=quotes,
            news=[(f"{at:%B %Y}", words) for at, words in news],
        )

    # --- charts ------------------------------------------------------------------------------

    def _reach(self) -> Chart:
        words, cells = page_words()["reach"], self._rows(REACH, ALL).get(ANYONE, {})
        bars = [Bar(label, cells.get(name)) for name, label in words.items()]
        return Chart("reached", "People", bars, _most(bars), FACTS)

    def _recorded(self) -> Chart:
        cells = self._rows(RECORD, ALL).get(ANYONE, {})
        bars = [Bar(label, cells.get(name)) for name, label in page_words()["outcomes"].items()]
        return Chart("recorded", page_words()["recorded"], bars, _most(bars), OFFICE)

    def _success(self) -> Iterator[Success]:
        for asked in self.questions.success():
            rows = self._rows(asked.name, HORIZON)
            told = [(self.horizons[int(row)], cells) for row, cells in sorted(rows.items()) if row]
            drawn = [(when, self._bars(asked, cells)) for when, cells in told]
            most = max((_most(bars) for _, bars in drawn), default=0)
            charts = [
                Chart(f"{asked.name}-{place}", f"Asked after {when}", bars, most)
                for place, (when, bars) in enumerate(drawn)
                if _most(bars)
            ]
            yield Success(self._title(asked), tuple(charts))

    def _lives(self, when: str) -> Iterator[Chart]:
        for thread in (HOPED, WRONG, GOOD):
            for flow, step in self.threads.steps.get(thread, ()):
                asked = self.questions.asked.get(f"{flow}.{step}")
                is_success = asked in self.questions.success()
                if asked and flow.startswith(when) and self._has(asked) and not is_success:
                    yield self._whole(asked)

    def _whole(self, asked: Asked) -> Chart:
        bars = self._bars(asked, self._rows(asked.name, ALL).get(ANYONE, {}))
        return Chart(asked.name, self._title(asked), bars, _most(bars), PEOPLE)

    def _bars(self, asked: Asked, cells: Mapping[str, int | None]) -> list[Bar]:
        return [Bar(label, cells.get(name)) for name, label in self._options(asked)]

    # --- tables ------------------------------------------------------------------------------

    def _records(self) -> Iterator[Grid]:
        outcomes = page_words()["outcomes"]
        good = [
            asked
            for flow, step in self.threads.steps.get(GOOD, ())
            if (asked := self.questions.asked.get(f"{flow}.{step}")) and asked.has_choices
        ]
        for asked in (*self.questions.success(), *good):
            rows, options = self._rows(asked.name, OUTCOME), self._options(asked)
            first = options[0][0]
            if any(number for cells in rows.values() for number in cells.values()):
                yield Grid(
                    title=self._title(asked),
                    corner="On record",
                    columns=tuple(label for _, label in options),
                    rows=tuple(
                        Row(
                            outcomes[outcome],
                            tuple(
                                _cell(rows[outcome].get(name), outcome, name, first)
                                for name, _ in options
                            ),
                        )
                        for outcome in outcomes
                        if outcome in rows
                    ),
                )

    def _questions(self) -> Grid:
        rows = self._rows(QUESTION, QUESTION)
        states = page_words()["states"]
        return Grid(
            title="How each question was left",
            corner="Question",
            columns=tuple(states[name] for name in SHOWN_OF_QUESTIONS),
            rows=tuple(
                Row(
                    self._title(asked),
                    tuple(Cell(rows[name].get(state)) for state in SHOWN_OF_QUESTIONS),
                )
                for name, asked in sorted(self.questions.asked.items(), key=_before_first)
                if name in rows
            ),
        )

    def _changed(self) -> Iterator[str]:
        """The flows that people have been asked more than one version of."""
        names = [flow.name for flow in self.questions.versions.values()]
        for name in dict.fromkeys(names):
            if (count := names.count(name)) > 1:
                yield f"{name}: {count} versions of these questions are counted together."

    def _cut(self, cut: str) -> Iterator[Grid]:
        reach = page_words()["reach"]
        tables = [(REACH, "Who was reached", list(reach.items()))]
        tables += [(a.name, self._title(a), self._options(a)) for a in self.questions.success()]
        for thread in (WRONG, GOOD, HOPED):
            for flow, step in self.threads.steps.get(thread, ()):
                asked = self.questions.asked.get(f"{flow}.{step}")
                if asked and asked.has_choices and asked not in self.questions.success():
                    tables.append((asked.name, self._title(asked), self._options(asked)))
        for table, title, options in tables:
            rows = {row: v for row, v in self._rows(table, cut).items() if any(v.values())}
            if rows:
                yield Grid(
                    title=title,
                    corner=page_words()["cuts"][cut],
                    columns=tuple(label for _, label in options),
                    rows=tuple(
                        Row(
                            _row_label(cut, row),
                            tuple(Cell(rows[row].get(name)) for name, _ in options),
                        )
                        for row in sorted(rows)
                    ),
                )

    # --- what both are made of ----------------------------------------------------------------

    def _rows(self, table: str, cut: str) -> Rows:
        tables: Tables = self.edition["tables"]
        return tables.get(table, {}).get(cut, {})

    def _has(self, asked: Asked) -> bool:
        """Whether at least one number of a question may be shown."""
        return asked.has_choices and any(self._rows(asked.name, ALL).get(ANYONE, {}).values())

    def _options(self, asked: Asked) -> list[tuple[str, str]]:
        states = page_words()["states"]
        found = [(name, _plain(label)) for name, label in asked.labels.items() if name != NOT_SURE]
        if asked.step.typed:
            found.append((IN_WORDS, states[IN_WORDS]))
        if NOT_SURE in asked.labels:
            found.append((NOT_SURE, _plain(asked.labels[NOT_SURE])))
        left = asked.step.decline if asked.step.decline in UNSAID else UNSAID[0]
        return [*found, (left, states[left])]

    def _title(self, asked: Asked) -> str:
        before = page_words()["for"].get(asked.flow, "")
        return f"{before}{_plain(COUNT.sub('', asked.step.text.source))}"


def _cell(number: int | None, outcome: str, option: str, first: str) -> Cell:
    """A number of the service's record beside the people's own view, and whether they part.

    The first choice of such a question is the good one.
    """
    real = option not in (*UNSAID, NOT_SURE, IN_WORDS)
    good = outcome in GOOD_OUTCOMES and option != first
    bad = outcome in BAD_OUTCOMES and option == first
    return Cell(number, parts=number is not None and real and (good or bad))


def _on_one_scale(charts: Iterable[Chart]) -> tuple[Chart, ...]:
    """Charts that stand together, so that a bar twice as long is twice as many people."""
    found = tuple(charts)
    most = max((chart.most for chart in found), default=0)
    return tuple(replace(chart, most=most) for chart in found)


def _before_first(named: tuple[str, Asked]) -> bool:
    return not named[1].flow.startswith("before")


def _row_label(cut: str, row: str) -> str:
    if row == ALONE:
        return str(page_words()["alone"])
    if cut == LANGUAGE:
        try:
            return Locale.parse(row).get_display_name("en") or row
        except (UnknownLocaleError, ValueError):
            return row
    return row


def _plain(words: str) -> str:
    """Words without what only somebody's own talk can fill in."""
    return words.replace("{worker_name}", "their worker")


def _most(bars: Iterable[Bar]) -> int:
    return max((bar.number or 0 for bar in bars), default=0)
