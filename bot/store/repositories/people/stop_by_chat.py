"""Stops all participants of a chat without decrypting, or reading, their rows.

For rows that cannot be decrypted, or a database with a broken table: a stop is a stop.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.store.repositories.people.follow_up_rows import OPEN
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow

log = structlog.get_logger()


async def stop_blindly(connection: AsyncConnection, chat_hash: bytes, now: dt.datetime) -> None:
    """Ends all contact with a chat; a part that cannot be written stops no other part."""
    row = ParticipantRow
    here = sa.or_(row.chat_hash == chat_hash, row.aside_hash == chat_hash)
    people = sa.select(row.id).where(here).scalar_subquery()
    statements: Sequence[sa.Update | sa.Delete] = (
        sa.update(row)
        .where(here, row.state != ParticipantState.STOPPED)
        .values(state=ParticipantState.STOPPED, moved_at=now, waits=None, waits_since=None),
        sa.update(FollowUpRow)
        .where(FollowUpRow.participant_id.in_(people), FollowUpRow.state.in_(OPEN))
        .values(state=FollowUpState.DROPPED, outcome="stop", ended_at=now, lease_until=None),
        sa.update(CheckinRow)
        .where(CheckinRow.participant_id.in_(people), CheckinRow.stage == CheckinState.WAITING)
        .values(stage=CheckinState.STOPPED, ended_at=now),
        sa.delete(OutboxRow).where(OutboxRow.chat_hash == chat_hash),
    )
    for statement in statements:
        try:
            async with connection.begin_nested():
                await connection.execute(statement)
        except DBAPIError as error:
            log.warning("stop.in_part", table=str(statement.table), error=type(error).__name__)
