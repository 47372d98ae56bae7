"""Many rows at once stand in the table as SQLAlchemy itself would have written them."""

from __future__ import annotations

import datetime as dt
import enum
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.settings import ROOT
from bot.store.crypto.vault import Vault, new_master
from bot.store.database import Database
from bot.store.sql.bulk_writer import BulkWriter
from bot.store.tables import UtcTime
from bot.store.tables.column_types import RowId, enum_column


async def rows_sent(connection: AsyncConnection, statement: Any, rows: Any) -> None:
    """Sends rows at once."""
    several = BulkWriter(connection)
    several.add(statement, rows)
    await several.flush()


class Colour(enum.StrEnum):
    """As a column has it."""

    RED = "red"
    GREEN = "green"


KINDS = sa.Table(
    "kinds",
    sa.MetaData(),
    sa.Column("id", RowId, primary_key=True, autoincrement=False),
    sa.Column("words", sa.String(40)),
    sa.Column("colour", enum_column(Colour)),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("listed", sa.JSON),
    sa.Column("is_so", sa.Boolean, nullable=False),
    sa.Column("day", sa.Date),
    sa.Column("at", UtcTime),
    sa.Column("tries", sa.Integer, default=3),
    sa.Column("noted", sa.Boolean, server_default=sa.false()),
)
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
IN_KABUL = dt.datetime(2026, 3, 1, 23, 59, 59, 123456, tzinfo=dt.timezone(dt.timedelta(hours=4.5)))
ROWS: list[dict[str, Any]] = [
    {
        "id": number,
        "words": words,
        "colour": colour,
        "sealed": sealed,
        "listed": listed,
        "is_so": number % 2 == 0,
        "day": day,
        "at": at,
    }
    for number, (words, colour, sealed, listed, day, at) in enumerate(
        [
            ("a", Colour.RED, b"\0\xff", ["x"], dt.date(2026, 1, 2), NOON),
            ("", Colour.GREEN, b"", [], None, NOON),
            (None, None, None, None, None, None),
            ("“قف”'; DROP", Colour.RED, b"'", {"a": [1, None, "é"]}, dt.date(1, 1, 1), IN_KABUL),
        ],
        start=2**62,
    )
]
UPDATE = (
    sa.update(KINDS)
    .where(KINDS.c.id == sa.bindparam("b_id"), ~KINDS.c.noted)
    .values(colour=sa.bindparam("b_colour"), at=sa.bindparam("b_at"), noted=True, words="same")
)
CHANGES = [{"b_id": row["id"], "b_colour": row["colour"], "b_at": IN_KABUL} for row in ROWS[1:]]
DELETE = sa.delete(KINDS).where(KINDS.c.id == sa.bindparam("b_id"), KINDS.c.tries == 3)


def upsert(kind: str) -> Any:
    statement: Any = (sqlite if kind == "sqlite" else postgresql).insert(KINDS)
    changed = {"words": statement.excluded.words, "sealed": statement.excluded.sealed}
    return statement.on_conflict_do_update(index_elements=["id"], set_=changed)


@pytest.fixture
def store(empty_database_url: str) -> Database:
    return Database(empty_database_url, Vault([new_master()]), Path(ROOT) / "alembic")


async def afterwards(store: Database, *, quick: bool) -> list[Any]:
    """What stands in the table after each of some changes, made the one way or the other."""
    found: list[Any] = []

    async def send(connection: AsyncConnection, statement: Any, rows: Any) -> None:
        if quick:
            await rows_sent(connection, statement, rows)
        else:
            await connection.execute(statement, rows)
        # As the database has it, not only as SQLAlchemy reads it back.
        raw = await connection.exec_driver_sql("SELECT * FROM kinds ORDER BY id")
        found.append((raw.all(), (await connection.execute(sa.select(KINDS))).all()))

    kind = store.engine.dialect.name
    async with store.engine.begin() as connection:
        await connection.run_sync(KINDS.metadata.create_all)
        await send(connection, sa.insert(KINDS), ROWS[:1])
        await send(connection, sa.insert(KINDS), ROWS[1:])
        again = [{**row, "words": "again", "sealed": b"again"} for row in ROWS[::-1]]
        await send(connection, upsert(kind), again)
        await send(connection, UPDATE, CHANGES)
        await send(connection, DELETE, [{"b_id": row["id"]} for row in ROWS[:2]])
        await connection.run_sync(KINDS.metadata.drop_all)
    return found


async def test_it_is_what_would_stand_there_anyway(store: Database) -> None:
    slow, quick = await afterwards(store, quick=False), await afterwards(store, quick=True)
    await store.engine.dispose()
    assert quick == slow
    assert [len(seen) for seen, _ in quick] == [1, 4, 4, 4, 2]
    assert [row.tries for row in quick[1][1]] == [3] * 4


async def test_a_row_the_database_refuses_is_the_same_error(store: Database) -> None:
    async with store.engine.connect() as connection:
        await connection.run_sync(KINDS.metadata.create_all)
        await rows_sent(connection, sa.insert(KINDS), ROWS)
        with pytest.raises(IntegrityError) as refused:
            await rows_sent(connection, sa.insert(KINDS), ROWS[3:])
        assert "DROP" not in str(refused.value)  # what was in it is nobody's to read in a log
        assert "kinds" in str(refused.value.statement)
    await store.engine.dispose()
