"""Rows of an export for all who were asked: how far they came, and no answers.

Every combination that is written is shared by at least five people. The rows cannot be linked with
the answers: their pseudonyms differ, and their order too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bot.reports.build import text_version
from bot.reports.disclosure_control import KeyedRandom, publish
from bot.reports.edition import horizons
from bot.reports.filters import Filter
from bot.reports.question_history import days_between, horizon_of, month_of
from bot.reports.suppression import GroupSuppression, Raw
from bot.schedule.plan import Plan
from bot.store.queries.report_data import ReportedCase, ReportedParticipant


@dataclass
class People:
    """Collects all participants, and then gives a row for each."""

    name: Callable[[str], str]
    plan: Plan
    zone: str
    now: dt.datetime
    thresholds: GroupSuppression = field(default_factory=GroupSuppression)
    worker_only: int = 0
    _all: list[tuple[str, Raw]] = field(default_factory=list)
    _known: dict[Raw, Raw] = field(default_factory=dict)

    def add(self, participant: ReportedParticipant) -> None:
        """Adds a participant, and how far they came in what they share with the service.

        With everything they did, the rows less those of the answers would count participants who
        share nothing.
        """
        done = [c for c in participant.checkins if c.done and c.shared]
        after = {self._horizon(c.since, c.started_at) for c in done if c.since is not None}
        ends = [c.ended_at for c in done if c.about is None and c.ended_at is not None]
        due = {
            place
            for place, days in enumerate(horizons(self.plan))
            if any(end + dt.timedelta(days=days) <= self.now for end in ends)
        } | after
        reached = "after" if after else "before" if done else "joined"
        service = (participant.cases[-1].service if participant.cases else None) or None
        month = month_of(participant.joined_at, self.zone)
        raw = (service, reached, self._times(due), self._times(after), participant.audience, month)
        self._add(f"person {participant.id}", raw)
        if not done and any(c.with_worker for c in participant.checkins if c.done):
            self.worker_only += 1

    def invited(self, served: ReportedCase) -> None:
        """Adds a case that was given a link and has not joined."""
        month = month_of(served.made_at, self.zone)
        raw = (served.service or None, "not_joined", None, None, None, month)
        self._add(f"link {served.id}", raw)

    def decide(self) -> None:
        """Computes what is written, once all are added."""
        self.thresholds.decide()

    def rows(self, only: Filter) -> Iterator[Raw]:
        """The rows written, chosen by the values of the whole export."""
        for name, raw in sorted(self._all):
            written = self.thresholds.of(raw)
            if written is not None:
                _, *told = written
                if only.has_service(told[0]) and only.has_month(told[-1]):
                    yield (name, *told)

    def kept_apart(self, draw: KeyedRandom) -> str:
        """How many share with their worker only, as it may be published."""
        number = publish(self.worker_only, draw, "export|worker_only")
        who = "Fewer than five people" if number is None else f"About {number} people"
        return f"{who} share with their worker only: in people.csv they count as joined."

    def _add(self, what: str, raw: Raw) -> None:
        # The first column is never blanked: it is the same for all, so no row is left out.
        raw = ("asked", *raw)
        raw = self._known.setdefault(raw, raw)
        self._all.append((self.name(what), raw))
        self.thresholds.add([raw])

    def _horizon(self, since: dt.datetime | None, at: dt.datetime) -> int:
        days = days_between(since, at, self.zone) if since else 0
        return horizon_of(days, horizons(self.plan))

    def _times(self, places: set[int]) -> str | None:
        return "|".join(text_version(self.plan.after[place]) for place in sorted(places)) or None
