"""The quick way to SQLite gives every row, in whatever way it is asked for them."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.sql import sqlite_driver

NUMBERS = """
WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < :most)
SELECT x FROM n WHERE x <= :most
"""


@pytest.mark.parametrize(
    "most",
    [
        0,
        1,
        sqlite_driver.PREFETCH_ROWS - 1,
        sqlite_driver.PREFETCH_ROWS,
        sqlite_driver.PREFETCH_ROWS + 1,
        3_500,
    ],
)
async def test_every_row_comes(most: int, tmp_path: Path) -> None:
    opened = partial(sqlite_driver.connect, str(tmp_path / "x.db"), check_same_thread=False)
    engine = create_async_engine("sqlite+aiosqlite://", async_creator=opened)
    wanted = list(range(1, most + 1))
    async with engine.connect() as connection:
        whole = await connection.execute(sa.text(NUMBERS), {"most": most})
        assert list(whole.scalars()) == wanted
        streamed = await connection.stream(sa.text(NUMBERS), {"most": most})
        assert [number async for number in streamed.scalars()] == wanted
    await engine.dispose()


async def test_each_way_of_fetching_takes_up_where_the_last_ended(tmp_path: Path) -> None:
    connection = await sqlite_driver.connect(str(tmp_path / "x.db"), check_same_thread=False)
    most = sqlite_driver.PREFETCH_ROWS + 500
    cursor = await connection.cursor().execute(NUMBERS, {"most": most})  # type: ignore[attr-defined]
    found = [await cursor.fetchone(), *await cursor.fetchmany(10)]
    found += await cursor.fetchmany(most)
    found += [*await cursor.fetchall(), await cursor.fetchone()]
    assert found == [*((n,) for n in range(1, most + 1)), None]
    await cursor.close()
    with pytest.raises(sqlite3.OperationalError):
        await connection.cursor().execute("SELECT nothing")  # type: ignore[attr-defined]
    await connection.close()
