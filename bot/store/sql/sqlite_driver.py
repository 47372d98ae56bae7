"""An aiosqlite connection that executes, fetches and closes in one thread hop instead of four.

The driver, the thread and the order are aiosqlite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import Any

import aiosqlite

PREFETCH_ROWS = 1000
"""Rows that come back with the statement itself; more than a batch of updates ever needs."""


async def connect(database: str, **named: Any) -> aiosqlite.Connection:
    """Opens a database, for SQLAlchemy's `async_creator`."""
    connection = SingleHopConnection(lambda: sqlite3.connect(database, **named), 64)
    connection._thread.daemon = True  # as SQLAlchemy does: a forgotten one ends with the process
    return await connection


class _PrefetchingCursor(aiosqlite.Cursor):
    """A cursor whose first rows are fetched together with executing its statement.

    Opened and closed without the thread, which is idle then: SQLAlchemy waits for each statement
    before it does anything else with a connection.
    """

    _rows: list[Any]
    _whole = False
    _busy = False

    async def _execute(self, work: Callable[..., Any], *given: Any) -> Any:
        self._busy = True
        done = await self._conn._execute(work, *given)  # type: ignore[no-untyped-call]
        self._busy = False  # not reached if it failed, or was cancelled
        return done

    async def execute(
        self, sql: str, parameters: Iterable[Any] | None = None
    ) -> _PrefetchingCursor:
        """Executes a statement and fetches its first rows, in one hop."""
        await self._execute(self._execute_and_fetch, sql, parameters or ())
        return self

    def _execute_and_fetch(self, sql: str, parameters: Any) -> None:
        self._cursor.execute(sql, parameters)
        self._rows = self._cursor.fetchmany(PREFETCH_ROWS) if self._cursor.description else []
        self._whole = len(self._rows) < PREFETCH_ROWS

    async def fetchall(self) -> Iterable[sqlite3.Row]:
        """All rows not yet fetched."""
        rows, self._rows = self._rows, []
        return rows if self._whole else [*rows, *await super().fetchall()]

    async def fetchmany(self, size: int | None = None) -> Iterable[sqlite3.Row]:
        """Some rows; the empty list when there are no more."""
        if self._whole or self._rows:
            rows, self._rows = self._rows[:size], self._rows[size or PREFETCH_ROWS :]
            return rows
        return await super().fetchmany(size)

    async def fetchone(self) -> sqlite3.Row | None:
        """One row."""
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        """Closes it; in the thread, behind a statement that may not have ended."""
        if self._busy:
            await super().close()
        else:
            self._cursor.close()


class SingleHopConnection(aiosqlite.Connection):
    """A connection with such cursors."""

    async def execute_all(self, sent: Sequence[tuple[str, Iterable[Any]]]) -> None:
        """Executes each statement with all of its rows, all in one hop.

        Raises:
            sqlite3.Error: the statements behind it are not executed.
        """

        def work() -> None:
            with closing(self._conn.cursor()) as cursor:
                for sql, rows in sent:
                    cursor.executemany(sql, rows)

        await self._execute(work)  # type: ignore[no-untyped-call]

    def cursor(self) -> _PrefetchingCursor:  # type: ignore[override]  # it is its own context manager
        """A new cursor."""
        return _PrefetchingCursor(self, self._conn.cursor())
