"""The report as one value: an edition's numbers with labels, charts, tables and quotes.

Computes nothing new: what is suppressed in the edition stays suppressed here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError

from bot.content.story_threads import GOOD, HOPED, WRONG, StoryThreads
from bot.i18n.localizer import COUNT
from bot.reports.charts import FACTS, OFFICE, PEOPLE, Chart, ChartBar
from bot.reports.edition import Rows, Tables
from bot.reports.main_points import points
from bot.reports.page_content import Report, ReportTable, Success, TableCell, TableRow, page_words
from bot.reports.question_history import (
    IN_WORDS,
    NOT_SURE,
    UNSAID,
    QuestionHistory,
    QuestionVersions,
)
from bot.reports.tally import (
    ALL,
    ALONE,
    ANYONE,
    HORIZON,
    LANGUAGE,
    OF,
    OUTCOME,
    QUARTER,
    QUESTION,
    REACH,
    RECORD,
    SERVICE,
    WAVE,
)

SHOWN_OF_QUESTIONS = ("answered", "skipped", "rather_not_say", "not_sure")
GOOD_OUTCOMES, BAD_OUTCOMES = ("reached",), ("not_reached", "left")


@dataclass(frozen=True, slots=True)
class ReportBuilder:
    """Builds a report from an edition."""

    edition: Mapping[str, Any]
    questions: QuestionHistory
    threads: StoryThreads
    horizons: Sequence[str]

    def report(
        self,
        organisation: str,
        quotes: Mapping[str, Sequence[str]],
        news: Iterable[tuple[dt.datetime, str]],
    ) -> Report:
        """The whole of it."""
        month = dt.date.fromisoformat(f"{self.edition['month']}-01")
        reach, waves, success = self._reach(), self._waves(), tuple(self._success())
        before = _on_one_scale(self._lives("before"))
        empty, later = self._none_yet(reach, month)
        found = Report(
            organisation=organisation,
            month=self.edition["month"],
            upto=f"{month:%B %Y}",
            only=self.edition.get("only", ""),
            empty=empty,
            later=later,
            points=(),
            reach=reach,
            waves=waves,
            success=success,
            recorded=self._recorded(),
            records=tuple(self._records()),
            before=before,
            after=_on_one_scale(self._lives("after")),
            felt=_on_one_scale(self._whole(a) for a in self.questions.felt() if self._has(a)),
            questions=self._questions(),
            changed=tuple(self._changed()),
            cuts=tuple((cut, tuple(self._cut(cut))) for cut in (SERVICE, QUARTER, LANGUAGE)),
            quotes=quotes,
            news=[(f"{at:%B %Y}", words) for at, words in news],
        )
        return replace(found, points=points(found, self._rows(REACH, ALL).get(ANYONE, {})))

    def _none_yet(self, reach: Chart, month: dt.date) -> tuple[str, str]:
        """The texts where there are no numbers at all, and where there are none of AFTER."""
        plan = " and ".join(filter(None, [", ".join(self.horizons[:-1]), self.horizons[-1]]))
        after = (month + dt.timedelta(days=31)).replace(day=1)
        words = {"month": f"{month:%B %Y}", "next": f"{after:%B %Y}", "plan": plan}
        some = any(bar.number is not None for bar in reach.bars)
        return "" if some else _filled("empty", words), _filled("later", words)

    # --- charts ------------------------------------------------------------------------------

    def _reach(self) -> Chart:
        words, cells = page_words()["reach"], self._rows(REACH, ALL).get(ANYONE, {})
        parts = page_words()["of"]
        bars = []
        for name, label in words.items():
            number, of = cells.get(name), cells.get(parts.get(name, ""))
            bars.append(ChartBar(label, number, of and max(of, number or 0)))
        return Chart("reached", page_words()["people"], bars, _most(bars), FACTS)

    def _waves(self) -> ReportTable | None:
        """For each planned time, how many were due and how many of them answered."""
        rows = [
            TableRow(
                f"After {self.horizons[int(row)]}", _counted(cells, list(page_words()["wave"]))
            )
            for row, cells in sorted(self._rows(WAVE, HORIZON).items())
        ]
        columns = tuple(page_words()["wave"].values())
        title = "How many were asked again, and how many answered"
        return ReportTable(title, "", columns, tuple(rows)) if rows else None

    def _recorded(self) -> Chart:
        cells = self._rows(RECORD, ALL).get(ANYONE, {})
        bars = _of_all(cells, page_words()["outcomes"].items())
        return Chart("recorded", page_words()["recorded"], bars, _most(bars), OFFICE)

    def _success(self) -> Iterator[Success]:
        for asked in self.questions.success():
            rows = self._rows(asked.name, HORIZON)
            told = [
                (f"Asked after {self.horizons[int(row)]}", cells)
                for row, cells in sorted(rows.items())
                if row
            ]
            if only := self.edition.get("only"):
                told = [(only, self._rows(asked.name, ALL).get(ANYONE, {}))]
            drawn = [(when, self._bars(asked, cells)) for when, cells in told]
            most = max((_most(bars) for _, bars in drawn), default=0)
            charts = [
                Chart(f"{asked.name}-{place}", when, bars, most)
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

    def _whole(self, asked: QuestionVersions) -> Chart:
        bars = self._bars(asked, self._rows(asked.name, ALL).get(ANYONE, {}))
        return Chart(asked.name, self._title(asked), bars, _most(bars), PEOPLE)

    def _bars(self, asked: QuestionVersions, cells: Mapping[str, int | None]) -> list[ChartBar]:
        return _of_all(cells, self._options(asked))

    # --- tables ------------------------------------------------------------------------------

    def _records(self) -> Iterator[ReportTable]:
        outcomes = page_words()["outcomes"]
        good = [
            asked
            for flow, step in self.threads.steps.get(GOOD, ())
            if (asked := self.questions.asked.get(f"{flow}.{step}")) and asked.has_choices
        ]
        for asked in (*self.questions.success(), *good):
            rows, options = self._rows(asked.name, OUTCOME), self._options(asked)
            first = options[0][0]
            if any(map(_any, rows.values())):
                options = [(OF, page_words()["people"]), *options] if _whole(rows) else options
                yield ReportTable(
                    title=self._title(asked),
                    corner="On record",
                    columns=tuple(label for _, label in options),
                    rows=tuple(
                        TableRow(
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

    def _questions(self) -> ReportTable:
        rows = self._rows(QUESTION, QUESTION)
        states = page_words()["states"]
        shown = (OF, *SHOWN_OF_QUESTIONS) if _whole(rows) else SHOWN_OF_QUESTIONS
        return ReportTable(
            title="How each question was left",
            corner="Question",
            columns=tuple(states.get(name, page_words()["people"]) for name in shown),
            rows=tuple(
                TableRow(
                    self._title(asked),
                    tuple(TableCell(rows[name].get(state)) for state in shown),
                )
                for name, asked in sorted(self.questions.asked.items(), key=_before_first)
                if name in rows
            ),
        )

    def _changed(self) -> Iterator[str]:
        """The flows of which more than one version was asked."""
        names = [flow.name for flow in self.questions.versions.values()]
        for name in dict.fromkeys(names):
            if (count := names.count(name)) > 1:
                yield f"{name}: {count} versions of these questions are counted together."

    def _cut(self, cut: str) -> Iterator[ReportTable]:
        reach = page_words()["reach"]
        tables = [(REACH, "Who was reached", list(reach.items()))]
        tables += [(a.name, self._title(a), self._options(a)) for a in self.questions.success()]
        for thread in (WRONG, GOOD, HOPED):
            for flow, step in self.threads.steps.get(thread, ()):
                asked = self.questions.asked.get(f"{flow}.{step}")
                if asked and asked.has_choices and asked not in self.questions.success():
                    tables.append((asked.name, self._title(asked), self._options(asked)))
        for table, title, named in tables:
            rows = {r: v for r, v in self._rows(table, cut).items() if _any(v)}
            if _whole(rows):
                named.insert(0, (OF, page_words()["people"]))
            if rows:
                yield ReportTable(
                    title=title,
                    corner=page_words()["cuts"][cut],
                    columns=tuple(label for _, label in named),
                    rows=tuple(
                        TableRow(
                            _row_label(cut, row),
                            tuple(TableCell(rows[row].get(name)) for name, _ in named),
                        )
                        for row in sorted(rows)
                    ),
                ).narrow()

    # --- shared by both ----------------------------------------------------------------------

    def _rows(self, table: str, cut: str) -> Rows:
        tables: Tables = self.edition["tables"]
        return tables.get(table, {}).get(cut, {})

    def _has(self, asked: QuestionVersions) -> bool:
        """Whether at least one number of a question may be published."""
        return asked.has_choices and _any(self._rows(asked.name, ALL).get(ANYONE, {}))

    def _options(self, asked: QuestionVersions) -> list[tuple[str, str]]:
        states = page_words()["states"]
        found = [(name, _plain(label)) for name, label in asked.labels.items() if name != NOT_SURE]
        if asked.step.typed:
            found.append((IN_WORDS, states[IN_WORDS]))
        if NOT_SURE in asked.labels:
            found.append((NOT_SURE, _plain(asked.labels[NOT_SURE])))
        left = asked.step.decline if asked.step.decline in UNSAID else UNSAID[0]
        return [*found, (left, states[left])]

    def _title(self, asked: QuestionVersions) -> str:
        before = page_words()["for"].get(asked.flow, "")
        return f"{before}{_plain(COUNT.sub('', asked.step.heading.source))}"


def _cell(number: int | None, outcome: str, option: str, first: str) -> TableCell:
    """A number of the service's record beside the participants' view, and whether they differ.

    The first choice of such a question is the good one.
    """
    real = option not in (*UNSAID, NOT_SURE, IN_WORDS, OF)
    good = outcome in GOOD_OUTCOMES and option != first
    bad = outcome in BAD_OUTCOMES and option == first
    return TableCell(number, parts=number is not None and real and (good or bad))


def _of_all(cells: Mapping[str, int | None], options: Iterable[tuple[str, str]]) -> list[ChartBar]:
    """Bars as a share of the whole row; rounded by itself, the whole is never under a part."""
    found = [(label, cells.get(name)) for name, label in options]
    of = cells.get(OF) and max(number or 0 for number in (cells[OF], *(n for _, n in found)))
    return [ChartBar(label, number, of) for label, number in found]


def _counted(cells: Mapping[str, int | None], options: Sequence[str]) -> tuple[TableCell, ...]:
    """Cells of which each after the first is a part of the first."""
    first, *rest = (cells.get(name) for name in options)
    of = first and max(first, *(number or 0 for number in rest))
    return (TableCell(first), *(TableCell(number, of=of) for number in rest))


def _whole(rows: Rows) -> bool:
    """Whether the total of each row was counted; once it was not."""
    return any(OF in cells for cells in rows.values())


def _any(cells: Mapping[str, int | None]) -> bool:
    """Whether a number of a row may be published."""
    return any(number for option, number in cells.items() if option != OF)


def _filled(name: str, words: Mapping[str, str]) -> str:
    return str(page_words()[name]).format_map(words)


def _on_one_scale(charts: Iterable[Chart]) -> tuple[Chart, ...]:
    """Charts side by side, so that a bar twice as long is twice as many people."""
    found = tuple(charts)
    most = max((chart.most for chart in found), default=0)
    return tuple(replace(chart, most=most) for chart in found)


def _before_first(named: tuple[str, QuestionVersions]) -> bool:
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
    """Text without placeholders, which only a participant's own conversation can fill."""
    return words.replace("{worker_name}", "their worker")


def _most(bars: Iterable[ChartBar]) -> int:
    return max((bar.number or 0 for bar in bars), default=0)
