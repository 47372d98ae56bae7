"""Runs migrations: on the connection the bot hands over, or on CHECKIN_DATABASE_URL (or `url`)."""

from __future__ import annotations

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.store import DRIVERS
from bot.store.tables import Base


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter a column in place
        compare_type=True,
        user_module_prefix="tables.",
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_alone() -> None:
    from bot.settings import read_settings

    url = context.config.attributes.get("url") or read_settings().database_url
    kind, _, rest = url.partition("://")
    engine = create_async_engine(f"{DRIVERS[kind]}://{rest}")
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    _run(given)
else:
    asyncio.run(_run_alone())
