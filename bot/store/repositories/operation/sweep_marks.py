"""The times at which the clean-up has looked for expired rows.

Rows are deleted in two steps, days apart: only what was expired at such a moment, two days or more
ago, and still is. A clock that is wrong for less than that deletes nothing.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables.operation_tables import SweepMarkRow

APART = dt.timedelta(days=2)


async def mark(store: Database, now: dt.datetime) -> dt.datetime | None:
    """Records this moment; returns the newest one that is two days old, None when there is none."""
    at = SweepMarkRow.at
    async with store.transaction() as connection:
        # Recorded by a clock that was wrong: it never counts.
        await connection.execute(sa.delete(SweepMarkRow).where(at > now))
        marks = list((await connection.execute(sa.select(at))).scalars())
        if now not in marks:
            await connection.execute(sa.insert(SweepMarkRow).values(at=now))
        horizon = max((each for each in marks if each <= now - APART), default=None)
        if horizon is not None:
            await connection.execute(sa.delete(SweepMarkRow).where(at < horizon))
    return horizon
