"""Writes many rows with one statement, computing once what is the same for all.

Only for cached statements that return nothing; see `statements`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

from bot.store.sql.sqlite_driver import SingleHopConnection

Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Parameter:
    """One of a statement's parameters: each row's own by its name, or `fixed` in the statement."""

    name: str
    given: bool
    fixed: Any
    process: Process | None

    def of(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The value of each row, as the driver expects it."""
        found = [row[self.name] for row in rows] if self.given else [self.fixed] * len(rows)
        if self.process is None:
            return found
        first = found[0]
        if all(value is first for value in found):  # such as the time, and whatever is not set
            return [self.process(first)] * len(found)
        return list(map(self.process, found))


class BulkWriter:
    """Rows to be written to tables, in order; nothing is sent before `flush`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._on_their_way: list[tuple[str, list[tuple[Any, ...]]]] = []

    def add(self, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds what `connection.execute(statement, rows)` would do, for a third of the work.

        All rows have the keys of the first. The statement must be cached: it is compiled once for
        as long as it lives.
        """
        if rows:
            sql, values = _ready(statement, self._connection.dialect, tuple(rows[0]))
            columns = [value.of(rows) for value in values]
            self._on_their_way.append((sql, list(zip(*columns, strict=True))))

    async def flush(self) -> None:
        """Sends all of it; to SQLite's thread in one hop.

        Raises:
            sqlalchemy.exc.DBAPIError: as `execute` does.
        """
        sent, self._on_their_way = self._on_their_way, []
        if not sent:
            return
        if self._connection.dialect.name != "sqlite":
            for sql, rows in sent:
                await self._connection.exec_driver_sql(sql, rows)
            return
        driver = (await self._connection.get_raw_connection()).driver_connection
        assert isinstance(driver, SingleHopConnection)  # noqa: S101 - we open no other
        try:
            await driver.execute_all(sent)
        except sqlite3.Error as error:
            sql = "; ".join(sql for sql, _ in sent)
            raise DBAPIError.instance(
                sql, None, error, sqlite3.Error, hide_parameters=True
            ) from error


@lru_cache(maxsize=256)
def _ready(
    statement: UpdateBase, dialect: sa.Dialect, names: tuple[str, ...]
) -> tuple[str, tuple[_Parameter, ...]]:
    compiled = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - of a statement, not of a table's form
    fixed = dict(compiled.params)
    for column in compiled.prefetch:  # not given: the column's default
        assert isinstance(column.default, sa.ColumnDefault)  # noqa: S101 - not worked out by SQL
        assert column.default.is_scalar, column  # noqa: S101 - nor computed per row
        fixed[column.key] = column.default.arg
    values = []
    for name in compiled.positiontup or ():
        kind = compiled.binds[name].type.dialect_impl(dialect)
        values.append(
            _Parameter(name, name in names, fixed.get(name), kind.bind_processor(dialect))
        )
    return str(compiled), tuple(values)
