"""The stored versions of the questions, and the check-ins open on each; choices only, no text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from bot.domain.states import CheckinState
from bot.store.database import Database
from bot.store.repositories.people.checkin_rows import session_of
from bot.store.repositories.people.sealed_session import open_choices, open_position
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow, FlowVersionRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import Answer, AnswerState, Session


@dataclass(frozen=True, slots=True)
class StoredFlowVersion:
    """One version of a flow. `number` counts from 1, by when it was first used."""

    flow: str
    number: int
    version: str
    source: str
    first_seen: dt.datetime
    open_checkins: int


@dataclass(frozen=True, slots=True)
class UnfinishedCheckin:
    """An open check-in, by its id alone."""

    id: int
    session: Session


async def versions(store: Database) -> list[StoredFlowVersion]:
    """Every version, oldest first, with the number of check-ins open on it."""
    waiting = (
        sa.select(CheckinRow.version, sa.func.count().label("people"))
        .where(CheckinRow.stage == CheckinState.WAITING)
        .group_by(CheckinRow.version)
        .subquery()
    )
    statement = (
        sa.select(FlowVersionRow, sa.func.coalesce(waiting.c.people, 0).label("people"))
        .outerjoin(waiting, waiting.c.version == FlowVersionRow.version)
        .order_by(FlowVersionRow.first_seen, FlowVersionRow.version)
    )
    async with store.read_snapshot() as connection:
        rows = (await connection.execute(statement)).all()
    numbers: dict[str, int] = {}
    found = []
    for row in rows:
        number = numbers[row.flow] = numbers.get(row.flow, 0) + 1
        about = (row.flow, number, row.version, row.source, row.first_seen, row.people)
        found.append(StoredFlowVersion(*about))
    return found


async def unfinished(store: Database) -> list[UnfinishedCheckin]:
    """Every open check-in, without any text of its answers."""
    waits = (
        sa.select(*CheckinRow.__table__.c, ParticipantRow.data_key)
        .join(ParticipantRow, ParticipantRow.id == CheckinRow.participant_id)
        .where(CheckinRow.stage == CheckinState.WAITING)
        .order_by(CheckinRow.id)
    )
    mine = sa.select(CheckinRow.id).where(CheckinRow.stage == CheckinState.WAITING)
    earlier = sa.select(CheckinRow.about).where(
        CheckinRow.stage == CheckinState.WAITING, CheckinRow.about.is_not(None)
    )
    abouts = sa.select(CheckinRow.id, CheckinRow.flow).where(CheckinRow.id.in_(earlier))
    said = (
        sa.select(*AnswerRow.__table__.c, ParticipantRow.data_key)
        .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant_id)
        .where(sa.or_(AnswerRow.session_id.in_(mine), AnswerRow.session_id.in_(earlier)))
    )
    vault = (await store.system_keys()).vault
    async with store.read_snapshot() as connection:
        rows = (await connection.execute(waits)).all()
        flows = {row.id: row.flow for row in (await connection.execute(abouts)).all()}
        answers: dict[int, dict[str, Answer]] = {}
        for row in (await connection.execute(said)).all():
            state, choices = open_choices(vault.key(row.data_key), row)
            answer = Answer(row.step, AnswerState(state), choices)
            answers.setdefault(row.session_id, {})[row.step] = answer
    found = []
    for row in rows:
        before = {flows[row.about]: answers.get(row.about, {})} if row.about in flows else {}
        way = open_position(vault.key(row.data_key), row)
        found.append(
            UnfinishedCheckin(row.id, session_of(row, way, answers.get(row.id, {}), before))
        )
    return found
