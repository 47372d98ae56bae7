"""Backups for an operator: written, restored, and explained.

What a restore brings back is decided in `bot.store.maintenance.restore`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TypeVar

from bot.clock import Clock
from bot.settings import Settings
from bot.store.database import Database
from bot.store.maintenance.backup import KEYS_NAME, write_backup, write_keys
from bot.store.maintenance.file_copy import is_copy, restore_copy
from bot.store.maintenance.restore import Restored, restore_backup
from bot.store.opening import empty_store, open_store, open_vault

T = TypeVar("T")


async def back_up(settings: Settings, clock: Clock, file: Path, keys: Path | None) -> list[str]:
    """Writes a backup and the key file; returns the lines to print."""
    store, beside = open_store(settings), keys or file.with_name(KEYS_NAME)
    work = write_backup(store, open_vault(settings), file, beside, now=clock())
    count = await closing(store, work)
    return [
        f"{file}: {count} rows. Keep it apart from the master keys.",
        f"{beside}: the keys, and who has stopped. Keep only the newest, and no old copy of it.",
    ]


async def save_keys(settings: Settings, clock: Clock, file: Path) -> list[str]:
    """Writes the key file alone; returns the lines to print."""
    store = open_store(settings)
    work = write_keys(store, open_vault(settings), file, now=clock())
    return [f"{file}: the keys of {await closing(store, work)} people. Keep only the newest."]


async def restore(
    settings: Settings, clock: Clock, file: Path, keys: Path | None, *, nothing_was_lost: bool
) -> list[str]:
    """Restores a backup, or on SQLite a copy made before an update; returns the lines to print."""
    if settings.sqlite_file is not None and is_copy(file):
        where = settings.sqlite_file
        count = restore_copy(open_vault(settings), file, where, clock())
        return [
            f"{where}: {count} rows, as they stood before the update.",
            "Nobody is written to until they write first.",
        ]
    store, beside = empty_store(settings), keys or file.with_name(KEYS_NAME)
    work = restore_backup(
        store, open_vault(settings), file, beside, clock(), nothing_was_lost=nothing_was_lost
    )
    return list(_said(await closing(store, work), beside))


def _said(found: Restored, keys: Path) -> Iterator[str]:
    yield f"{found.rows} rows restored."
    if found.skipped:
        yield f"Left out whole, because their key is gone: {found.skipped}"
    if found.ledger_at is None:
        yield (
            f"{keys} is of an older version: it does not say who has stopped since, taken something"
            " back, shared less, or moved to another phone. Whoever did so has to do it again."
        )
    else:
        yield (
            f"{keys} knew what everybody allowed at {found.ledger_at:%Y-%m-%d %H:%M} UTC; for"
            f" {found.lessened} people that was not what the backup says, and it was kept to."
        )
    if found.older:
        yield (
            "It is older than the backup, so it does not know what came between. Was that the"
            " newest key file?"
        )
    if found.uncertain:
        yield f"{found.uncertain} hellos were due by now; none of them is sent again."
    if found.only_first:
        yield (
            f"{found.only_first} people are now written to only if they write first: nobody knows"
            " who has stopped at the end. They can change that in Safety first. Let the workers"
            " know, so that they can tell their people."
        )
    if found.invites:
        yield f"{found.invites} invites of workers were ended, for they may have been used."
    yield "Look at `checkin workers list`: whoever was removed at the end has to be removed again."


async def closing(store: Database, work: Awaitable[T]) -> T:
    """The result of some work; the database is closed afterwards."""
    try:
        return await work
    finally:
        await store.close()
