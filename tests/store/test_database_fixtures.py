"""Proves that each test gets an empty database of its own, and that the server can be restarted.

It tests the tests' own tools, nothing of the product.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from tests.support.database.databases import PostgresServer

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_a_database_is_empty_and_is_its_own(database_url: str, turn: str) -> None:
    url = make_url(database_url)
    engine = create_async_engine(url.set(drivername=DRIVERS[url.drivername]))
    async with engine.begin() as connection:
        # Either turn would fail here if the other's table were still there.
        await connection.execute(text("CREATE TABLE mark (turn TEXT)"))
        await connection.execute(text("INSERT INTO mark VALUES (:turn)"), {"turn": turn})
        kept = (await connection.execute(text("SELECT turn FROM mark"))).scalars().all()
    await engine.dispose()
    assert kept == [turn]


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_the_server_comes_back_on_its_port_with_what_was_committed(
    postgresql_server: PostgresServer, ending: str
) -> None:
    server = postgresql_server
    name = server.create_database()
    before = server.url(name)

    getattr(server, ending)()
    assert not server.is_running()
    with pytest.raises(ConnectionRefusedError):
        server.create_database()
    server.start()

    assert server.url(name) == before
    server.drop_database(name)  # fails if it were gone
