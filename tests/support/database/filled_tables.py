"""Fills any tables with made-up rows by reflection, and reads all rows back, of any revision.

Knows nothing of what the tables mean but the values of their enumerations.
"""

from __future__ import annotations

import datetime as dt
import random
import string
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.store.migrations import VERSIONS
from bot.store.tables import Base

Rows = dict[str, list[dict[str, Any]]]
TRIES = 30
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)


def reflected(connection: sa.Connection) -> list[sa.Table]:
    """The tables there are, parents first."""
    metadata = sa.MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSIONS]


def fill(connection: sa.Connection, chance: random.Random, most: int = 6) -> int:
    """Adds one to `most` rows to every table; gives how many."""
    count = 0
    for table in reflected(connection):
        for _ in range(chance.randint(1, most)):
            count += _add(connection, table, chance)
    return count


def _add(connection: sa.Connection, table: sa.Table, chance: random.Random) -> int:
    """Adds a row; what is to be the only one of its kind is tried until it is."""
    for _ in range(TRIES):
        row = _row(connection, table, chance)
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(table), row)
        except IntegrityError:
            continue
        return 1
    return 0


def _row(connection: sa.Connection, table: sa.Table, chance: random.Random) -> dict[str, Any]:
    row = {column.name: _value(table, column, chance) for column in table.columns}
    for constraint in table.foreign_key_constraints:
        parent = constraint.referred_table
        columns = [parent.c[element.column.name] for element in constraint.elements]
        found = connection.execute(sa.select(*columns)).all()
        if any(table.c[name].nullable for name in constraint.column_keys) and chance.random() < 0.2:
            found = []
        picked = chance.choice(found) if found else [None] * len(columns)
        row |= dict(zip(constraint.column_keys, picked, strict=True))
    return row


def _value(table: sa.Table, column: sa.Column[Any], chance: random.Random) -> Any:
    if column.nullable and chance.random() < 0.3:
        return None
    ours = Base.metadata.tables.get(table.name)
    kind = ours.c[column.name].type if ours is not None and column.name in ours.c else None
    if isinstance(kind, sa.Enum):
        return chance.choice(kind.enums)
    return _of_type(column.type, chance, column.table.name)


def _of_type(kind: sa.types.TypeEngine[Any], chance: random.Random, name: str) -> Any:
    match kind:
        case sa.Boolean():
            return chance.random() < 0.5
        case sa.BigInteger():
            return chance.randrange(1, 1 << 62)
        case sa.Integer():
            return chance.randrange(1, 1 << 31)
        case sa.DateTime():
            moment = NOON + dt.timedelta(seconds=chance.randrange(10**7), microseconds=7)
            return moment if getattr(kind, "timezone", False) else moment.replace(tzinfo=None)
        case sa.Date():
            return NOON.date() + dt.timedelta(days=chance.randrange(300))
        case sa.LargeBinary():
            return chance.randbytes(32)
        case sa.JSON():
            return chance.choice([[], ["a1", "b2"], {"days": [1, 2]}, ["ü"]])
        case sa.String():
            letters = string.ascii_lowercase + "'é\n"
            return "".join(chance.choices(letters, k=min(kind.length or 60, 12)))
    raise LookupError(f"{name}: what is in a column of type {kind!r}?")


def contents(connection: sa.Connection) -> Rows:
    """Every row of every table."""
    return {
        table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        for table in reflected(connection)
    }


def lost(before: Rows, after: Rows) -> Rows:
    """What of the rows of `before` is not in `after`, by table; columns that went do not count."""
    missing: Rows = {}
    for name, rows in before.items():
        there = after.get(name, [])
        common = set(rows[0]) & set(there[0]) if rows and there else set()
        left = [_part(row, common) for row in there]
        for row in rows:
            if there and (same := _part(row, common)) in left:
                left.remove(same)
            else:
                missing.setdefault(name, []).append(row)
    return missing


def _part(row: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    return {name: row[name] for name in sorted(columns)}
