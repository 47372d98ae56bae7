"""SQLAlchemy engines for either database, with the settings each needs to be safe."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.config.database_url import kind_of, parsed
from bot.store.sql import sqlite_driver

READING = "checkin_reading"
"""The execution option of a connection that only reads."""
PATIENCE = 20
"""Seconds that SQLite waits for another connection's lock."""
READ_ONLY = "25006"
"""PostgreSQL's error code for a write on a replica."""
HELD = "55P03"
"""PostgreSQL's error code for a row that stays locked too long."""
CURABLE = {"08", "25", "40", "53", "57", "58", "XX"}
"""PostgreSQL's classes of errors that time or an operator may cure: connection, a server that only
reads (a former primary), two transactions in each other's way, resources, a restart, the disk,
damaged data (postgresql.org/docs/current/errcodes-appendix.html)."""
LIMITS = "SET lock_timeout = '3s'", "SET idle_in_transaction_session_timeout = '60s'"
"""PostgreSQL's own timeouts: a locked row, or a bot that froze while holding locks, must not hold
up everything. Set on each new connection, because a pool before the server may refuse them as part
of the URL."""
TROUBLES = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "its file or folder cannot be written to",
    "SQLITE_CANTOPEN": "its file cannot be opened",
    "SQLITE_BUSY": "another program holds it",
    "SQLITE_CORRUPT": "its file is damaged",
    "SQLITE_NOTADB": "the file is no database",
    "SQLITE_IOERR": "its disk gives errors, or is full",
}
"""What SQLite's errors mean to an operator (sqlite.org/rescode.html)."""
_JSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}


def code_of(error: DBAPIError) -> str:
    """PostgreSQL's code of an error; empty on SQLite."""
    return str(getattr(error.orig, "sqlstate", None) or "")


def trouble(error: BaseException) -> str:
    """The kind of an error, and its meaning where known; never its own message."""
    name = str(getattr(getattr(error, "orig", None), "sqlite_errorname", ""))
    meant = next((words for code, words in TROUBLES.items() if name.startswith(code)), "")
    return f"{type(error).__name__}: {meant}" if meant else type(error).__name__


def may_be_cured(error: DBAPIError) -> bool:
    """Whether the database itself is in trouble, rather than the statement wrong."""
    asked_wrongly = (IntegrityError, DataError, ProgrammingError, NotSupportedError)
    # Such as a damaged file of SQLite, or what is no database at all.
    damaged = isinstance(error, DatabaseError) and not isinstance(error, asked_wrongly)
    return error.connection_invalidated or code_of(error)[:2] in CURABLE or damaged


def open_engine(address: str) -> AsyncEngine:
    """The engine of a database, by its URL in the settings; nothing is opened yet.

    Raises:
        WrongAddress: the URL cannot be used.
    """
    url, options = parsed(address)
    if kind_of(address) == "postgresql":
        # A server that does not answer is unavailable; the driver would wait a minute to find out.
        patience = {"timeout": 5.0, "command_timeout": 120.0, **options}
        engine = create_async_engine(
            url,
            pool_size=5,
            max_overflow=15,
            pool_timeout=5.0,  # without a free connection, others are answered from memory
            pool_pre_ping=True,
            connect_args=patience,
            hide_parameters=True,  # an error then names the statement, not its values
            **_JSON,
        )

        @sa.event.listens_for(engine.sync_engine, "connect")
        def _on_connect_to_server(connection: Any, _record: Any) -> None:
            cursor = connection.cursor()
            for limit in LIMITS:
                cursor.execute(limit)
            cursor.close()
            connection.commit()

        @sa.event.listens_for(engine.sync_engine, "handle_error")
        def _on_error(context: sa.engine.ExceptionContext) -> None:
            # After a failover every pooled connection may lead to the former primary.
            if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
                context.is_disconnect = True

        return engine
    file = sa.make_url(url).database or ""
    opened = partial(sqlite_driver.connect, file, timeout=PATIENCE, check_same_thread=False)
    engine = create_async_engine(url, async_creator=opened, hide_parameters=True, **_JSON)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        # We begin transactions ourselves: the driver's own way would start a write as a read, which
        # another writer can then make fail half-way.
        connection.isolation_level = None
        try:
            cursor = connection.cursor()
            # FULL: an answer is on the disk before the participant is told that it is stored.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                cursor.execute(f"PRAGMA {pragma}")
            # Deleted text is overwritten, not only unlinked.
            cursor.execute("PRAGMA secure_delete=ON")
            cursor.close()
        except BaseException:
            # A damaged file is tried again every second: no try may leave a connection open.
            connection.close()
            raise

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine
