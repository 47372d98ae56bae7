"""Which messages are visible in a chat, and when they are to be deleted: ids, never text.

The deletion is in `chat_cleaner`. Recorded only for participants with consent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.domain.participant import Participant
from bot.domain.visible_message import VisibleMessage
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.sql.bulk_writer import BulkWriter
from bot.store.sql.statements import insert
from bot.store.tables import UtcTime
from bot.store.tables.column_types import RowId
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.write_buffer import WriteBuffer

DELETABLE_FOR = dt.timedelta(hours=48)
"""Telegram deletes only younger messages (deleteMessages)."""
OURS_FOR = dt.timedelta(hours=46)
"""How long the bot's messages stay on a shared phone; the job then has an hour to be late."""
AGAIN = dt.timedelta(minutes=10)
QUIET_FOR = dt.timedelta(minutes=10)
"""A whole chat is cleared only once nothing was said in it for so long."""


@dataclass(slots=True)
class ChatCleaning:
    """The due deletions in one chat: some messages, or with `whole_chat` all of it."""

    participant_id: int
    chat: int
    language: str
    whole_chat: bool = False
    messages: list[VisibleMessage] = field(default_factory=list)


def delete_after(said: VisibleMessage, *, shared: bool) -> dt.datetime | None:
    """When a message is deleted by itself: on a shared phone, theirs at once, ours later.

    Ours within two days, after which Telegram does not delete them.
    """
    if not shared:
        return None
    return said.at + OURS_FOR if said.ours else said.at


class ChatMessageRepository:
    """The table of messages, within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys, writes: WriteBuffer) -> None:
        self._connection = connection
        self._keys = keys
        self._writes = writes

    def record(self, participant: Participant, messages: Iterable[VisibleMessage]) -> None:
        """Records messages that are in a participant's chat, theirs and the bot's."""
        for said in messages:
            row = {
                "chat_hash": self._keys.chat_hash(participant.chat_id),
                "message_id": said.message_id,
                "ours": said.ours,
                "at": said.at,
                "clear_at": delete_after(said, shared=participant.shared_phone),
            }
            self._writes.insert(ChatMessageRow, row)

    def add(self, found: Iterable[tuple[int, VisibleMessage]]) -> None:
        """Records messages, each with its chat, but none of people without consent."""
        stand = [
            {
                "b_hash": self._keys.chat_hash(chat),
                "b_id": said.message_id,
                "b_ours": said.ours,
                "b_at": said.at,
                "b_leaves": delete_after(said, shared=True),
            }
            for chat, said in found
        ]
        self._writes.bulk.add(_added(self._connection.dialect.name), stand)

    async def of(self, chat: int) -> list[VisibleMessage]:
        """All messages known to be visible in a chat."""
        mine = ChatMessageRow.chat_hash == self._keys.chat_hash(chat)
        statement = sa.select(ChatMessageRow).where(mine).order_by(ChatMessageRow.message_id)
        return [_said(row) for row in (await self._connection.execute(statement)).all()]

    async def shared(self, chat: int, now: dt.datetime, *, shared: bool) -> None:
        """Schedules the visible messages for deletion, or cancels that if it was not due yet."""
        if not shared:
            statement = self._mine(chat).where(ChatMessageRow.clear_at > now).values(clear_at=None)
            await self._connection.execute(statement)
            return
        rows = [
            {
                "b_hash": self._keys.chat_hash(chat),
                "b_id": said.message_id,
                "b_leaves": leaves,
            }
            for said in await self.of(chat)
            if not said.neutral and (leaves := delete_after(said, shared=True))
        ]
        if rows:
            statement = (
                sa.update(ChatMessageRow)
                .where(ChatMessageRow.chat_hash == sa.bindparam("b_hash"))
                .where(ChatMessageRow.message_id == sa.bindparam("b_id"))
                .values(clear_at=sa.bindparam("b_leaves"))
            )
            await self._connection.execute(statement, rows)

    def mark_deleted(self, found: Iterable[tuple[int, int]]) -> None:
        """Removes messages that are no longer visible, each with its chat."""
        hashed = self._keys.chat_hash
        self._writes.bulk.add(
            _GONE, [{"b_hash": hashed(chat), "b_id": number} for chat, number in found]
        )

    async def mark_blanked(self, chat: int, ids: Collection[int]) -> None:
        """Marks the bot's messages that are blanked."""
        statement = self._mine(chat).where(ChatMessageRow.message_id.in_(ids))
        await self._connection.execute(statement.values(neutral=True, clear_at=None))

    async def mark_undeletable(self, chat: int, ids: Collection[int], now: dt.datetime) -> None:
        """Postpones messages that could not be deleted, for as long as a retry may succeed."""
        mine = self._mine(chat).where(ChatMessageRow.message_id.in_(ids))
        young = ChatMessageRow.at > now - DELETABLE_FOR
        wanted = ChatMessageRow.clear_at.is_not(None)
        await self._connection.execute(mine.where(young, wanted).values(clear_at=now + AGAIN))
        await self._connection.execute(mine.where(~young).values(clear_at=None))

    async def delete_soon(self, chat: int, at: dt.datetime) -> None:
        """Sets the deadline by which all visible messages are deleted, also those without one."""
        statement = self._mine(chat).where(~ChatMessageRow.neutral)
        await self._connection.execute(statement.values(clear_at=at))

    async def due(self, now: dt.datetime, most: int) -> list[ChatCleaning]:
        """The deletions due by now, chat by chat, longest due first; whole chats come before.

        A whole chat waits until nothing was said in it for a while: help and danger must be read.
        """
        found: dict[int, ChatCleaning] = {}
        newer = aliased(ChatMessageRow)
        in_use = sa.exists().where(
            newer.chat_hash == ParticipantRow.chat_hash, newer.at > now - QUIET_FOR, ~newer.neutral
        )
        whole = (
            sa.select(ParticipantRow, ChatMessageRow)
            .outerjoin(ChatMessageRow, ChatMessageRow.chat_hash == ParticipantRow.chat_hash)
            .where(ParticipantRow.clear_all_at <= now)
            .where(sa.or_(ParticipantRow.delete_at.is_not(None), ~in_use))
            .order_by(ParticipantRow.clear_all_at, ChatMessageRow.message_id)
            .limit(most)
        )
        single = (
            sa.select(ParticipantRow, ChatMessageRow)
            .join(ChatMessageRow, ChatMessageRow.chat_hash == ParticipantRow.chat_hash)
            .where(ChatMessageRow.clear_at <= now)
            .order_by(ChatMessageRow.clear_at, ChatMessageRow.message_id)
            .limit(most)
        )
        for statement, is_whole in ((whole, True), (single, False)):
            columns = statement.with_only_columns(*_COLUMNS, maintain_column_froms=True)
            for row in (await self._connection.execute(columns)).all():
                clearing = found.get(row.id) or self._clearing(row, whole=is_whole)
                if clearing is None:
                    continue
                found[row.id] = clearing
                if row.message_id is not None and (is_whole or not clearing.whole_chat):
                    clearing.messages.append(_said(row))
        return list(found.values())

    async def mark_cleared(self, participant_id: int, now: dt.datetime) -> None:
        """Marks a whole chat as cleared."""
        statement = sa.update(ParticipantRow).where(
            ParticipantRow.id == participant_id, ParticipantRow.clear_all_at <= now
        )
        await self._connection.execute(statement.values(clear_all_at=None))

    def _clearing(self, row: Any, *, whole: bool) -> ChatCleaning | None:
        try:
            key = self._keys.vault.key(row.data_key)
            chat = int(key.open(row.chat, "participants", row.id, "chat"))
        except UNREADABLE:  # a row that cannot be decrypted holds up no other
            return None
        return ChatCleaning(row.id, chat, row.language, whole)

    def _mine(self, chat: int) -> sa.Update:
        return sa.update(ChatMessageRow).where(
            ChatMessageRow.chat_hash == self._keys.chat_hash(chat)
        )


