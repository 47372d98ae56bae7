"""Counts of wrong private words, codes and digits, by a keyed hash of chat or scope."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql.statements import insert_ignore
from bot.store.tables.identity_tables import CodeAttemptRow

COUNTED_FOR = dt.timedelta(hours=25)
"""A day without a wrong one resets the count; a little more than the longest pause."""


def pause_after(wrong: int) -> dt.timedelta:
    """How long a chat waits after so many wrong ones in a row."""
    if wrong >= 10:
        return dt.timedelta(hours=24)
    minutes = {0: 0, 1: 0, 2: 0, 3: 1, 4: 5}.get(wrong, 30)
    return dt.timedelta(minutes=minutes)


async def locked_count(connection: AsyncConnection, by: bytes, now: dt.datetime) -> Any:
    """A count, created if missing, and locked until the transaction ends."""
    row = {"chat_hash": by, "wrong": 0, "at": now}
    await connection.execute(insert_ignore(connection.dialect.name, CodeAttemptRow), row)
    mine = sa.select(CodeAttemptRow).where(CodeAttemptRow.chat_hash == by)
    return (await connection.execute(mine.with_for_update())).one()


async def change_count(connection: AsyncConnection, by: bytes, **values: Any) -> None:
    """Updates an existing count."""
    statement = sa.update(CodeAttemptRow).where(CodeAttemptRow.chat_hash == by)
    await connection.execute(statement.values(**values))


async def count_wrong(connection: AsyncConnection, by: bytes, now: dt.datetime) -> None:
    """Counts one more wrong one, and sets when the next may be tried."""
    row = await locked_count(connection, by, now)
    count = row.wrong + 1 if row.at > now - COUNTED_FOR else 1
    await change_count(connection, by, wrong=count, next_at=now + pause_after(count), at=now)
