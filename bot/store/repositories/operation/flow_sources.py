"""The source of flow versions that are no longer among the files, within a unit of work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql.statements import insert_ignore
from bot.store.tables.checkin_tables import FlowVersionRow
from flows.engine import Flow


class FlowSourceRepository:
    """Flow versions stored in the database."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, versions: Iterable[str]) -> list[tuple[str, str]]:
        """Name and source of flow versions stored in the database."""
        statement = sa.select(FlowVersionRow.flow, FlowVersionRow.source).where(
            FlowVersionRow.version.in_(list(versions))
        )
        return [(r.flow, r.source) for r in (await self._connection.execute(statement)).all()]


async def save_missing(
    connection: AsyncConnection, flows: Iterable[Flow], now: dt.datetime
) -> None:
    """Stores the source of flow versions that are not stored yet."""
    known = set((await connection.execute(sa.select(FlowVersionRow.version))).scalars())
    rows = [
        {"version": f.version, "flow": f.name, "source": f.source, "first_seen": now}
        for f in flows
        if f.version not in known
    ]
    if rows:
        # Several processes may see the same change at the same moment.
        await connection.execute(insert_ignore(connection.dialect.name, FlowVersionRow), rows)
