"""How the bot's jobs go, written down for another process to read.

Decides nothing about what is well; see `bot.jobs.scheduler`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables.operation_tables import JobRow

ALIVE = "alive"
"""A row beside the jobs' own, which a stop leaves: when the bot was last at work."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """How one job goes: `error` is the kind of what its last round failed with, if it did."""

    name: str
    every: int
    well: bool
    begun_at: dt.datetime
    succeeded_at: dt.datetime | None = None
    failed_at: dt.datetime | None = None
    running_since: dt.datetime | None = None
    error: str | None = None


async def write_beats(store: Database, beats: Sequence[Heartbeat], now: dt.datetime) -> None:
    """Writes them in place of what stood there.

    Raises:
        DatabaseUnavailable: nothing was written.
    """
    alive = Heartbeat(ALIVE, 0, True, now)
    rows = [{**asdict(beat), "written_at": now} for beat in (*beats, alive)]
    async with store.transaction() as connection:
        # Two bots on one database: whoever writes last; each says by itself how its own jobs go.
        await connection.execute(sa.delete(JobRow))
        await connection.execute(sa.insert(JobRow), rows)


async def last_alive(store: Database) -> dt.datetime | None:
    """When a bot was last at work on this database; None where none ever was."""
    statement = sa.select(JobRow.written_at).where(JobRow.name == ALIVE)
    async with store.read_snapshot() as connection:
        return (await connection.execute(statement)).scalar_one_or_none()


async def read_beats(store: Database) -> list[tuple[Heartbeat, dt.datetime]]:
    """The jobs of the bot that ran last, each with when that was written; none after a stop."""
    async with store.read_snapshot() as connection:
        rows = (
            await connection.execute(
                sa.select(JobRow).where(JobRow.name != ALIVE).order_by(JobRow.name)
            )
        ).all()
    return [
        (
            Heartbeat(
                row.name,
                row.every,
                row.well,
                row.begun_at,
                row.succeeded_at,
                row.failed_at,
                row.running_since,
                row.error,
            ),
            row.written_at,
        )
        for row in rows
    ]
