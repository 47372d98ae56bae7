"""Messages in workers' chats with a participant's answers or name, and which are due for removal.

What is due follows from the current state (what is shared, who is deleted, which worker is
removed), so no change can forget to schedule it. The removal is in
`bot.telegram.sending.shown_message_removal`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.domain.ids import new_id
from bot.domain.participant import ContentOwner
from bot.domain.sharing_choice import Sharing
from bot.domain.states import WorkerState
from bot.domain.visible_message import VisibleMessage
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import WrongKey
from bot.store.sql.bulk_writer import BulkWriter
from bot.store.sql.statements import insert
from bot.store.tables import UtcTime
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.column_types import RowId
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, ReadRow, ShownRow, WorkerRow

STANDS_FOR = dt.timedelta(days=1)
"""How long a participant's answers stay in a worker's chat at most."""
AGAIN = dt.timedelta(minutes=10)
MOST_DUE = 500


@dataclass(slots=True)
class RemovalDue:
    """The due removals in one worker's chat: messages, each with its row's id."""

    chat: int
    language: str
    messages: dict[int, VisibleMessage] = field(default_factory=dict)


def add(
    rows: BulkWriter, keys: SystemKeys, delivered: Sequence[Mapping[str, Any]], dialect: str
) -> None:
    """Records messages about participants that were delivered to workers."""
    found = [
        {
            "b_id": new_id(),
            "b_hash": keys.chat_hash(entry["chat"]),
            "b_message": said.message_id,
            "b_person": whose.participant_id,
            "b_session": whose.session_id,
            "b_taken": whose.content_version if whose.session_id is not None else None,
            "b_at": said.at,
        }
        for entry in delivered
        if isinstance(whose := entry.get("whose"), ContentOwner)
        for said in entry.get("stands", ())
        if said.ours
    ]
    rows.add(_added(dialect), found)


@cache
def _added(dialect: str) -> Any:
    own = sa.exists().where(
        ParticipantRow.id == sa.bindparam("b_person", type_=RowId),
        ParticipantRow.chat_hash == sa.bindparam("b_hash", type_=sa.LargeBinary()),
    )
    chosen = sa.select(
        sa.bindparam("b_id", type_=RowId),
        sa.bindparam("b_hash", type_=sa.LargeBinary()),
        sa.bindparam("b_message", type_=RowId),
        WorkerRow.id,
        sa.bindparam("b_person", type_=RowId),
        sa.bindparam("b_session", type_=RowId),
        sa.bindparam("b_taken", type_=sa.Integer()),
        sa.bindparam("b_at", type_=UtcTime()),
    ).where(WorkerRow.chat_hash == sa.bindparam("b_hash", type_=sa.LargeBinary()), ~own)
    names = ["id", "chat_hash", "message_id", "worker_id", "participant_id", "session_id"]
    return (
        insert(dialect, ShownRow)
        .from_select([*names, "taken_back", "at"], chosen, include_defaults=False)
        .on_conflict_do_nothing()
    )


class ShownMessageRepository:
    """Messages shown to workers, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def due(self, now: dt.datetime) -> list[RemovalDue]:
        """The removals due by now, chat by chat, oldest first."""
        wanted = sa.or_(ShownRow.next_at.is_(None), ShownRow.next_at <= now)
        statement = (
            sa.select(
                ShownRow.id.label("shown_id"),
                ShownRow.message_id,
                ShownRow.at.label("shown_at"),
                WorkerRow.id,
                WorkerRow.chat_hash,
                WorkerRow.chat,
                WorkerRow.language,
            )
            .join(WorkerRow, WorkerRow.id == ShownRow.worker_id)
            .where(wanted, _is_over(now))
            .order_by(ShownRow.at, ShownRow.message_id)
            .limit(MOST_DUE)
        )
        found: dict[int, RemovalDue] = {}
        for row in (await self._connection.execute(statement)).all():
            try:
                opened = self._keys.key.open(row.chat, "workers", row.chat_hash.hex(), "chat")
            except WrongKey:  # one row that cannot be decrypted holds up no other
                continue
            due = found.setdefault(int(opened), RemovalDue(int(opened), row.language))
            due.messages[row.shown_id] = VisibleMessage(row.message_id, True, row.shown_at)
        return list(found.values())

    async def mark_deleted(self, ids: Iterable[int]) -> None:
        """Deletes the rows of messages that show nothing any more."""
        await self._connection.execute(sa.delete(ShownRow).where(ShownRow.id.in_(list(ids))))

    async def retry_later(self, ids: Iterable[int], now: dt.datetime) -> None:
        """Postpones those that could not be removed just now."""
        statement = sa.update(ShownRow).where(ShownRow.id.in_(list(ids)))
        await self._connection.execute(statement.values(next_at=now + AGAIN))


def _is_over(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether a message must be removed."""
    participant = sa.exists().where(ParticipantRow.id == ShownRow.participant_id)
    as_it_was = participant.where(
        ParticipantRow.delete_at.is_(None), ParticipantRow.taken_back <= ShownRow.taken_back
    )
    case = sa.exists().where(
        CaseRow.participant_id == ShownRow.participant_id, CaseRow.worker_id == ShownRow.worker_id
    )
    with_them = sa.and_(
        CheckinRow.sharing == Sharing.WORKER, CheckinRow.shared_with == ShownRow.worker_id
    )
    shared = sa.exists().where(CheckinRow.id == ShownRow.session_id, with_them)
    # One message may show several check-ins: those that were read together, at one moment.
    this, beside, newer, unshared = (
        aliased(ReadRow),
        aliased(ReadRow),
        aliased(ReadRow),
        aliased(CheckinRow),
    )

    def of_it(read: Any) -> sa.ColumnElement[bool]:
        mine = read.worker_id == ShownRow.worker_id
        return sa.and_(mine, read.session_id == ShownRow.session_id, read.at <= ShownRow.at)

    still = sa.and_(unshared.sharing == Sharing.WORKER, unshared.shared_with == ShownRow.worker_id)
    other = sa.exists().where(
        of_it(this),
        ~sa.exists().where(of_it(newer), newer.at > this.at),
        beside.worker_id == this.worker_id,
        beside.participant_id == this.participant_id,
        beside.at == this.at,
        unshared.id == beside.session_id,
        sa.not_(sa.func.coalesce(still, sa.false())),
    )
    words = sa.and_(
        ShownRow.session_id.is_not(None),
        sa.or_(ShownRow.at <= now - STANDS_FOR, ~as_it_was, ~case, ~shared, other),
    )
    return sa.or_(words, ~participant, WorkerRow.standing != WorkerState.ACTIVE)
