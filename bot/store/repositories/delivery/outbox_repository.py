"""The outbox within a unit of work: replies that are sent once it is committed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.participant import Participant
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.people.participant_repository import ParticipantRepository
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.write_buffer import WriteBuffer


class OutboxRepository:
    """Replies to be sent."""

    def __init__(
        self,
        connection: AsyncConnection,
        keys: SystemKeys,
        writes: WriteBuffer,
        participants: ParticipantRepository,
    ) -> None:
        self._connection = connection
        self._keys = keys
        self._writes = writes
        self._participants = participants

    def enqueue(
        self, owed_id: int, chat: int, body: bytes, at: dt.datetime, *, lasting: bool, **about: Any
    ) -> None:
        """Enqueues a reply that is to be sent once this is committed.

        It replaces the chat's earlier outbox entries, except an open question: sent after a crash,
        they would come after the answer to them, or after a stop. A `lasting` one is no answer to
        anything, so nothing later replaces it.
        """
        row = {
            "id": owed_id,
            "chat_hash": None if lasting else self._keys.chat_hash(chat),
            "body": self._keys.key.seal(body, "owed", owed_id),
            "first_at": at,
            "at": at,
        }
        self._writes.insert(OutboxRow, {**row, **about})

    def clear(self, chat: int) -> None:
        """Deletes a chat's outbox entries, also deferred ones; replies enqueued later stay."""
        self._writes.change(_OUTBOX_OF, b_chat=self._keys.chat_hash(chat))

    async def deferred_for(self, people: Iterable[Participant]) -> dict[int, list[int]]:
        """The deferred replies of each of these participants, oldest first."""
        chats = {
            self._keys.chat_hash(participant.chat_id): participant.id for participant in people
        }
        found: dict[int, list[int]] = {}
        if chats:
            statement = sa.select(OutboxRow.id, OutboxRow.chat_hash).order_by(OutboxRow.first_at)
            statement = statement.where(OutboxRow.chat_hash.in_(chats), OutboxRow.held)
            for row in (await self._connection.execute(statement)).all():
                found.setdefault(chats[row.chat_hash], []).append(row.id)
        return found

    async def take_deferred(self, participant: Participant) -> list[bytes]:
        """Takes all deferred replies of a participant out of the outbox, oldest first."""
        mine = OutboxRow.chat_hash == self._keys.chat_hash(participant.chat_id)
        statement = sa.delete(OutboxRow).where(OutboxRow.held, mine)
        taken = statement.returning(OutboxRow.id, OutboxRow.body, OutboxRow.first_at)
        rows = (await self._connection.execute(taken)).all()
        rows = sorted(rows, key=lambda row: row.first_at)
        return [self._keys.key.open(row.body, "owed", row.id) for row in rows]

    def withdraw(self, participant: Participant) -> None:
        """Deletes outbox entries that contain a participant's answers.

        Replies in flight are dropped too: their `content_version` is older. An alert, which is no
        answer to a tap, is still sent: it contains no answers.
        """
        participant.content_version += 1
        self._participants.save(participant)
        self._writes.erased = True
        own = self._keys.chat_hash(participant.chat_id)
        holds = sa.and_(
            OutboxRow.participant_id == participant.id, OutboxRow.chat_hash.is_not(None)
        )
        gone = sa.delete(OutboxRow).where(sa.or_(holds, OutboxRow.chat_hash == own))
        self._writes.change(gone)


_OUTBOX_OF = sa.delete(OutboxRow).where(OutboxRow.chat_hash == sa.bindparam("b_chat"))
