"""Updates that could not be processed, within a unit of work."""

from __future__ import annotations

import datetime as dt

from bot.store.crypto.system_keys import SystemKeys
from bot.store.tables.delivery_tables import DeadLetterRow
from bot.store.write_buffer import WriteBuffer


class DeadLetterRepository:
    """Updates that are stored for the operator."""

    def __init__(self, keys: SystemKeys, writes: WriteBuffer) -> None:
        self._keys = keys
        self._writes = writes

    def add(self, update_id: int, chat: int, error: str, body: bytes, at: dt.datetime) -> None:
        """Stores an update that cannot be processed, for the operator."""
        sealed = self._keys.key.seal(body, "set_aside", update_id)
        row = {"update_id": update_id, "error": error[:200], "body": sealed, "at": at}
        self._writes.insert(
            DeadLetterRow, {**row, "chat_hash": self._keys.chat_hash(chat) if chat else None}
        )
