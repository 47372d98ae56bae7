"""Migrates one database and manages the copies of its file; see `migrations`, `file_copy`."""

from __future__ import annotations

import datetime as dt
from functools import partial
from pathlib import Path

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import system_clock
from bot.store import migrations
from bot.store.crypto.vault import Vault
from bot.store.maintenance import file_copy

log = structlog.get_logger()


class DatabaseUpkeep:
    """The tables of one database, as a whole."""

    def __init__(self, engine: AsyncEngine, vault: Vault, folder: Path) -> None:
        self._engine = engine
        self._vault = vault
        self._folder = folder
        name = engine.url.database if engine.dialect.name == "sqlite" else None
        self._left = False
        # None also for a database in memory, of which there is no file to copy.
        self._file = Path(name) if name and name != ":memory:" else None

    async def migrate(
        self, run: migrations.Run | None = None, now: dt.datetime | None = None
    ) -> None:
        """Migrates the tables; `run` replaces the upgrade for Alembic's own commands.

        Raises:
            CopyFailed, SchemaOutdated, MigrationRefused: nothing was changed then.
        """
        run = run or partial(migrations.upgrade, folder=self._folder)
        copy = partial(self._copy, now or system_clock())
        await migrations.guarded(self._engine, self._folder, run, copy)

    def upgrade(self, connection: sa.Connection, to: str = "head") -> None:
        """Migrates to a revision, within the caller's guarded transaction."""
        migrations.upgrade(connection, self._folder, to)

    def known(self) -> list[str]:
        """The revisions that this version has migrations for, oldest first."""
        return migrations.known_revisions(self._folder)

    def revisions(self, connection: sa.Connection) -> tuple[str | None, str | None]:
        """The revision a connection's database is at, and the one this version needs.

        Raises:
            SchemaOutdated: it is one that this version does not know.
        """
        return migrations.revisions(connection, self._folder)

    def remove_copies(self, now: dt.datetime | None = None) -> None:
        """Removes the copies made before migrations: all, or at a moment those that are too old.

        They contain participants' keys, so they are removed with the first row that a participant
        deletes.
        """
        if self._file is not None:
            before = None if self._left or now is None else (now - file_copy.KEPT_FOR).date()
            try:
                count = file_copy.remove_copies(self._file, before)
            except OSError as error:
                # The deletion goes ahead all the same; the next clean-up retries the copy.
                log.error("database.copy_not_removed", error=type(error).__name__)  # noqa: TRY400
                self._left = self._left or before is None
                return
            self._left = False
            if count:
                log.info("database.copies_removed", count=count)

    def _copy(self, now: dt.datetime, at: str) -> None:
        if self._file is not None:
            path = file_copy.write_copy(self._vault, self._file, at, now)
            log.info("database.copied", file=path.name, kept_days=file_copy.KEPT_FOR.days)
