"""Sends many rows with one statement, without working out again for each what is the same for all.

Only for statements that bring nothing back and are made once; see `rows_sent`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

Process = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Value:
    """One of a statement's values: each row's own by its name, or `fixed` in the statement."""

    name: str
    given: bool
    fixed: Any
    process: Process | None

    def of(self, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        """The value of each row, as the driver takes it."""
        found = [row[self.name] for row in rows] if self.given else [self.fixed] * len(rows)
        if self.process is None:
            return found
        first = found[0]
        if all(value is first for value in found):  # such as the moment, and whatever is not set
            return [self.process(first)] * len(found)
        return list(map(self.process, found))


async def rows_sent(
    connection: AsyncConnection, statement: UpdateBase, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Does the same as `connection.execute(statement, rows)`, for a third of the work.

    All rows have the names of the first. The statement is to be one that is kept: it is compiled
    once for as long as it lives.
    """
    sql, values = _ready(statement, connection.dialect, tuple(rows[0]))
    columns = [value.of(rows) for value in values]
    await connection.exec_driver_sql(sql, list(zip(*columns, strict=True)))


@lru_cache(maxsize=256)
def _ready(
    statement: UpdateBase, dialect: sa.Dialect, names: tuple[str, ...]
) -> tuple[str, tuple[_Value, ...]]:
    compiled = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 - of a statement, not of a table's form
    fixed = dict(compiled.params)
    for column in compiled.prefetch:  # not given: what the table has for it
        assert isinstance(column.default, sa.ColumnDefault)  # noqa: S101 - not worked out by SQL
        assert column.default.is_scalar, column  # noqa: S101 - nor anew for each
        fixed[column.key] = column.default.arg
    values = []
    for name in compiled.positiontup or ():
        kind = compiled.binds[name].type.dialect_impl(dialect)
        values.append(_Value(name, name in names, fixed.get(name), kind.bind_processor(dialect)))
    return str(compiled), tuple(values)
