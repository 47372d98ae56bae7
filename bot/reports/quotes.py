"""Participants' quotes for the report: only where shared without a name, and never few.

A quote has no date, no language and no order that shows whose it is: quotes come from whole
quarters in which at least five participants wrote, shuffled by a keyed random value.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.content.story_threads import CHANGE, HOPED, StoryThreads
from bot.i18n.localizer import truncate
from bot.reports.disclosure_control import MIN_COUNT
from bot.reports.edition import Month, Progress
from bot.reports.question_history import QuestionHistory, quarter_of
from bot.store.queries.report_data import ReportQuery
from flows.engine import Meaning

MOST = 24
"""Quotes of one kind in a report, drawn at random where there are more."""
LONGEST = 600

ROLES = ("change", "success", "felt")


@dataclass
class _Group:
    """The answers to one kind of question in one quarter; those with the lowest draws are kept."""

    people: set[int] = field(default_factory=set)
    drawn: list[tuple[int, str]] = field(default_factory=list)

    def add(self, participant: int, lot: bytes, words: str) -> None:
        if len(self.people) < MIN_COUNT:
            self.people.add(participant)  # only counted, to know whether there are enough
        heapq.heappush(self.drawn, (-int.from_bytes(lot, "big"), words))
        if len(self.drawn) > MOST:
            heapq.heappop(self.drawn)


async def quotes(
    reporting: ReportQuery,
    threads: StoryThreads,
    month: Month,
    zone: str,
    tell: Progress | None = None,
) -> dict[str, list[str]]:
    """Quotes by the kind of question; a kind that too few answered is empty."""
    wanted = dict(_wanted(QuestionHistory(await reporting.sources()), threads))
    steps = {step for _, step in wanted}
    running = quarter_of(month.until, zone)
    groups: dict[tuple[str, str], _Group] = {}
    ids, so_far = await reporting.ids(), 0
    async for people in reporting.people(ids, words=steps, until=month.until):
        for participant in people:
            for checkin in participant.checkins:
                quarter = quarter_of(checkin.started_at, zone)
                for said in checkin.said if quarter != running else ():
                    role = wanted.get((checkin.flow, said.step))
                    if role is not None and said.words:
                        lot = reporting.draw(f"quote|{checkin.id}|{said.step}")
                        group = groups.setdefault((role, quarter), _Group())
                        group.add(participant.id, lot, truncate(said.words, LONGEST))
        so_far += len(people)
        if tell is not None:
            tell(so_far, len(ids))
    found: dict[str, list[str]] = {}
    for role in ROLES:
        enough = (g for (r, _), g in groups.items() if r == role and len(g.people) >= MIN_COUNT)
        drawn = sorted((pair for group in enough for pair in group.drawn), reverse=True)
        found[role] = [words for _, words in drawn[:MOST]]
    return found


def _wanted(
    questions: QuestionHistory, threads: StoryThreads
) -> Iterator[tuple[tuple[str, str], str]]:
    """Each question whose quotes are published, with its kind."""
    for place in threads.steps.get(CHANGE, ()):
        yield place, "change"
    for asked in questions.asked.values():
        place = asked.flow, asked.step.id
        success = any(other.flow == asked.flow for other in questions.success())
        if asked.step.kind.is_free_text and success and place in threads.steps.get(HOPED, ()):
            yield place, "success"
    for flow in questions.versions.values():
        for felt, more in zip(flow.steps, flow.steps[1:], strict=False):
            if felt.meaning is Meaning.FELT and more.kind.is_free_text:
                yield (flow.name, more.id), "felt"
