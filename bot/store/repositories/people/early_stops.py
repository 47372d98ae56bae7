"""Stops before consent: a keyed hash of the chat, with an expiry.

Before consent there is no participant whose state could record it, and a process that restarts, or
another one, must know it all the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.sql.statements import insert
from bot.store.tables.participant_tables import EarlyStopRow

REMEMBERED_FOR = dt.timedelta(days=180)
"""No unsolicited message goes to a chat without consent: what this blocks is an old button."""


class EarlyStopRepository:
    """The table of early stops, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def of(self, chats: Collection[int], now: dt.datetime) -> dict[int, int]:
        """The message at which each of these chats stopped; chats that did not are absent."""
        if not chats:
            return {}
        by_hash = {self._keys.chat_hash(chat): chat for chat in chats}
        statement = sa.select(EarlyStopRow.chat_hash, EarlyStopRow.message_id).where(
            EarlyStopRow.chat_hash.in_(by_hash), EarlyStopRow.until > now
        )
        rows = (await self._connection.execute(statement)).all()
        return {by_hash[row.chat_hash]: row.message_id for row in rows}

    async def add(self, chat: int, message_id: int, now: dt.datetime) -> None:
        """Records a stop; a later one replaces it."""
        row = {"message_id": message_id, "until": now + REMEMBERED_FOR}
        statement = insert(self._connection.dialect.name, EarlyStopRow).values(
            chat_hash=self._keys.chat_hash(chat), **row
        )
        await self._connection.execute(
            statement.on_conflict_do_update(index_elements=["chat_hash"], set_=row)
        )

    async def remove(self, chat: int) -> None:
        """Deletes a stop, because the participant has started again."""
        mine = EarlyStopRow.chat_hash == self._keys.chat_hash(chat)
        await self._connection.execute(sa.delete(EarlyStopRow).where(mine))
