"""Migrates the tables: guarded, all or nothing, on both databases.

Used by the bot's start on SQLite, by `checkin migrate` and, through `alembic/env.py`, by Alembic's
own commands. A migration may declare what it removes on purpose:

    removes = {"table": "why its rows, or some of them, may go"}
    renames = {"old table": "new table"}
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.optional_imports import without_colours

log = structlog.get_logger()

VERSIONS = "alembic_version"
_LOCK = 0x636865636B696E
"""The advisory lock that is held on PostgreSQL while one process migrates."""

Run = Callable[[sa.Connection], None]
Copy = Callable[[str], object]
"""Writes a copy of the database before a migration; takes the revision it is at."""


class SchemaOutdated(Exception):
    """The database's tables are not those of this version."""


class MigrationRefused(Exception):
    """A migration would have lost something; the database is as it was before."""


# --- which revision ------------------------------------------------------------------------------


def known_revisions(folder: Path) -> list[str]:
    """The revisions in the folder, oldest first: its files begin with their number."""
    files = (folder / "versions").glob("[0-9]*.py")
    return sorted(file.stem.partition("_")[0] for file in files)


def revisions(connection: sa.Connection, folder: Path) -> tuple[str | None, str | None]:
    """The revision a database is at (None: it has no tables), and the newest in the folder.

    Raises:
        SchemaOutdated: when the database is at a revision that the folder does not have.
    """
    at: str | None = None
    if sa.inspect(connection).has_table(VERSIONS):
        at = connection.scalar(sa.text(f"SELECT version_num FROM {VERSIONS}"))  # noqa: S608
    known = known_revisions(folder)
    if at is not None and at not in known:
        raise SchemaOutdated(
            f"the database is at {at}, and this version knows only up to {known[-1]}: it was made"
            " by a newer version. Use that one again, or restore a backup into an empty database"
        )
    return at, known[-1] if known else None


# --- migrating -----------------------------------------------------------------------------------


async def migrate(engine: AsyncEngine, folder: Path, copy: Copy | None = None) -> None:
    """Migrates the tables, in one guarded transaction.

    `copy` is called before anything is changed, where there are rows.

    Raises:
        CopyFailed: the copy cannot be written; nothing was changed.
        SchemaOutdated: the database is newer than this version.
        MigrationRefused: rows would have been lost; nothing was changed.
    """
    await guarded(engine, folder, lambda connection: upgrade(connection, folder), copy)


def upgrade(connection: sa.Connection, folder: Path, to: str = "head") -> None:
    """Runs Alembic's `upgrade` on a connection, within the caller's transaction."""
    # Imported here: it takes long to load, and most starts find all up to date.
    with without_colours():
        from alembic import command
        from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


async def guarded(engine: AsyncEngine, folder: Path, run: Run, copy: Copy | None = None) -> None:
    """Runs migrations in one transaction, of one process at a time.

    SQLite rebuilds a table by dropping it, which would delete all rows that refer to it: so its
    foreign keys are off meanwhile, and checked before the commit instead.

    Raises:
        CopyFailed, SchemaOutdated, MigrationRefused: as for `migrate`.
    """
    work = _guarded_sqlite if engine.dialect.name == "sqlite" else _guarded_postgresql
    async with engine.connect() as connection:
        await connection.run_sync(work, folder, run, copy)


def _guarded_sqlite(connection: sa.Connection, folder: Path, run: Run, copy: Copy | None) -> None:
    _foreign_keys(connection, on=False)
    try:
        with connection.begin():  # BEGIN IMMEDIATE: another process waits here until we are done
            at, head = revisions(connection, folder)
            if copy is not None and at is not None and at != head and any(_rows(connection)):
                copy(at)
            before = _broken(connection)
            run(connection)
            _refuse_broken(before, _broken(connection))
    finally:
        _foreign_keys(connection, on=True)


def _guarded_postgresql(
    connection: sa.Connection, folder: Path, run: Run, _copy: Copy | None
) -> None:
    with connection.begin():
        # A migration may wait for long, and may take long.
        for setting in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(sa.text(f"SET LOCAL {setting} = 0"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        revisions(connection, folder)
        run(connection)


def _foreign_keys(connection: sa.Connection, *, on: bool) -> None:
    # Past SQLAlchemy, which would begin a transaction: within one it has no effect.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
    cursor.close()


def _broken(connection: sa.Connection) -> Counter[tuple[str, str]]:
    """How many rows of a table refer to a missing row of another (SQLite)."""
    found = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return Counter((row[0], row[2]) for row in found)


def _refuse_broken(before: Counter[tuple[str, str]], after: Counter[tuple[str, str]]) -> None:
    if before:
        # Not our doing, and no reason to stay on the old version.
        log.warning(
            "migration.broken_before", rows=[f"{a} to {b}: {n}" for (a, b), n in before.items()]
        )
    if new := after - before:
        (table, parent), count = next(iter(sorted(new.items())))
        raise MigrationRefused(
            f"an update of the tables was undone: {count} rows of {table} would refer to rows of"
            f" {parent} that are gone. Nothing was changed. {ADVICE}"
        )


# --- rows before and after -----------------------------------------------------------------------

ADVICE = "Go on with the version you had, and tell whoever makes this program"


def _rows(connection: sa.Connection) -> list[int]:
    return list(count_rows(connection).values())


def count_rows(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table has, without Alembic's own."""
    names = [n for n in sa.inspect(connection).get_table_names() if n != VERSIONS]
    return {
        name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name))) or 0
        for name in names
    }


class RowCountWatch:
    """Counts every table's rows after each migration, and refuses one that has lost some.

    For Alembic's `on_version_apply`, which is called within the transaction.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._before = count_rows(connection)

    def __call__(self, *, step: Any, **_: Any) -> None:
        """Checks the result of one migration.

        Raises:
            MigrationRefused: rows are missing that it did not declare.
        """
        module = getattr(step.up_revision, "module", None)
        after = count_rows(self._connection)
        refuse_loss(
            step.up_revision_id,
            self._before,
            after,
            removes=getattr(module, "removes", {}),
            renames=getattr(module, "renames", {}),
        )
        self._before = after


def refuse_loss(
    revision: str,
    before: Mapping[str, int],
    after: Mapping[str, int],
    *,
    removes: Mapping[str, str],
    renames: Mapping[str, str],
) -> None:
    """Compares the rows of every table before and after a migration.

    Raises:
        MigrationRefused: a table has fewer, or is gone with some, and was not declared.
    """
    lost = [
        f"{name} had {count} rows and would have {left}"
        for name, count in sorted(before.items())
        if (left := after.get(renames.get(name, name), 0)) < count and name not in removes
    ]
    if lost:
        raise MigrationRefused(
            f"the update of the tables to {revision} was undone, for it would lose rows:"
            f" {'; '.join(lost)}. Nothing was changed. {ADVICE}"
        )
