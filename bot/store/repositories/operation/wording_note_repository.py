"""Notes that a text sounds wrong, within a unit of work."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.store.crypto.system_keys import SystemKeys
from bot.store.tables.delivery_tables import WordingNoteRow
from bot.store.write_buffer import WriteBuffer


class WordingNoteRepository:
    """Notes about wordings, without their authors."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys, writes: WriteBuffer) -> None:
        self._connection = connection
        self._keys = keys
        self._writes = writes

    def add(self, language: str, place: str, note: str | None, at: dt.datetime) -> None:
        """Stores a note for the operator that a text sounds wrong, without its author."""
        note_id = new_id()
        sealed = self._keys.key.seal(note.encode(), "wording_notes", note_id) if note else None
        row = {"id": note_id, "language": language, "place": place[:60], "note": sealed, "at": at}
        self._writes.insert(WordingNoteRow, row)

    async def all(self) -> list[tuple[dt.datetime, str, str, str]]:
        """Notes on texts: when, language, place, and the note, oldest first."""
        rows = await self._connection.execute(sa.select(WordingNoteRow).order_by(WordingNoteRow.at))
        key = self._keys.key
        return [
            (
                row.at,
                row.language,
                row.place,
                key.open(row.note, "wording_notes", row.id).decode() if row.note else "",
            )
            for row in rows.all()
        ]
