"""Reads a backup and a key file into an empty database: all of those whose keys are still there.

Sends nothing, and sees to it that nothing old is sent later either.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.backup import Everyones, NotEmpty, Restored, read_backup, read_keys
from bot.store.house import House, house_keys
from bot.store.sealed_file import NotABackup
from bot.store.store import Store
from bot.store.tables import Base, Due, FollowUpRow, KeyringRow, ParticipantRow
from bot.store.vault import Vault

AT_ONCE = 100


async def restore_backup(
    store: Store, vault: Vault, path: Path, keys: Path, now: dt.datetime
) -> Restored:
    """Reads a backup into an empty database, making its tables.

    All or nothing: a file that is not whole leaves the database as it was.

    Raises:
        DatabaseAway, NotABackup, WrongKey: see `backup`.
        NotEmpty: when people are in the database already.
    """
    found = read_keys(vault, keys)
    ours = house_keys(vault, found.house)
    house = House(vault, ours["chats"], ours["house"])
    gone: set[tuple[str, int]] = set()
    rows = read_backup(vault, path, house, found, gone)
    _, head = next(rows)
    async with store.connection() as connection:
        await connection.run_sync(store.upgrade)
        _, needed = await connection.run_sync(store.revisions)
        if head["revision"] != needed:
            raise NotABackup(
                f"{path} was made at revision {head['revision']}, this version is at {needed}:"
                " restore with the version that made it, then upgrade"
            )
        if (await connection.execute(sa.select(ParticipantRow.id).limit(1))).first():
            raise NotEmpty("the database already holds people; restore into an empty one")
        for table in reversed(Base.metadata.sorted_tables):
            await connection.execute(sa.delete(table))
        count = await _fill(connection, found, rows)
        uncertain = await _nothing_old(connection, now)
        await _set_counters(connection)
    people = sum(whose == "participants" for whose, _ in gone)
    return Restored(count, people, uncertain)


async def _fill(
    connection: AsyncConnection, found: Everyones, rows: Iterator[tuple[str, dict[str, Any]]]
) -> int:
    ring = [{"name": name, "wrapped": wrapped} for name, wrapped in found.house.items()]
    await connection.execute(sa.insert(KeyringRow), ring)
    waiting: list[dict[str, Any]] = []
    last, count = "", 0
    for name, row in rows:
        if name != last or len(waiting) >= AT_ONCE:
            await _insert(connection, last, waiting)
            last, waiting = name, []
        waiting.append(row)
        count += 1
    await _insert(connection, last, waiting)
    return count


async def _insert(connection: AsyncConnection, name: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.execute(sa.insert(Base.metadata.tables[name]), rows)


async def _nothing_old(connection: AsyncConnection, now: dt.datetime) -> int:
    """What was due by now may have been sent after the backup was made: it is not sent again."""
    statement = (
        sa.update(FollowUpRow)
        .where(
            FollowUpRow.state.in_((Due.WAITING, Due.CLAIMED, Due.SENDING)),
            sa.or_(FollowUpRow.due_at <= now, FollowUpRow.state != Due.WAITING),
        )
        .values(state=Due.UNCERTAIN, outcome=None, lease_until=None, ended_at=now)
    )
    return (await connection.execute(statement)).rowcount


async def _set_counters(connection: AsyncConnection) -> None:
    """Lets PostgreSQL count on from the highest number; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None:
            continue
        await connection.execute(
            sa.select(
                sa.func.setval(
                    sa.func.pg_get_serial_sequence(table.name, column.name),
                    sa.select(sa.func.coalesce(sa.func.max(column), 1)).scalar_subquery(),
                )
            )
        )
