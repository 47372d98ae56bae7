"""Runs migrations: on the connection the bot hands over, or on CHECKIN_DATABASE_URL (or `url`)."""

from __future__ import annotations

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from bot.store.migrations import RowCountWatch
from bot.store.tables import Base


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,  # SQLite cannot alter a column in place
        compare_type=True,
        user_module_prefix="tables.",
        on_version_apply=RowCountWatch(connection),
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run_alone() -> None:
    from bot.settings import read_settings
    from bot.store.opening import begin_store, open_store

    os.umask(0o077)  # a file that is made here is for its owner alone
    given = {name: context.config.attributes.get(name) for name in ("url", "secret_keys")}
    named = {"database_url": given["url"], "secret_keys": given["secret_keys"]}
    settings = read_settings(**{k: v for k, v in named.items() if v is not None})
    # A key is made by the bot's own first start alone.
    store = begin_store(settings) if settings.secret_keys else open_store(settings)
    try:
        await store.migrate(_run)
    finally:
        await store.close()


if (handed := context.config.attributes.get("connection")) is not None:
    _run(handed)
else:
    asyncio.run(_run_alone())
