"""Stops everybody of a chat without opening, or reading, a row of theirs.

For somebody whose rows do not open, or a database in which one table is broken: a stop is a stop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.repositories.people.participant_repository import OPEN
from bot.store.tables import (
    Due,
    FollowUpRow,
    Life,
    OwedRow,
    ParticipantRow,
    SessionRow,
    Stage,
)

log = structlog.get_logger()


async def stop_blindly(connection: AsyncConnection, chat_hash: bytes, now: dt.datetime) -> None:
    """Ends all contact with a chat; what cannot be written of it stops no other part."""
    row = ParticipantRow
    here = sa.or_(row.chat_hash == chat_hash, row.aside_hash == chat_hash)
    people = sa.select(row.id).where(here).scalar_subquery()
    statements: Sequence[sa.Update | sa.Delete] = (
        sa.update(row)
        .where(here, row.state != Life.STOPPED)
        .values(state=Life.STOPPED, moved_at=now, waits=None, waits_since=None),
        sa.update(FollowUpRow)
        .where(FollowUpRow.participant_id.in_(people), FollowUpRow.state.in_(OPEN))
        .values(state=Due.DROPPED, outcome="stop", ended_at=now, lease_until=None),
        sa.update(SessionRow)
        .where(SessionRow.participant_id.in_(people), SessionRow.stage == Stage.WAITING)
        .values(stage=Stage.STOPPED, ended_at=now),
        sa.delete(OwedRow).where(OwedRow.chat_hash == chat_hash),
    )
    for statement in statements:
        try:
            async with connection.begin_nested():
                await connection.execute(statement)
        except DBAPIError as error:
            log.warning("stop.in_part", table=str(statement.table), error=type(error).__name__)
