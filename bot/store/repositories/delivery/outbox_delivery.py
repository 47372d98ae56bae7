"""What becomes of outbox entries after their commit: claimed, deferred, delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.domain.states import CheckinState
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import WrongKey
from bot.store.repositories.delivery.chat_message_repository import (
    ChatMessageRepository,
    delivered,
    remove_delivered,
)
from bot.store.repositories.work import alert_messages, shown_messages
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.write_buffer import WriteBuffer

log = structlog.get_logger()


async def mark_delivered(
    connection: AsyncConnection, keys: SystemKeys, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Removes delivered replies from the outbox; see `Database.mark_delivered` for their rows."""
    shown = [
        {"b_id": r["session_id"], "b_turn": r["turn"], "b_message": r["message_id"]}
        for r in rows
        if r["session_id"] is not None
    ]
    writes = WriteBuffer(connection)
    # Before the outbox, as where a worker has seen an alert: two transactions that lock the same
    # rows then never wait in a ring.
    alert_messages.record(writes.bulk, keys, rows)
    writes.bulk.add(_SHOWN, shown)
    remove_delivered(writes.bulk, keys, rows)
    chats = ChatMessageRepository(connection, keys, writes)
    chats.add(delivered(rows))
    shown_messages.add(writes.bulk, keys, rows, writes.dialect)
    chats.mark_deleted((row["chat"], n) for row in rows for n in row.get("gone", ()))
    await writes.bulk.flush()


async def claim_due(
    connection: AsyncConnection,
    now: dt.datetime,
    age: dt.timedelta,
    but: Collection[int],
    most: int,
) -> Sequence[Any]:
    """Claims outbox entries that are this old; see `Database.due_outbox`."""
    still_asked = sa.exists().where(
        CheckinRow.id == OutboxRow.session_id,
        CheckinRow.stage == CheckinState.WAITING,
        CheckinRow.turn <= OutboxRow.turn,
    )
    past = sa.delete(OutboxRow).where(
        OutboxRow.at <= now - age, OutboxRow.session_id.is_not(None), ~still_asked
    )
    earlier = aliased(OutboxRow)
    # An entry claimed a moment ago that could not be sent still comes before newer ones.
    after_another = sa.exists().where(
        earlier.chat_hash == OutboxRow.chat_hash,
        earlier.first_at < OutboxRow.first_at,
        earlier.at > now - age,
        ~earlier.held,
    )
    due = (
        sa.select(OutboxRow.id)
        .where(OutboxRow.at <= now - age, OutboxRow.id.not_in(list(but)[:500]), ~OutboxRow.held)
        .where(~after_another)
        .order_by(OutboxRow.at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    take = (
        sa.update(OutboxRow)
        .where(OutboxRow.id.in_(due.scalar_subquery()))
        .values(at=now)
        .returning(OutboxRow.id, OutboxRow.body, OutboxRow.first_at)
    )
    await connection.execute(past)
    return (await connection.execute(take)).all()


def opened(keys: SystemKeys, rows: Sequence[Any]) -> list[tuple[dt.datetime, bytes]]:
    """Claimed entries decrypted, each with its commit time, oldest first."""
    found: list[tuple[dt.datetime, bytes]] = []
    for row in sorted(rows, key=lambda row: row.first_at):
        try:
            found.append((row.first_at, keys.key.open(row.body, "owed", row.id)))
        except WrongKey:  # one row must not hold up the others
            log.warning("owed.not_opened", reply=row.id)
    return found


async def defer(connection: AsyncConnection, ids: Collection[int]) -> None:
    """Defers replies until their participant's identity is confirmed."""
    statement = sa.update(OutboxRow).where(OutboxRow.id.in_(list(ids))).values(held=True)
    await connection.execute(statement)


_SHOWN = (
    sa.update(CheckinRow)
    .where(CheckinRow.id == sa.bindparam("b_id"), CheckinRow.said_turn < sa.bindparam("b_turn"))
    .values(said_turn=sa.bindparam("b_turn"), said_message=sa.bindparam("b_message"))
)
