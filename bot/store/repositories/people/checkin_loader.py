"""Loads the check-ins and answers of participants."""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.participant import Participant
from bot.domain.states import CheckinState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.people.checkin_rows import checkin_of, session_of
from bot.store.repositories.people.sealed_session import open_choices, open_position
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from flows.engine import Answer, AnswerState


class CheckinLoader:
    """Loads check-ins into participants."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def load(self, people: dict[int, Participant], whole: set[int]) -> None:
        """Fills in the check-ins of participants: all of those in `whole`, else the open one."""
        wanted = {"people": list(people), "whole": list(whole)}
        rows = list((await self._connection.execute(_SESSIONS, wanted)).all())
        if missing := {r.about for r in rows if r.about} - {r.id for r in rows}:
            abouts = sa.select(CheckinRow).where(CheckinRow.id.in_(missing))
            rows += (await self._connection.execute(abouts)).all()
        answers, closed = await self._answers_of([r.id for r in rows], people)
        by_id = {r.id: r for r in rows}
        for row in rows:
            participant = people[row.participant_id]
            about = by_id.get(row.about)
            earlier = {about.flow: answers[about.id]} if about else {}
            way = open_position(self._keys.vault.key(participant.wrapped_key), row)
            session = session_of(row, way, answers[row.id], earlier)
            checkin = checkin_of(row, session, closed[row.id], about.version if about else None)
            if participant.id in whole:
                participant.checkins.append(checkin)
            if row.stage is CheckinState.WAITING:
                participant.open_checkin = checkin

    async def _answers_of(
        self, session_ids: list[int], people: Mapping[int, Participant]
    ) -> tuple[dict[int, dict[str, Answer]], dict[int, dict[str, Answer]]]:
        """The answers of check-ins that may be shown at the phone, and the hidden ones."""
        found: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        closed: dict[int, dict[str, Answer]] = {s: {} for s in session_ids}
        if not session_ids:
            return found, closed
        wanted = {"sessions": session_ids}
        for row in (await self._connection.execute(_ANSWERS, wanted)).all():
            participant = people[row.participant_id]
            key = self._keys.vault.key(participant.wrapped_key)
            at = ("answers", row.participant_id, row.session_id, row.step)
            state, choices = open_choices(key, row)
            is_closed = (
                participant.hidden_before is not None and row.at <= participant.hidden_before
            )
            (closed if is_closed else found)[row.session_id][row.step] = Answer(
                step=row.step,
                state=AnswerState(state),
                choices=choices,
                words=key.open(row.words, *at, "words").decode() if row.words else None,
                voice=tuple(json.loads(key.open(row.voice, *at, "voice"))) if row.voice else (),
            )
        return found, closed


_SESSIONS = (
    sa.select(*CheckinRow.__table__.c)
    .where(
        CheckinRow.participant_id.in_(sa.bindparam("people", expanding=True)),
        sa.or_(
            CheckinRow.stage == CheckinState.WAITING,
            CheckinRow.participant_id.in_(sa.bindparam("whole", expanding=True)),
        ),
    )
    .order_by(CheckinRow.started_at)
)
_ANSWERS = sa.select(*AnswerRow.__table__.c).where(
    AnswerRow.session_id.in_(sa.bindparam("sessions", expanding=True))
)
