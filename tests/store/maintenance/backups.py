"""Backups made and restored, and all that a database holds.

It checks nothing by itself.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.settings import Settings, read_settings
from bot.store.maintenance.backup import (
    KEYS_NAME,
    write_backup,
    write_keys,
)
from bot.store.maintenance.restore import Restored, restore_backup
from bot.store.opening import begin_store, open_vault
from bot.store.tables import Base
from tests.conftest import Time
from tests.support.running_bot import KEY

CANARY = "canary-7319 my brother knows"
GONE = "Quillfeather"
NOW = Time().now


def settings_for(url: str, key: str = KEY) -> Settings:
    """Settings for the database alone."""
    return read_settings(_env_file=None, database_url=url, secret_keys=key)


async def backed_up(url: str, path: Path, now: dt.datetime = NOW) -> int:
    """Writes a backup as the command does: with a connection of its own."""
    settings = settings_for(url)
    store = begin_store(settings)
    try:
        return await write_backup(store, open_vault(settings), path, now=now)
    finally:
        await store.close()


async def saved(url: str, keys: Path, now: dt.datetime = NOW) -> int:
    """Writes the key file alone, as the command does."""
    settings = settings_for(url)
    store = begin_store(settings)
    try:
        return await write_keys(store, open_vault(settings), keys, now=now)
    finally:
        await store.close()


async def restored(
    url: str,
    path: Path,
    key: str = KEY,
    keys: Path | None = None,
    now: dt.datetime = NOW,
    *,
    nothing_was_lost: bool = True,
) -> Restored:
    """Restores a backup as the command does."""
    settings = settings_for(url, key)
    store = begin_store(settings)
    beside = keys or path.with_name(KEYS_NAME)
    try:
        return await restore_backup(
            store, open_vault(settings), path, beside, now, nothing_was_lost=nothing_was_lost
        )
    finally:
        await store.close()


async def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table there is, as the program sees it."""
    store = begin_store(settings_for(url))
    found: dict[str, list[Any]] = {}
    try:
        async with store.engine.connect() as connection:
            names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
            for table in Base.metadata.sorted_tables:
                if table.name in names:
                    rows = (await connection.execute(sa.select(table))).all()
                    found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    finally:
        await store.close()
    return found


def files_of_backups(folder: Path) -> list[str]:
    """Every file there that is one, or its keys, or was to become one."""
    return sorted(p.name for p in folder.iterdir() if "backup" in p.name or ".keys" in p.name)
