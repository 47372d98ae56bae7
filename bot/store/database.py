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

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.domain.states import CheckinState
from bot.store import migrations
from bot.store.crypto.system_keys import SYSTEM_KEYS, SystemKeys, new_system_key, read_system_keys
from bot.store.crypto.vault import Vault, WrongKey
from bot.store.maintenance import case_key_upgrade
from bot.store.maintenance.database_upkeep import DatabaseUpkeep
from bot.store.migrations import SchemaOutdated
from bot.store.queries.report_data import ReportQuery
from bot.store.queries.visibility import VisibilityCheck, stopped_elsewhere
from bot.store.repositories.delivery.chat_message_repository import (
    ChatMessageRepository,
    delivered,
    remove_delivered,
)
from bot.store.repositories.work import shown_messages
from bot.store.sql.engine import (
    HELD,
    PATIENCE,
    READING,
    code_of,
    may_be_cured,
    open_engine,
    trouble,
)
from bot.store.sql.statements import insert_ignore
from bot.store.tables.checkin_tables import CheckinRow, FlowVersionRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.unit_of_work import UnitOfWork
from bot.store.write_buffer import WriteBuffer
from flows.engine import Flow

log = structlog.get_logger()

HURRY = "SET LOCAL lock_timeout = '250ms'"
AS_LONG_AS_IT_TAKES = "SET LOCAL idle_in_transaction_session_timeout = 0"


class DatabaseUnavailable(Exception):
    """The database cannot be reached just now; retrying later may help."""


class DatabaseLocked(DatabaseUnavailable):
    """A row stays locked by another transaction for too long; other rows are free."""


