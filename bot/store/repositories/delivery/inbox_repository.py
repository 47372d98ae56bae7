"""Updates and groups that were processed before, within a unit of work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.sql import statements
from bot.store.tables.delivery_tables import NotifiedGroupRow


class InboxRepository:
    """Which updates have had their effect."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def deduplicate(self, update_ids: Sequence[int], now: dt.datetime) -> set[int]:
        """Marks updates as processed; returns those that were not processed before."""
        if not update_ids:
            return set()
        rows = [{"update_id": u, "at": now} for u in sorted(set(update_ids))]
        return set(
            (
                await self._connection.execute(
                    statements.fresh(self._connection.dialect.name), rows
                )
            ).scalars()
        )

    async def mark_group_told(self, chat: int, now: dt.datetime) -> bool:
        """Marks a group as notified; True the first time."""
        statement = (
            statements.insert(self._connection.dialect.name, NotifiedGroupRow)
            .values(chat_hash=self._keys.chat_hash(chat), at=now)
            .on_conflict_do_nothing()
            .returning(NotifiedGroupRow.chat_hash)
        )
        return (await self._connection.execute(statement)).first() is not None