_GONE = sa.delete(ChatMessageRow).where(
    ChatMessageRow.chat_hash == sa.bindparam("b_hash"),
    ChatMessageRow.message_id == sa.bindparam("b_id"),
)


@cache
def _added(dialect: str) -> Any:
    chosen = sa.select(
        sa.bindparam("b_hash", type_=sa.LargeBinary()),
        sa.bindparam("b_id", type_=RowId),
        sa.bindparam("b_ours", type_=sa.Boolean()),
        sa.bindparam("b_at", type_=UtcTime()),
        sa.case(
            (ParticipantRow.shared_phone, sa.bindparam("b_leaves", type_=UtcTime())),
            else_=sa.null(),
        ),
    ).where(ParticipantRow.chat_hash == sa.bindparam("b_hash", type_=sa.LargeBinary()))
    names = ["chat_hash", "message_id", "ours", "at", "clear_at"]
    return (
        insert(dialect, ChatMessageRow)
        .from_select(names, chosen, include_defaults=False)
        .on_conflict_do_nothing()
    )


_COLUMNS = (
    ParticipantRow.id,
    ParticipantRow.chat,
    ParticipantRow.data_key,
    ParticipantRow.language,
    ChatMessageRow.message_id,
    ChatMessageRow.ours,
    ChatMessageRow.at,
    ChatMessageRow.neutral,
)


def _said(row: Any) -> VisibleMessage:
    return VisibleMessage(row.message_id, row.ours, row.at, row.neutral)


def delivered(entries: Sequence[Mapping[str, Any]]) -> list[tuple[int, VisibleMessage]]:
    """The messages that deliveries made visible, and the participants' messages they answer."""
    return [(e["chat"], said) for e in entries for said in e.get("stands", ())]


_STRUCK = sa.delete(OutboxRow).where(OutboxRow.id == sa.bindparam("b_id"))
_HELD = sa.update(OutboxRow).where(OutboxRow.id == sa.bindparam("b_id")).values(held=True)


def remove_delivered(rows: BulkWriter, keys: SystemKeys, done: Sequence[Mapping[str, Any]]) -> None:
    """Removes delivered replies from the outbox; of some only the opening line was sent yet."""
    # By chat, as a unit of work does: two transactions that lock the same rows then never wait in a
    # ring.
    done = sorted(done, key=lambda row: (keys.chat_hash(row["chat"]), row["id"]))
    for statement, held in ((_STRUCK, False), (_HELD, True)):
        rows.add(statement, [{"b_id": r["id"]} for r in done if bool(r.get("held")) is held])
