"""Which versions of the questions there have been, and who is in the middle of one.

Never reads what anyone said: only which buttons were chosen, without a name.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from bot.store.database import Store
from bot.store.repositories.people.checkin_rows import session_of
from bot.store.repositories.people.sealed_session import open_said, open_way
from bot.store.tables import AnswerRow, FlowVersionRow, ParticipantRow, SessionRow, Stage
from flows.engine import Answer, Session, State


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a flow. `number` counts from 1, by when it was first used."""

    flow: str
    number: int
    version: str
    source: str
    first_seen: dt.datetime
    waiting: int


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A check-in that waits for its person, known by its number alone."""

    id: int
    session: Session


async def versions(store: Store) -> list[Version]:
    """Every version there has been, oldest first, with how many people are in the middle of it."""
    waiting = (
        sa.select(SessionRow.version, sa.func.count().label("people"))
        .where(SessionRow.stage == Stage.WAITING)
        .group_by(SessionRow.version)
        .subquery()
    )
    statement = (
        sa.select(FlowVersionRow, sa.func.coalesce(waiting.c.people, 0).label("people"))
        .outerjoin(waiting, waiting.c.version == FlowVersionRow.version)
        .order_by(FlowVersionRow.first_seen, FlowVersionRow.version)
    )
    async with store.snapshot() as connection:
        rows = (await connection.execute(statement)).all()
    numbers: dict[str, int] = {}
    found = []
    for row in rows:
        number = numbers[row.flow] = numbers.get(row.flow, 0) + 1
        about = (row.flow, number, row.version, row.source, row.first_seen, row.people)
        found.append(Version(*about))
    return found


async def unfinished(store: Store) -> list[Unfinished]:
    """Every check-in that waits, without a word of what was said in it."""
    waits = (
        sa.select(*SessionRow.__table__.c, ParticipantRow.data_key)
        .join(ParticipantRow, ParticipantRow.id == SessionRow.participant_id)
        .where(SessionRow.stage == Stage.WAITING)
        .order_by(SessionRow.id)
    )
    mine = sa.select(SessionRow.id).where(SessionRow.stage == Stage.WAITING)
    earlier = sa.select(SessionRow.about).where(
        SessionRow.stage == Stage.WAITING, SessionRow.about.is_not(None)
    )
    abouts = sa.select(SessionRow.id, SessionRow.flow).where(SessionRow.id.in_(earlier))
    said = (
        sa.select(*AnswerRow.__table__.c, ParticipantRow.data_key)
        .join(ParticipantRow, ParticipantRow.id == AnswerRow.participant_id)
        .where(sa.or_(AnswerRow.session_id.in_(mine), AnswerRow.session_id.in_(earlier)))
    )
    vault = (await store.house()).vault
    async with store.snapshot() as connection:
        rows = (await connection.execute(waits)).all()
        flows = {row.id: row.flow for row in (await connection.execute(abouts)).all()}
        answers: dict[int, dict[str, Answer]] = {}
        for row in (await connection.execute(said)).all():
            state, choices = open_said(vault.key(row.data_key), row)
            answer = Answer(row.step, State(state), choices)
            answers.setdefault(row.session_id, {})[row.step] = answer
    found = []
    for row in rows:
        before = {flows[row.about]: answers.get(row.about, {})} if row.about in flows else {}
        way = open_way(vault.key(row.data_key), row)
        found.append(Unfinished(row.id, session_of(row, way, answers.get(row.id, {}), before)))
    return found
