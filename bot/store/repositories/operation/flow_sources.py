"""The source of flow versions that are no longer among the files, within a unit of work."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables.checkin_tables import FlowVersionRow


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
