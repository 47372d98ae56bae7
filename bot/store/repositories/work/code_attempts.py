"""Rate limit for digits of cards: few per chat, and few a day for all chats together.

What was typed is not stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.operation.attempt_counts import change_count, count_wrong, locked_count
from bot.store.tables.identity_tables import CodeAttemptRow

WINDOW = dt.timedelta(days=1)
MOST_BY_ALL, SLOW_BY_ALL = 100, 50
"""Wrong ones a day by all chats together: from the second on one a minute, from the first none.

With five hundred links open, that finds one of them in some five years.
"""


class CodeAttemptRepository:
    """Wrong digits of cards, counted, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def allowed(self, chats: Collection[int], now: dt.datetime) -> set[int]:
        """Which of these chats may have what they typed looked up; locks their counts."""
        if not chats:
            return set()
        # The shared count first, so that no two transactions wait for each other.
        together = await locked_count(self._connection, _all(self._keys), now)
        slow = together.next_at is not None and together.next_at > now
        if slow and together.at > now - WINDOW:
            return set()
        rows = {
            chat: await locked_count(self._connection, self._mine(chat), now)
            for chat in sorted(chats)
        }
        return {c for c, row in rows.items() if row.next_at is None or row.next_at <= now}

    async def record_failure(self, chat: int, now: dt.datetime) -> None:
        """Counts digits that matched nothing, for the chat and for all."""
        await count_wrong(self._connection, self._mine(chat), now)
        by_all = _all(self._keys)
        together = await locked_count(self._connection, by_all, now)
        begins = together.at <= now - WINDOW
        since, count = (now, 1) if begins else (together.at, together.wrong + 1)
        pause = since + WINDOW if count >= MOST_BY_ALL else now + dt.timedelta(minutes=1)
        slow = pause if count >= SLOW_BY_ALL else None
        await change_count(self._connection, by_all, wrong=count, next_at=slow, at=since)

    async def reset(self, chat: int) -> None:
        """Resets the count of a chat."""
        mine = CodeAttemptRow.chat_hash == self._mine(chat)
        await self._connection.execute(sa.delete(CodeAttemptRow).where(mine))

    def _mine(self, chat: int) -> bytes:
        return self._keys.card_hash(f"tried in {chat}")


def _all(keys: SystemKeys) -> bytes:
    return keys.card_hash("tried by all")
