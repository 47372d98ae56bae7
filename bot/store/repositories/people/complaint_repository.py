"""Complaints, within a unit of work: stored, listed, and when they were answered.

Encrypted with the system key, for they must stay when the participant is deleted.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.domain.reference_codes import new_code
from bot.store.crypto.system_keys import SystemKeys
from bot.store.tables.data_rights_tables import ComplaintRow


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint. `spoken` means that it came as a voice note."""

    code: str
    words: str
    spoken: bool
    language: str
    made_at: dt.datetime
    acknowledged_at: dt.datetime | None
    answered_at: dt.datetime | None


class ComplaintRepository:
    """Complaints, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def make(
        self,
        participant_id: int,
        words: str | None,
        voice: Mapping[str, Any] | None,
        language: str,
        now: dt.datetime,
    ) -> str:
        """Stores a complaint, and returns its code."""
        number, code, key = new_id(), new_code(), self._keys.key
        at = ("complaints", number)
        row = {"id": number, "participant_id": participant_id, "code": code, "made_at": now}
        row["words"] = key.seal(words.encode(), *at, "words") if words else None
        row["voice"] = key.seal(json.dumps(dict(voice)).encode(), *at, "voice") if voice else None
        await self._connection.execute(sa.insert(ComplaintRow).values(**row, language=language))
        return code

    async def of(self, participant_id: int) -> list[Complaint]:
        """Those of one participant, oldest first."""
        return await self._found(ComplaintRow.participant_id == participant_id)

    async def all(self) -> list[Complaint]:
        """All of them, oldest first."""
        return await self._found(sa.true())

    async def mark(self, code: str, now: dt.datetime, *, answered: bool) -> bool:
        """Records that one was acknowledged, or answered; the first time counts. False: unknown."""
        found = sa.select(ComplaintRow.id).where(ComplaintRow.code == code)
        if (await self._connection.execute(found)).first() is None:
            return False
        columns = [ComplaintRow.acknowledged_at]
        if answered:
            columns.append(ComplaintRow.answered_at)
        for column in columns:
            # An answer is an acknowledgement too.
            await self._connection.execute(
                sa.update(ComplaintRow)
                .where(ComplaintRow.code == code, column.is_(None))
                .values({column: now})
            )
        return True

    async def _found(self, condition: sa.ColumnElement[bool]) -> list[Complaint]:
        statement = sa.select(ComplaintRow).where(condition).order_by(ComplaintRow.made_at)
        key, rows = self._keys.key, (await self._connection.execute(statement)).all()
        return [
            Complaint(
                row.code,
                key.open(row.words, "complaints", row.id, "words").decode() if row.words else "",
                row.voice is not None,
                row.language,
                row.made_at,
                row.acknowledged_at,
                row.answered_at,
            )
            for row in rows
        ]
