"""Messages that tell a participant how their request for contact stands, to be edited once seen.

Only the newest of each request is known. It is recorded when delivered, whether a worker has seen
the request by then or not, and taken once both are so; the edit itself goes through the outbox.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.domain.states import ParticipantState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.repositories.work.worker_rows import open_worker_name
from bot.store.sql.bulk_writer import BulkWriter
from bot.store.tables.column_types import RowId
from bot.store.tables.delivery_tables import ChatMessageRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow, CaseRow, WorkerRow
from bot.store.write_buffer import WriteBuffer

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request that a worker has seen, and the message to be edited. `seen_by` is their name.

    `is_shared` means that others see the phone, or that several participants use the chat.
    """

    participant_id: int
    chat: int
    message_id: int
    language: str
    timezone: str
    is_shared: bool
    asked_at: dt.datetime
    seen_at: dt.datetime
    seen_by: str


def record(rows: BulkWriter, keys: SystemKeys, delivered: Iterable[Mapping[str, Any]]) -> None:
    """Records which messages just delivered tell how a request stands.

    Not those of a chat without consent, of which nothing is stored.
    """
    found = [
        {
            "b_alert": said.alert_id,
            "b_hash": keys.chat_hash(entry["chat"]),
            "b_message": said.message_id,
        }
        for entry in delivered
        for said in entry.get("stands", ())
        if said.alert_id is not None
    ]
    # In one order for all, so that two transactions cannot wait for each other.
    rows.add(_recorded(), sorted(found, key=lambda row: (row["b_alert"], row["b_message"])))


