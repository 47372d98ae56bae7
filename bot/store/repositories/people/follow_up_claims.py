"""Follow-ups: claimed in batches, marked before sending, and their outcomes.

Which are sent is decided by the job.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from bot.domain.participant import FollowUp
from bot.domain.states import FollowUpState
from bot.store.database import Database
from bot.store.repositories.people.follow_up_rows import follow_up
from bot.store.tables.follow_up_tables import OPEN_FOLLOW_UPS, FollowUpRow

LEASE = dt.timedelta(minutes=5)
"""How long a claim or a send may take before another process may claim it again."""


_IS_OPEN = sa.text(OPEN_FOLLOW_UPS)


async def claim(store: Database, now: dt.datetime, most: int) -> list[FollowUp]:
    """Claims due follow-ups for this process, in one statement; others cannot claim the same.

    A claim whose lease expired is claimed again. A send whose lease expired has no known outcome:
    it becomes uncertain, and is never repeated.
    """
    lost = (
        sa.update(FollowUpRow)
        .where(
            _IS_OPEN,
            FollowUpRow.due_at <= now,
            FollowUpRow.state == FollowUpState.SENDING,
            FollowUpRow.lease_until < now,
        )
        .values(state=FollowUpState.UNCERTAIN, outcome=None, ended_at=now, lease_until=None)
    )
    due = (
        sa.select(FollowUpRow.id)
        .where(
            _IS_OPEN,
            FollowUpRow.due_at <= now,
            sa.or_(
                FollowUpRow.state == FollowUpState.WAITING,
                sa.and_(FollowUpRow.state == FollowUpState.CLAIMED, FollowUpRow.lease_until < now),
            ),
        )
        .order_by(FollowUpRow.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)  # SQLite ignores it: there one process owns the file
    )
    take = (
        sa.update(FollowUpRow)
        .where(FollowUpRow.id.in_(due.scalar_subquery()))
        .values(
            state=FollowUpState.CLAIMED, lease_until=now + LEASE, attempts=FollowUpRow.attempts + 1
        )
        .returning(FollowUpRow)
    )
    async with store.transaction() as connection:
        await connection.execute(lost)
        rows = (await connection.execute(take)).all()
    return [follow_up(row) for row in rows]


async def release(store: Database, ids: Collection[int]) -> None:
    """Releases claims: the next round checks them again."""
    statement = (
        sa.update(FollowUpRow)
        .where(FollowUpRow.id.in_(ids), FollowUpRow.state == FollowUpState.CLAIMED)
        .values(state=FollowUpState.WAITING, lease_until=None)
    )
    if ids:
        async with store.transaction() as connection:
            await connection.execute(statement)


async def next_due(store: Database) -> dt.datetime | None:
    """When the next follow-up falls due."""
    statement = sa.select(sa.func.min(FollowUpRow.due_at)).where(
        _IS_OPEN, FollowUpRow.state == FollowUpState.WAITING
    )
    async with store.transaction() as connection:
        found: dt.datetime | None = (await connection.execute(statement)).scalar()
    return found


async def record(
    store: Database,
    found: FollowUp,
    state: FollowUpState,
    now: dt.datetime,
    outcome: str | None = None,
    due_at: dt.datetime | None = None,
) -> None:
    """Records the outcome of a send. One that was stopped meanwhile stays so."""
    values: dict[str, Any] = {"state": state, "lease_until": None}
    if state is FollowUpState.WAITING:
        values["due_at"] = due_at
    else:
        values["ended_at"] = now
    if outcome is not None:
        values["outcome"] = outcome
    statement = (
        sa.update(FollowUpRow)
        .where(
            FollowUpRow.id == found.id,
            FollowUpRow.state.in_((FollowUpState.SENDING, FollowUpState.UNCERTAIN)),
        )
        .values(**values)
    )
    async with store.transaction() as connection:
        await connection.execute(statement)
