"""Questions over all versions: labels, kinds, and which is newest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flows.engine import Flow, Meaning, Step, load_old

Source = tuple[str, str, str, dt.datetime]
"""A flow's version, name and source, and when it was first used."""

UNSAID = ("skipped", "rather_not_say")
NOT_SURE = "not_sure"
IN_WORDS = "in_words"
"""The answer to a question with buttons that was given as free text alone."""


@dataclass(frozen=True, slots=True)
class QuestionVersions:
    """One question: its newest form, and the label of every choice that it ever had."""

    flow: str
    step: Step
    labels: Mapping[str, str]

    @property
    def name(self) -> str:
        """Its name in the report's tables and the export's codebook."""
        return f"{self.flow}.{self.step.id}"

    @property
    def has_choices(self) -> bool:
        """Whether answers to it can be counted by what was tapped."""
        return self.step.kind.traits.taps


class QuestionHistory:
    """Every question that was ever asked, by flow and step."""

    def __init__(self, sources: Iterable[Source]) -> None:
        """`sources` are all versions, each flow's oldest first."""
        self.versions: dict[str, Flow] = {}
        self.asked: dict[str, QuestionVersions] = {}
        for version, name, source, _ in sources:
            flow = load_old(source, name)
            self.versions[version] = flow
            for step in flow.steps:
                if step.keeps_answer and not _apart(step):
                    known = self.asked.get(f"{name}.{step.id}")
                    labels = {c.id: c.label.source for c in step.choices}
                    labels = {**(known.labels if known else {}), **labels}
                    self.asked[f"{name}.{step.id}"] = QuestionVersions(name, step, labels)

    def success(self) -> list[QuestionVersions]:
        """The questions that ask whether it has been a success."""
        return [a for a in self.asked.values() if a.step.meaning is Meaning.SUCCESS]

    def felt(self) -> list[QuestionVersions]:
        """The questions that ask how the questions were."""
        return [a for a in self.asked.values() if a.step.meaning is Meaning.FELT]


def _apart(step: Step) -> bool:
    """Whether a step is about consent and sharing, so no answer about a participant's life."""
    meanings = (Meaning.SHARING, Meaning.KEEP, Meaning.MESSAGE, Meaning.AGE, Meaning.LANGUAGE)
    return step.meaning in meanings


def options(state: str, choices: Iterable[str]) -> tuple[str, ...]:
    """What an answer counts as: the choices tapped, or else how it was left."""
    if state != "answered":
        return (state,)
    return tuple(choices) or (IN_WORDS,)


def month_of(moment: dt.datetime, zone: str) -> str:
    """The month of a moment in the service's time zone, such as "2026-10"."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}"


def quarter_of(moment: dt.datetime, zone: str) -> str:
    """The quarter of a moment in the service's time zone, such as "2026 Q4"."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.year} Q{(local.month + 2) // 3}"


def horizon_of(days: int, plan: tuple[int, ...]) -> int:
    """Which planned time an answer belongs to: the nearest, as its index in the plan."""
    return min(range(len(plan)), key=lambda place: abs(plan[place] - days))


def days_between(since: dt.datetime, at: dt.datetime, zone: str) -> int:
    """Calendar days: of older moments only the day is stored."""
    here = ZoneInfo(zone)
    return (at.astimezone(here).date() - since.astimezone(here).date()).days
