"""How the questions were for participants: counts for each question, never of a few.

Of answers only the text that was meant for authors, and text without a name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.repositories.people.sealed_session import open_choices, open_position
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow

AT_ONCE = 500


@dataclass
class QuestionFeedback:
    """How one question was for participants: sets of ids, of which only counts leave."""

    people: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, what: str, participant: int) -> None:
        """Adds one participant."""
        self.people[what].add(participant)

    def count(self, what: str) -> int:
        """The number of participants."""
        return len(self.people.get(what, ()))


QuestionRef = tuple[str, str]
"""A flow and a step."""


class QuestionFeedbackQuery:
    """Feedback on questions, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def by_question(self) -> dict[QuestionRef, QuestionFeedback]:
        """For each flow and step: who answered how, who changed the answer, and who left there."""
        found: dict[QuestionRef, QuestionFeedback] = defaultdict(QuestionFeedback)
        said = (
            sa.select(*AnswerRow.__table__.c, CheckinRow.flow, ParticipantRow.data_key)
            .join(CheckinRow, CheckinRow.id == AnswerRow.session_id)
            .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant_id)
            .order_by(AnswerRow.participant_id)
        )
        async for row in self._some(said):
            with suppress(*UNREADABLE):  # one row that cannot be decrypted holds up no other
                state, choices = open_choices(self._keys.vault.key(row.data_key), row)
                here = found[row.flow, row.step]
                here.add("asked", row.participant_id)
                here.add(state, row.participant_id)
                for choice in choices:
                    here.add(f"chose {choice}", row.participant_id)
        ways = (
            sa.select(*CheckinRow.__table__.c, ParticipantRow.data_key)
            .join(ParticipantRow, ParticipantRow.id == CheckinRow.participant_id)
            .order_by(CheckinRow.participant_id)
        )
        async for row in self._some(ways):
            with suppress(*UNREADABLE):
                way = open_position(self._keys.vault.key(row.data_key), row)
                for step, times in Counter(way.trail).items():
                    if times > 1:
                        found[row.flow, step].add("changed", row.participant_id)
                if row.stage is CheckinState.STOPPED and way.step:  # else it is deleted
                    found[row.flow, way.step].add("asked", row.participant_id)
                    found[row.flow, way.step].add("left", row.participant_id)
        return dict(found)

    async def _some(self, statement: sa.Select[Any]) -> AsyncIterator[Any]:
        """Streams the rows of a statement, so that only some are in memory at once."""
        result = await self._connection.stream(statement.execution_options(yield_per=AT_ONCE))
        async for row in result:
            yield row

    async def comments(
        self, steps: Mapping[str, Iterable[str]]
    ) -> dict[str, list[tuple[int, str]]]:
        """By flow: the comments on these steps, where the service may read them without a name."""
        wanted = [
            sa.and_(CheckinRow.flow == flow, AnswerRow.step.in_(list(each)))
            for flow, each in steps.items()
        ]
        if not wanted:
            return {}
        statement = (
            sa.select(
                CheckinRow.flow,
                CheckinRow.id,
                AnswerRow.step,
                AnswerRow.words,
                ParticipantRow.id.label("participant"),
                ParticipantRow.data_key,
            )
            .join(CheckinRow, CheckinRow.id == AnswerRow.session_id)
            .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant_id)
            .where(
                sa.or_(*wanted),
                CheckinRow.sharing == Sharing.SERVICE,
                CheckinRow.stage == CheckinState.DONE,
                AnswerRow.words.is_not(None),
                sa.or_(
                    ParticipantRow.closed_before.is_(None),
                    AnswerRow.at > ParticipantRow.closed_before,
                    CheckinRow.ended_at <= ParticipantRow.closed_before,
                ),
            )
        )
        found: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for row in (await self._connection.execute(statement)).all():
            with suppress(*UNREADABLE):  # one row that cannot be decrypted holds up no other
                found[row.flow].append((row.participant, self._said(row)))
        return found

    def _said(self, row: Any) -> str:
        at = ("answers", row.participant, row.id, row.step, "words")
        return self._keys.vault.key(row.data_key).open(row.words, *at).decode()
