"""Erases participants, or parts of their data, within a unit of work.

A requested deletion can be undone for a while (see `conversation.my_data.deletion`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.participant import Participant
from bot.domain.reference_codes import new_code
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.people.identity_repository import IdentityRepository
from bot.store.tables.data_rights_tables import ReceiptRow
from bot.store.tables.delivery_tables import ChatMessageRow, DeadLetterRow, OutboxRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow
from bot.store.tables.worker_tables import CaseRow, RefusalRow
from bot.store.write_buffer import WriteBuffer

NOBODY = b""
"""Replaces a chat's hash in a table that only counts attempts."""


class ErasureRepository:
    """Deletes participants; what it does, it does at once."""

    def __init__(
        self,
        connection: AsyncConnection,
        keys: SystemKeys,
        writes: WriteBuffer,
        identity: IdentityRepository,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._writes = writes
        self._identity = identity

    async def erase_due(
        self, people: dict[int, Participant], now: dt.datetime
    ) -> list[Participant]:
        """Erases participants whose undo period is over, also out of `people`; returns them.

        They are locked: no undo can come at this moment.
        """
        over = {k: p for k, p in people.items() if p.delete_at is not None and p.delete_at <= now}
        for key, participant in over.items():
            await self.erase(participant, now)
            del people[key]
        return list(over.values())

    async def erase(self, participant: Participant, now: dt.datetime) -> None:
        """Erases a participant with their key and all their data; a receipt may stay.

        Rows of other tables that belong to them go with their row. A complaint stays without them.
        """
        # Else the chat is another participant's now, and so is its data.
        chat = self._keys.chat_hash(participant.chat_id) if participant.is_active_at_chat else None
        await self._erase_row(participant.id, chat, participant.receipt_hash, now)

    async def erase_over(self, ids: Collection[int], now: dt.datetime) -> int:
        """Erases those of these whose undo period is over, without decrypting anything.

        They are locked first: one of them may have undone it just now.
        """
        row = ParticipantRow
        return await self._erase_rows(ids, now, row.delete_at.is_not(None), row.delete_at <= now)

    async def erase_all(self, ids: Collection[int], now: dt.datetime) -> int:
        """Erases all of these, without decrypting anything; returns how many there were."""
        return await self._erase_rows(ids, now)

    async def _erase_rows(
        self, ids: Collection[int], now: dt.datetime, *where: sa.ColumnElement[bool]
    ) -> int:
        row = ParticipantRow
        statement = (
            sa.select(row.id, row.chat_hash, row.aside_hash, row.receipt)
            .where(row.id.in_(ids), *where)
            .order_by(row.id)
            .with_for_update()
        )
        found = (await self._connection.execute(statement)).all()
        for each in found:
            chat = each.chat_hash if each.aside_hash is None else None
            await self._erase_row(each.id, chat, each.receipt, now)
        return len(found)

    async def _erase_row(
        self, person_id: int, chat: bytes | None, receipt: bytes | None, now: dt.datetime
    ) -> None:
        run = self._connection.execute
        await self._identity.keep_access(person_id)
        await run(sa.delete(OutboxRow).where(OutboxRow.participant_id == person_id))
        if chat is not None:
            await self._erase_chat(chat)
        await run(sa.delete(ParticipantRow).where(ParticipantRow.id == person_id))
        if receipt is not None:
            await run(sa.insert(ReceiptRow).values(code_hash=receipt, at=now))
        self._writes.erased = True

    async def _erase_chat(self, chat: bytes) -> None:
        """Deletes the data of a chat itself; not its count of wrong words."""
        run = self._connection.execute
        await run(sa.delete(OutboxRow).where(OutboxRow.chat_hash == chat))
        await run(sa.delete(DeadLetterRow).where(DeadLetterRow.chat_hash == chat))
        await run(sa.delete(ChatMessageRow).where(ChatMessageRow.chat_hash == chat))
        await run(sa.delete(EarlyStopRow).where(EarlyStopRow.chat_hash == chat))
        await run(
            sa.delete(CaseRow).where(CaseRow.holder == chat, CaseRow.participant_id.is_(None))
        )
        await run(
            sa.update(RefusalRow)
            .where(RefusalRow.chat_hash == chat, RefusalRow.worker_id.is_(None))
            .values(chat_hash=NOBODY)
        )
        self._writes.erased = True

    async def erase_held(self, chat: int, now: dt.datetime) -> str:
        """Deletes the link a chat opened and never used, with the name in it; returns a code."""
        await self._erase_chat(self._keys.chat_hash(chat))
        code, code_hash = self.new_receipt()
        await self._connection.execute(sa.insert(ReceiptRow).values(code_hash=code_hash, at=now))
        return code

    def new_receipt(self) -> tuple[str, bytes]:
        """A code for a participant to keep, and the hash by which it is found."""
        code = new_code()
        return code, self._keys.code_hash(code)

    async def receipt(self, code: str) -> tuple[str, dt.datetime] | None:
        """The status of a code: "deleted" or "waits", and the moment; None when it is unknown."""
        code_hash = self._keys.code_hash(code)
        done = sa.select(ReceiptRow.at).where(ReceiptRow.code_hash == code_hash)
        if (at := (await self._connection.execute(done)).scalar()) is not None:
            return "deleted", at
        waits = sa.select(ParticipantRow.delete_at).where(ParticipantRow.receipt == code_hash)
        at = (await self._connection.execute(waits)).scalar()
        return ("waits", at) if at is not None else None
