"""Counts participants into the tables of the report, each once in every cell.

These counts are true ones, and are published only through `disclosure_control`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.domain.states import ParticipantState
from bot.reports.question_history import (
    QuestionHistory,
    QuestionVersions,
    days_between,
    horizon_of,
    options,
    quarter_of,
)
from bot.store.queries.report_data import (
    ReportedAnswer,
    ReportedCase,
    ReportedCheckin,
    ReportedParticipant,
)

ALL, SERVICE, QUARTER, LANGUAGE = "all", "service", "quarter", "language"
BREAKDOWNS = (ALL, SERVICE, QUARTER, LANGUAGE)
"""The breakdowns. Two are never crossed: few participants would be left in each cell."""
HORIZON, OUTCOME, QUESTION = "horizon", "outcome", "question"
REACH, RECORD, WAVE = "reach", "record", "wave"
OF = " of"
"""The option that counts all in a row, whatever they answered; no choice begins with a blank."""
ANYONE = ""
"""The one row of a table that is not broken down."""
ALONE = " alone"
"""Participants who joined without a worker's link; no service begins with a blank."""

TallyCell = tuple[str, str, str, str]
"""Table, breakdown, row and option."""


@dataclass
class Tally:
    """The true counts, and how many participants each row holds."""

    questions: QuestionHistory
    cut: frozenset[str]
    until: dt.datetime
    zone: str
    plan: tuple[int, ...]
    places: Counter[TallyCell] = field(default_factory=Counter)
    rows: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def invited(self, served: ReportedCase) -> None:
        """Counts a case that was given a link and has not joined."""
        if served.made_at < self.until:
            where = {ALL: ANYONE, SERVICE: served.service or ALONE}
            where[QUARTER] = quarter_of(served.made_at, self.zone)
            self._add(REACH, where, ["invited", "not_joined"])

    def add(self, participant: ReportedParticipant) -> None:
        """Counts one participant into every table."""
        if participant.joined_at >= self.until:
            return
        self._reach(participant)
        self._waves(participant)
        newest: dict[tuple[str, str, str], tuple[ReportedCheckin, dict[str, ReportedAnswer]]] = {}
        for checkin in participant.checkins:
            if checkin.shared:
                told = checkin, {said.step: said for said in checkin.said}
                quarter = quarter_of(checkin.started_at, self.zone)
                newest[checkin.flow, ALL, ANYONE] = told
                newest[checkin.flow, QUARTER, quarter] = told
                newest[checkin.flow, HORIZON, self._horizon(checkin)] = told
        for (flow, cut, row), (checkin, said) in newest.items():
            self._answers(participant, flow, (cut, row), checkin, said)

    def _reach(self, participant: ReportedParticipant) -> None:
        done = [c for c in participant.checkins if c.done]
        later = [c for c in done if c.about is not None]
        shared = [said for c in participant.checkins if c.shared for said in c.said]
        facts = {
            "invited": bool(participant.cases),
            "alone": not participant.cases,
            "joined": True,
            "before_done": len(done) > len(later),
            "after_done": bool(later),
            "shared": any(c.shared for c in done),
            "worker_only": any(c.with_worker for c in done) and not any(c.shared for c in done),
            "skipped": any(said.state == "skipped" for said in shared),
            "rather_not_say": any(said.state == "rather_not_say" for said in shared),
            "nothing_done": not done,
            "stopped": participant.state is ParticipantState.STOPPED,
            "quiet": participant.state is ParticipantState.QUIET,
        }
        where = {ALL: ANYONE, SERVICE: _newest(participant.cases), LANGUAGE: participant.language}
        where[QUARTER] = quarter_of(participant.joined_at, self.zone)
        self._add(REACH, where, [name for name, is_so in facts.items() if is_so])
        outcome = next((c.outcome for c in reversed(participant.cases) if c.outcome), None)
        if outcome is not None:
            self._add(RECORD, {ALL: ANYONE}, [outcome, OF])

    def _waves(self, participant: ReportedParticipant) -> None:
        """Counts for each planned time whether it was due, and whether it was answered."""
        ends = [
            c.ended_at for c in participant.checkins if c.done and c.about is None and c.ended_at
        ]
        said = {self._horizon(c) for c in participant.checkins if c.done and c.since is not None}
        for place, days in enumerate(self.plan):
            row = str(place)
            due = any(end + dt.timedelta(days=days) < self.until for end in ends)
            if due or row in said:
                found = ["due", "answered"] if row in said else ["due"]
                self._add(WAVE, {HORIZON: row}, found)

    def _horizon(self, checkin: ReportedCheckin) -> str:
        if checkin.since is None:
            return ANYONE
        days = days_between(checkin.since, checkin.started_at, self.zone)
        return str(horizon_of(days, self.plan))

    def _answers(
        self,
        participant: ReportedParticipant,
        flow: str,
        place: tuple[str, str],
        checkin: ReportedCheckin,
        said: dict[str, ReportedAnswer],
    ) -> None:
        cut, row = place
        for answer in said.values():
            asked = self.questions.asked.get(f"{flow}.{answer.step}")
            if asked is None:
                continue
            found = (*options(answer.state, answer.choices), OF)
            if cut == ALL:
                state = {QUESTION: asked.name}
                self._add(QUESTION, state, [answer.state, OF])
                if asked.has_choices:
                    self._add(
                        asked.name, dict(self._where(participant, asked, checkin, answer)), found
                    )
            elif asked.has_choices and asked.name in self.cut:
                self._add(asked.name, {cut: row}, found)

    def _where(
        self,
        participant: ReportedParticipant,
        asked: QuestionVersions,
        checkin: ReportedCheckin,
        answer: ReportedAnswer,
    ) -> Iterator[tuple[str, str]]:
        """The rows in which a participant's newest answer is counted."""
        yield ALL, ANYONE
        if asked.name not in self.cut:
            return
        case = next((c for c in participant.cases if c.id == checkin.case_id), None)
        yield SERVICE, (case.service if case else None) or ALONE
        yield LANGUAGE, answer.language
        if case is not None and case.outcome is not None and checkin.about is not None:
            yield OUTCOME, case.outcome

    def _add(self, table: str, where: dict[str, str], found: Iterable[str]) -> None:
        found = list(found)
        for cut, row in where.items():
            self.rows[table, cut, row] += 1
            for option in found:
                self.places[table, cut, row, option] += 1


def _newest(cases: tuple[ReportedCase, ...]) -> str:
    return (cases[-1].service if cases else None) or ALONE