class AlertMessageRepository:
    """The messages about requests that were seen, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys, writes: WriteBuffer) -> None:
        self._connection = connection
        self._keys = keys
        self._writes = writes

    def forget(self, participant_id: int) -> None:
        """Forgets the messages to a participant: they stay as they are, as after a stop.

        Not those to another who uses the same chat.
        """
        self._writes.change(_FORGET, b_participant=participant_id)

    async def take_seen(self, most: int, only: int | None = None) -> list[SeenRequest]:
        """Takes the requests that were seen and whose message is to be edited, each once.

        With `only` that alert, if it is among them. Without those whose participant has stopped
        since or deleted, whose chat was cleared, or has passed to another participant since.
        """
        due = (
            sa.select(AlertRow.id)
            .where(AlertRow.said_message.is_not(None), AlertRow.seen_at.is_not(None))
            .order_by(AlertRow.seen_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            due = due.where(AlertRow.id == only)
        ids = list((await self._connection.execute(due)).scalars())
        if not ids:
            return []
        rows = (await self._connection.execute(_seen(), {"ids": ids})).all()
        taken = sa.update(AlertRow).where(AlertRow.id.in_(ids))
        await self._connection.execute(taken.values(said_message=None, chat_hash=None))
        return [found for row in rows if (found := self._opened(row)) is not None]

    def _opened(self, row: Any) -> SeenRequest | None:
        try:
            key = self._keys.vault.key(row.data_key)
            chat = int(key.open(row.chat, "participants", row.participant_id, "chat"))
            name = open_worker_name(self._keys, row.worker_hash, row.worker_name)
        except UNREADABLE:  # one that cannot be decrypted holds up no other
            log.warning("alert.not_edited", alert=row.alert_id)
            return None
        return SeenRequest(
            row.participant_id,
            chat,
            row.said_message,
            row.language,
            row.zone,
            row.shared_phone or row.others,
            row.asked_at,
            row.seen_at,
            name,
        )


async def may_edit(
    snapshot: Callable[[], AbstractAsyncContextManager[tuple[AsyncConnection, SystemKeys]]],
    chat: int,
    message_id: int,
    participant_id: int,
    names: bool,
) -> bool:
    """Whether a message to a participant may still be edited; one that `names` a worker or not.

    Asked right before.

    Raises:
        DatabaseUnavailable: it cannot be reached.
    """
    async with snapshot() as (connection, keys):
        given = {"chat": keys.chat_hash(chat), "message": message_id, "names": names}
        given["participant"] = participant_id
        return bool((await connection.execute(_editable(), given)).scalar_one())


def _stands(
    participant: type[ParticipantRow], chat: Any, message: Any
) -> Sequence[sa.ColumnElement[bool]]:
    """Whether a message is in a participant's chat, with its text, and answers them yet.

    A stop ends what was said before it; who asks for a person after it is answered.
    """
    asked_since = sa.or_(
        participant.state != ParticipantState.STOPPED, ChatMessageRow.at > participant.moved_at
    )
    stands = sa.exists().where(
        ChatMessageRow.chat_hash == chat,
        ChatMessageRow.message_id == message,
        ~ChatMessageRow.neutral,
        asked_since,
    )
    return stands, participant.delete_at.is_(None)


def _others(chat: Any) -> sa.ColumnElement[bool]:
    other = aliased(ParticipantRow)
    return sa.exists().where(other.aside_hash == chat)


@cache
def _recorded() -> Any:
    chat: sa.BindParameter[Any] = sa.bindparam("b_hash", type_=sa.LargeBinary())
    message: sa.BindParameter[Any] = sa.bindparam("b_message", type_=RowId)
    older = sa.or_(
        AlertRow.said_message.is_(None), AlertRow.chat_hash != chat, AlertRow.said_message < message
    )
    consented = sa.exists().where(ParticipantRow.chat_hash == chat)
    return (
        sa.update(AlertRow)
        .where(AlertRow.id == sa.bindparam("b_alert", type_=RowId), older, consented)
        .values(chat_hash=chat, said_message=message)
    )


@cache
def _seen() -> Any:
    return (
        sa.select(
            AlertRow.id.label("alert_id"),
            AlertRow.said_message,
            AlertRow.asked_at,
            AlertRow.seen_at,
            ParticipantRow.id.label("participant_id"),
            ParticipantRow.chat,
            ParticipantRow.data_key,
            ParticipantRow.language,
            ParticipantRow.zone,
            ParticipantRow.shared_phone,
            _others(ParticipantRow.chat_hash).label("others"),
            WorkerRow.chat_hash.label("worker_hash"),
            WorkerRow.name.label("worker_name"),
        )
        .join(CaseRow, CaseRow.id == AlertRow.case_id)
        .join(ParticipantRow, ParticipantRow.id == CaseRow.participant_id)
        .join(WorkerRow, WorkerRow.id == AlertRow.seen_by)
        .where(
            AlertRow.id.in_(sa.bindparam("ids", expanding=True)),
            AlertRow.chat_hash == ParticipantRow.chat_hash,
            *_stands(ParticipantRow, AlertRow.chat_hash, AlertRow.said_message),
        )
        .order_by(AlertRow.seen_at)
    )


@cache
def _editable() -> Any:
    chat: sa.BindParameter[Any] = sa.bindparam("chat", type_=sa.LargeBinary())
    names: sa.BindParameter[Any] = sa.bindparam("names", type_=sa.Boolean())
    alone = sa.and_(~ParticipantRow.shared_phone, ~_others(chat))
    here = sa.exists().where(
        ParticipantRow.id == sa.bindparam("participant", type_=RowId),
        ParticipantRow.chat_hash == chat,
        *_stands(ParticipantRow, chat, sa.bindparam("message", type_=RowId)),
        sa.or_(~names, alone),
    )
    return sa.select(here)


_FORGET = (
    sa.update(AlertRow)
    .where(
        AlertRow.said_message.is_not(None),
        AlertRow.case_id.in_(
            sa.select(CaseRow.id).where(
                CaseRow.participant_id == sa.bindparam("b_participant", type_=RowId)
            )
        ),
    )
    .values(said_message=None, chat_hash=None)
)
