"""Eight digits that open a link as its URL does: created, and found by their keyed hash.

Whether a chat may try some is counted in `code_attempts`.
"""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.tables.worker_tables import CaseRow

DIGITS = 8


class CardCodeRepository:
    """Digits on cards, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def new_codes(self, number: int) -> list[str]:
        """So many new codes, different from those of all links."""
        found: dict[bytes, str] = {}
        while len(found) < number:
            some = [f"{secrets.randbelow(10**DIGITS):0{DIGITS}}" for _ in range(number)]
            by_hash = {self._keys.card_hash(code): code for code in some}
            taken = sa.select(CaseRow.code_hash).where(CaseRow.code_hash.in_(by_hash))
            for each in (await self._connection.execute(taken)).scalars():
                by_hash.pop(each or b"", None)
            found |= by_hash
        return list(found.values())[:number]

    async def case_by_code(self, digits: str, now: dt.datetime) -> int | None:
        """The id of the case whose open link has these digits; None when there is none.

        Open is also a link that was opened in time and not joined by yet.
        """
        opened = sa.or_(CaseRow.expires_at > now, CaseRow.holder.is_not(None))
        statement = sa.select(CaseRow.id).where(
            CaseRow.code_hash == self._keys.card_hash(digits), CaseRow.joined_at.is_(None), opened
        )
        return (await self._connection.execute(statement)).scalar_one_or_none()
