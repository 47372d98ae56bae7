"""Which versions of the questions there have been, and who is in the middle of one.

Never reads what anyone said: only which buttons were chosen, without a name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store.store import Store
from bot.store.tables import AnswerRow, FlowVersionRow, SessionRow, Stage
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
    waits = sa.select(SessionRow).where(SessionRow.stage == Stage.WAITING).order_by(SessionRow.id)
    mine = sa.select(SessionRow.id).where(SessionRow.stage == Stage.WAITING)
    earlier = sa.select(SessionRow.about).where(
        SessionRow.stage == Stage.WAITING, SessionRow.about.is_not(None)
    )
    abouts = sa.select(SessionRow.id, SessionRow.flow).where(SessionRow.id.in_(earlier))
    said = sa.select(
        AnswerRow.session_id, AnswerRow.step, AnswerRow.state, AnswerRow.choices
    ).where(sa.or_(AnswerRow.session_id.in_(mine), AnswerRow.session_id.in_(earlier)))
    async with store.snapshot() as connection:
        rows = (await connection.execute(waits)).all()
        flows = {row.id: row.flow for row in (await connection.execute(abouts)).all()}
        answers: dict[int, dict[str, Answer]] = {}
        for row in (await connection.execute(said)).all():
            answer = Answer(row.step, State(row.state), tuple(row.choices))
            answers.setdefault(row.session_id, {})[row.step] = answer
    return [Unfinished(row.id, _session(row, flows, answers)) for row in rows]


def _session(
    row: Any,
    flows: Mapping[int, str],
    answers: Mapping[int, Mapping[str, Answer]],
) -> Session:
    earlier = {flows[row.about]: answers.get(row.about, {})} if row.about in flows else {}
    return Session(
        flow=row.flow,
        version=row.version,
        step=row.step,
        turn=row.turn,
        trail=tuple(row.trail),
        passed=tuple(row.passed),
        picks=tuple(row.picks),
        begun=row.begun,
        answers=answers.get(row.id, {}),
        earlier=earlier,
    )