class WriteFailed(DatabaseUnavailable):
    """Some rows cannot be written, by a fault that may last; others can."""


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
        self._resting = False
        self._under_way = 0
        self._none_under_way = asyncio.Event()
        self._none_under_way.set()
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
                    await self._refuse_wrong_key(connection)
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
                self._system_keys = await self._keyring(connection)
                await self._remember(connection, flows, now)
            await self._give_case_keys()

    async def save_flow_versions(self, flows: Iterable[Flow], now: dt.datetime) -> None:
        """Stores the source of flows before any participant is asked from them.

        Raises:
            DatabaseUnavailable: it cannot be reached.
        """
        async with self.transaction() as connection:
            await self._remember(connection, flows, now)

    async def pause(self) -> None:
        """Refuses transactions until `resume`, and returns when those in progress have ended.

        A task cancelled then is cancelled between two transactions. Within one, SQLite's driver
        leaves the lock behind, and every other one waits until it times out.
        """
        self._resting = True
        await self._none_under_way.wait()

    def resume(self) -> None:
        """Allows transactions again."""
        self._resting = False

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
        async with self.read_with_keys() as (connection, house):
            if self.engine.dialect.name == "postgresql":
                # it blocks no other transaction
                await connection.exec_driver_sql(AS_LONG_AS_IT_TAKES)
            yield ReportQuery(connection, house)

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
        said = [
            {"b_id": r["session_id"], "b_turn": r["turn"], "b_message": r["message_id"]}
            for r in rows
            if r["session_id"] is not None
        ]
        if not rows:
            return
        try:
            async with self.transaction(hurry=hurry) as connection:
                assert self._system_keys is not None, "open() first"  # noqa: S101
                writes = WriteBuffer(connection)
                sent = writes.bulk
                chats = ChatMessageRepository(connection, self._system_keys, writes)
                sent.add(_SAID, said)
                remove_delivered(sent, self._system_keys, rows)
                chats.add(delivered(rows))
                shown_messages.add(sent, self._system_keys, rows, connection.dialect.name)
                chats.mark_deleted((row["chat"], n) for row in rows for n in row.get("gone", ()))
                await sent.flush()
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
        still_asked = sa.exists().where(
            CheckinRow.id == OutboxRow.session_id,
            CheckinRow.stage == CheckinState.WAITING,
            CheckinRow.turn <= OutboxRow.turn,
        )
        past = sa.delete(OutboxRow).where(
            OutboxRow.at <= now - age, OutboxRow.session_id.is_not(None), ~still_asked
        )
        earlier = aliased(OutboxRow)
        # An entry claimed a moment ago that could not be sent still comes before newer ones.
        after_another = sa.exists().where(
            earlier.chat_hash == OutboxRow.chat_hash,
            earlier.first_at < OutboxRow.first_at,
            earlier.at > now - age,
            ~earlier.held,
        )
        due = (
            sa.select(OutboxRow.id)
            .where(OutboxRow.at <= now - age, OutboxRow.id.not_in(list(but)[:500]), ~OutboxRow.held)
            .where(~after_another)
            .order_by(OutboxRow.at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        take = (
            sa.update(OutboxRow)
            .where(OutboxRow.id.in_(due.scalar_subquery()))
            .values(at=now)
            .returning(OutboxRow.id, OutboxRow.body, OutboxRow.first_at)
        )
        async with self.transaction() as connection:
            await connection.execute(past)
            rows = (await connection.execute(take)).all()
        found: list[tuple[dt.datetime, bytes]] = []
        for row in sorted(rows, key=lambda row: row.first_at):
            try:
                found.append((row.first_at, self._system_keys.key.open(row.body, "owed", row.id)))
            except WrongKey:  # one row must not hold up the others
                log.warning("owed.not_opened", reply=row.id)
        return found

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
        statement = sa.update(OutboxRow).where(OutboxRow.id.in_(list(owed))).values(held=True)
        async with self.transaction() as connection:
            await connection.execute(statement)

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[None]:
        if self._resting:
            raise DatabaseUnavailable("the bot is stopping")
        self._under_way += 1
        self._none_under_way.clear()
        try:
            yield
        except (OperationalError, OSError, TimeoutError, PoolTimeout) as error:
            raise DatabaseUnavailable(trouble(error)) from error
        except DBAPIError as error:
            if code_of(error) == HELD:
                raise DatabaseLocked("another holds a row") from error
            if may_be_cured(error):
                raise DatabaseUnavailable(trouble(error)) from error
            raise
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._none_under_way.set()

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
                await self._refuse_wrong_key(connection)
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

    async def _refuse_wrong_key(self, connection: AsyncConnection) -> None:
        """Stops before a database of another key is changed in any way."""
        names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
        if "keyring" in names:
            await self._opened(connection)

    async def _keyring(self, connection: AsyncConnection) -> SystemKeys:
        keys = await self._opened(connection)
        if not keys:
            new = [
                {"name": name, "wrapped": new_system_key(self._vault, name)[1]}
                for name in SYSTEM_KEYS
            ]
            # Another process may create them at the same moment: the first one's stay, for all.
            await connection.execute(insert_ignore(connection.dialect.name, KeyringRow), new)
            keys = await self._opened(connection)
        return SystemKeys(self._vault, keys["chats"], keys["house"])

    async def _opened(self, connection: AsyncConnection) -> dict[str, bytes]:
        rows = (await connection.execute(sa.select(KeyringRow))).all()
        return read_system_keys(self._vault, {row.name: row.wrapped for row in rows})

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
        keys = await self._opened(connection)
        if not keys:
            raise SchemaOutdated("no bot was ever started on this database: start it once")
        return SystemKeys(self._vault, keys["chats"], keys["house"])

    async def _give_case_keys(self) -> None:
        """Creates a key for every old case without one; does nothing from the second start on."""
        house = await self.system_keys()
        last: int | None = 0
        while last is not None:
            async with self.transaction() as connection:
                last = await case_key_upgrade.give_keys(connection, house, last)

    @staticmethod
    async def _remember(
        connection: AsyncConnection, flows: Iterable[Flow], now: dt.datetime
    ) -> None:
        known = set((await connection.execute(sa.select(FlowVersionRow.version))).scalars())
        rows = [
            {"version": f.version, "flow": f.name, "source": f.source, "first_seen": now}
            for f in flows
            if f.version not in known
        ]
        if rows:
            # Several processes may see the same change at the same moment.
            await connection.execute(insert_ignore(connection.dialect.name, FlowVersionRow), rows)


_SAID = (
    sa.update(CheckinRow)
    .where(CheckinRow.id == sa.bindparam("b_id"), CheckinRow.said_turn < sa.bindparam("b_turn"))
    .values(said_turn=sa.bindparam("b_turn"), said_message=sa.bindparam("b_message"))
)
