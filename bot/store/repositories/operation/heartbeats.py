"""Heartbeats of the bot's jobs, for another process to read.

Which are healthy is decided in `bot.jobs.scheduler`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables.operation_tables import JobRow

ALIVE = "alive"
"""A row beside the jobs' own, which a stop leaves: when the bot last ran."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The state of one job: `error` is the type of its last round's error, if it failed."""

    name: str
    every: int
    well: bool
    begun_at: dt.datetime
    succeeded_at: dt.datetime | None = None
    failed_at: dt.datetime | None = None
    running_since: dt.datetime | None = None
    error: str | None = None


async def write_beats(store: Database, beats: Sequence[Heartbeat], now: dt.datetime) -> None:
    """Replaces the heartbeats.

    Raises:
        DatabaseUnavailable: nothing was written.
    """
    alive = Heartbeat(ALIVE, 0, True, now)
    rows = [{**asdict(beat), "written_at": now} for beat in (*beats, alive)]
    async with store.transaction() as connection:
        # Two bots on one database: the last one wins; each checks its own jobs by itself.
        await connection.execute(sa.delete(JobRow))
        await connection.execute(sa.insert(JobRow), rows)


async def last_alive(store: Database) -> dt.datetime | None:
    """When a bot last ran on this database; None where none ever did."""
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
