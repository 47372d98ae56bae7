"""A database that cannot be used for a while: gone, or held by somebody else.

It checks nothing by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa

from tests.support.database.databases import PostgresServer
from tests.support.running_bot import Running


@asynccontextmanager
async def away(request: pytest.FixtureRequest, running: Running) -> AsyncIterator[None]:
    """Takes the database away for a while: its server stops, or its folder is gone."""
    file = running.bot.settings.sqlite_file
    if file is None:
        server: PostgresServer = request.getfixturevalue("postgresql_server")
        await asyncio.to_thread(server.stop)
        try:
            yield
        finally:
            await asyncio.to_thread(server.start)
        return
    await running.bot.store.engine.dispose()  # so that no open handle outlives the move
    gone = file.parent.with_name(f"{file.parent.name}-away")
    await asyncio.to_thread(file.parent.rename, gone)
    try:
        yield
    finally:
        await asyncio.to_thread(gone.rename, file.parent)


@asynccontextmanager
async def held(running: Running) -> AsyncIterator[None]:
    """The database is there, but nobody can commit while this lasts."""
    async with running.bot.store.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.text("LOCK TABLE updates_seen IN EXCLUSIVE MODE"))
        yield
