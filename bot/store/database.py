"""Opens and migrates the database, and provides transactions.

What is done inside a transaction is in `unit_of_work`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store import keyring, migrations
from bot.store.availability import TransactionGate, WriteFailed
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import Vault
from bot.store.maintenance import case_key_upgrade
from bot.store.maintenance.database_upkeep import DatabaseUpkeep
from bot.store.migrations import SchemaOutdated
from bot.store.queries.report_data import ReportQuery
from bot.store.queries.visibility import VisibilityCheck, stopped_elsewhere
from bot.store.repositories.delivery import outbox_delivery
from bot.store.repositories.operation import flow_sources
from bot.store.sql.engine import PATIENCE, READING, open_engine
from bot.store.unit_of_work import UnitOfWork
from flows.engine import Flow

log = structlog.get_logger()

HURRY = "SET LOCAL lock_timeout = '250ms'"
AS_LONG_AS_IT_TAKES = "SET LOCAL idle_in_transaction_session_timeout = 0"


class Database:
    """The database of one bot."""

    def __init__(self, url: str, vault: Vault, alembic_folder: Path) -> None:
        self.engine = open_engine(url)
        self._vault = vault
        self.upkeep = DatabaseUpkeep(self.engine, vault, alembic_folder)
        self.upgrade, self.revisions = self.upkeep.upgrade, self.upkeep.revisions
        self._system_keys: SystemKeys | None = None
        # SQLite allows one writer at a time, and a connection waiting for its lock gets it by
        # chance, perhaps only after it times out. This lock is a queue.
        self._turn: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self.engine.dialect.name == "sqlite" else nullcontext()
        )
        gate = TransactionGate()
        self._reaching, self.pause, self.resume = gate.reaching, gate.pause, gate.resume
        self.is_visible = VisibilityCheck(self._reaching, self.read_snapshot).is_visible
        self.needs_checkpoint = True
        """Whether a deletion happened that the write-ahead log may still contain (SQLite)."""

    async def open(self, now: dt.datetime, flows: Iterable[Flow]) -> None:
        """Prepares the database: tables, keys, and the flows in use.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            SchemaOutdated: PostgreSQL's tables are not up to date (SQLite migrates itself), or
                either's are of a newer version.
            CopyFailed, MigrationRefused: SQLite's cannot be migrated safely.
            WrongKey: the master keys do not open it; nothing has been changed then.
        """
        async with self._reaching():
            if self.engine.dialect.name == "sqlite":
                async with self.engine.connect() as connection:
                    await keyring.refuse_wrong_key(connection, self._vault)
                    at, head = await connection.run_sync(self.revisions)
                if at != head:
                    await self.upkeep.migrate(now=now)
            else:
                async with self.engine.connect() as connection:
                    at, head = await connection.run_sync(self.revisions)
                if at != head:
                    raise SchemaOutdated(
                        f"the database is at {at or 'nothing'}, this version needs {head}:"
                        " run `checkin migrate` (or `alembic upgrade head`)"
                    )
            async with self.engine.begin() as connection:
                self._system_keys = await keyring.open_or_create(connection, self._vault)
                await flow_sources.save_missing(connection, flows, now)
            await self._give_case_keys()

    async def save_flow_versions(self, flows: Iterable[Flow], now: dt.datetime) -> None:
        """Stores the source of flows before any participant is asked from them.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        async with self.transaction() as connection:
            await flow_sources.save_missing(connection, flows, now)

    async def close(self) -> None:
        """Closes the database."""
        await self.engine.dispose()

    @asynccontextmanager
    async def unit_of_work(self, *, hurry: bool = False) -> AsyncIterator[UnitOfWork]:
        """A transaction: committed when the block ends well, rolled back when it raises.

        In a `hurry` it hardly waits for a locked row.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            DatabaseLocked: a row stays locked for too long (PostgreSQL).
        """
        assert self._system_keys is not None, "open() first"  # noqa: S101
        async with self.transaction(hurry=hurry) as connection:
            uow = UnitOfWork(connection, self._system_keys)
            yield uow
            await uow.flush()
            if uow.writes.erased:  # before the commit: deleted data is then in no copy either
                self.upkeep.remove_copies()
        self.needs_checkpoint |= uow.writes.erased

    @asynccontextmanager
    async def transaction(self, *, hurry: bool = False) -> AsyncIterator[AsyncConnection]:
        """A bare transaction, for the other modules of this package.

        Raises:
            DatabaseUnavailable, DatabaseLocked: see `unit_of_work`.
        """
        async with self._reaching(), self._turn, self.engine.begin() as connection:
            if hurry and self.engine.dialect.name == "postgresql":
                await connection.exec_driver_sql(HURRY)
            yield connection

    @asynccontextmanager
    async def read_snapshot(self) -> AsyncIterator[AsyncConnection]:
        """The database as of one moment, for reading only; it blocks no other transaction.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        options: dict[str, Any] = {READING: True}
        if self.engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        async with self._reaching(), self.engine.connect() as connection:
            yield await connection.execution_options(**options)

    @asynccontextmanager
    async def read_with_keys(self) -> AsyncIterator[tuple[AsyncConnection, SystemKeys]]:
        """A snapshot with the keys that decrypt it.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        assert self._system_keys is not None, "open() first"  # noqa: S101
        async with self.read_snapshot() as connection:
            yield connection, self._system_keys

    @asynccontextmanager
    async def reporting(self) -> AsyncIterator[ReportQuery]:
        """The data of a report or an export, as of one moment.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        async with self.read_with_keys() as (connection, keys):
            if self.engine.dialect.name == "postgresql":
                # it blocks no other transaction
                await connection.exec_driver_sql(AS_LONG_AS_IT_TAKES)
            yield ReportQuery(connection, keys)

    async def outside(self, statement: str) -> Any:
        """Executes a fixed statement outside a transaction; returns its first value.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        async with self._reaching(), self._turn, self.engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None  # noqa: S101 - it is connected
            if self.engine.dialect.name == "postgresql":
                return await raw.fetchval(statement, timeout=3600)
            return next(iter(await raw.execute_fetchall(statement)), (None,))[0]

    async def checkpoint(self) -> bool:
        """Moves SQLite's write-ahead log into the file and empties it, after a deletion.

        Until then the log contains the pages as they were. False: a reader was active; try again.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        if not self.needs_checkpoint or self.engine.dialect.name != "sqlite":
            return True
        async with self._reaching(), self._turn, self.engine.connect() as connection:
            # Past SQLAlchemy, which would begin a transaction: within one there is no checkpoint.
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None  # noqa: S101 - it is connected
            # Do not wait for a reader, such as a backup.
            await raw.execute("PRAGMA busy_timeout=0")
            try:
                cursor = await raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                busy, *_ = await cursor.fetchone()
            finally:
                await raw.execute(f"PRAGMA busy_timeout={PATIENCE * 1000}")
        self.needs_checkpoint = bool(busy)
        return not busy

    async def mark_delivered(
        self, replies: Iterable[Mapping[str, Any]], *, hurry: bool = False
    ) -> None:
        """Removes delivered replies from the outbox and records which prompts were shown.

        Each row has `id`, `chat`, `session_id`, `turn` and the `message_id` it became, None where
        that is not known. Of several copies of a prompt the first counts: what came after it
        answers it. `stands` are the messages in the chat now, `gone` those no longer there; of
        a deferred one only the opening line was sent.

        Raises:
            DatabaseUnavailable: nothing is written; `WriteFailed`, where one of the rows may be
                why.
        """
        # In one order for all, so that two transactions cannot wait for each other.
        rows = sorted(replies, key=lambda row: row["session_id"] or 0)
        if not rows:
            return
        try:
            async with self.transaction(hurry=hurry) as connection:
                assert self._system_keys is not None, "open() first"  # noqa: S101
                await outbox_delivery.mark_delivered(connection, self._system_keys, rows)
        except SQLAlchemyError as error:
            raise WriteFailed(type(error).__name__) from error

    async def due_outbox(
        self, now: dt.datetime, age: dt.timedelta, but: Collection[int] = (), most: int = 500
    ) -> list[tuple[dt.datetime, bytes]]:
        """Claims outbox entries that are this old and not known to be delivered.

        Each with its commit time, oldest first, without those in `but` or deferred. A claimed one
        counts as new, so that of several processes one sends it. A question that the participant
        has passed, or has stopped, is deleted instead: it would come after the answer to it, or
        after the stop.
        """
        assert self._system_keys is not None, "open() first"  # noqa: S101
        async with self.transaction() as connection:
            rows = await outbox_delivery.claim_due(connection, now, age, but, most)
        return outbox_delivery.opened(self._system_keys, rows)

    async def stopped_elsewhere(self, chat: int, reply: int) -> bool:
        """Whether another process received a stop of this chat, and removed a reply to it.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        if self.engine.dialect.name == "sqlite":
            return False  # there is one process, and it knows
        assert self._system_keys is not None, "open() first"  # noqa: S101
        return await stopped_elsewhere(self.read_snapshot, self._system_keys.chat_hash(chat), reply)

    async def defer_outbox(self, owed: Collection[int]) -> None:
        """Defers replies until their participant's identity is confirmed."""
        async with self.transaction() as connection:
            await outbox_delivery.defer(connection, owed)

    # --- opening -----------------------------------------------------------------------------

    async def migrate(self, run: migrations.Run | None = None) -> tuple[str | None, str | None]:
        """Migrates the tables; returns the revision before and the current one.

        `run` replaces Alembic's `upgrade head` for Alembic's own commands.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            CopyFailed, SchemaOutdated, MigrationRefused, WrongKey: nothing was changed then.
        """
        async with self._reaching():
            async with self.engine.connect() as connection:
                await keyring.refuse_wrong_key(connection, self._vault)
                before, _ = await connection.run_sync(self.revisions)
            await self.upkeep.migrate(run)
            async with self.engine.connect() as connection:
                return before, (await connection.run_sync(self.revisions))[0]

    async def rewrite(self, work: migrations.Run) -> None:
        """Runs some work on all tables, in one transaction guarded as a migration is.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            CopyFailed, SchemaOutdated, MigrationRefused: nothing was changed then.
        """
        async with self._reaching(), self._turn:
            await self.upkeep.migrate(work)

    async def revision(self) -> tuple[str | None, str | None]:
        """The revision the database is at, and the one this version needs.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            SchemaOutdated: the database is of a newer version.
        """
        async with self.read_snapshot() as connection:
            return await connection.run_sync(self.revisions)

    def mask(self, number: int) -> int:
        """Masks a row id for a button; before the database is open, it stays as it is."""
        return self._system_keys.masks.mask(number) if self._system_keys is not None else number

    def unmask(self, number: int) -> int:
        """Restores a row id from a button; see `mask`."""
        return self._system_keys.masks.unmask(number) if self._system_keys is not None else number

    async def system_keys(self) -> SystemKeys:
        """The system keys, as they are in a database that is open elsewhere.

        Raises:
            DatabaseUnavailable: it cannot be reached.
            WrongKey: the master keys do not open it.
        """
        if self._system_keys is None:
            async with self.read_snapshot() as connection:
                self._system_keys = await self.system_keys_of(connection)
        return self._system_keys

    async def system_keys_of(self, connection: AsyncConnection) -> SystemKeys:
        """The same within a transaction.

        Raises:
            SchemaOutdated: no bot was ever started on this database.
            WrongKey: the master keys do not open it.
        """
        return await keyring.open_existing(connection, self._vault)

    async def _give_case_keys(self) -> None:
        """Creates a key for every old case without one; does nothing from the second start on."""
        keys = await self.system_keys()
        last: int | None = 0
        while last is not None:
            async with self.transaction() as connection:
                last = await case_key_upgrade.give_keys(connection, keys, last)
