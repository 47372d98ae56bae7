"""Retention: how expired rows are deleted; see `retention_rules` for how long each table keeps.

A participant's own deletion takes effect at once, whatever the rules are (see
`erasure_repository`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import Database
from bot.store.maintenance.retention_rules import TWO_YEARS, RetentionRule
from bot.store.repositories.people.sealed_session import NO_WAY, open_choices
from bot.store.sql.statements import insert
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.data_rights_tables import AnswerCountRow
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.follow_up_tables import OPEN_FOLLOW_UPS, FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow

log = structlog.get_logger()

_FULL_HASH = 32
_IS_OPEN = sa.text(f"follow_ups.{OPEN_FOLLOW_UPS}")


async def delete_expired(store: Database, rule: RetentionRule, now: dt.datetime, most: int) -> int:
    """Deletes some rows expired by a rule; returns how many."""
    if rule.table is None or rule.is_expired is None:
        return 0
    (key,) = sa.inspect(rule.table).primary_key
    found = sa.select(key).where(rule.is_expired(now - rule.after)).limit(most)
    async with store.transaction() as connection:
        gone = await connection.execute(sa.delete(rule.table).where(key.in_(found)))
    store.needs_checkpoint |= gone.rowcount > 0
    return gone.rowcount


async def delete_old_links(store: Database, before: dt.datetime, most: int) -> int:
    """Deletes hashes of old links, and of chats that opened one and never consented."""
    held = (
        sa.update(CaseRow)
        .where(CaseRow.joined_at.is_(None), CaseRow.expires_at < before)
        .where(CaseRow.holder.is_not(None))
        .values(holder=None)
    )
    used = (
        sa.select(CaseRow.id)
        .where(CaseRow.joined_at.is_not(None), CaseRow.expires_at < before)
        .where(sa.func.length(CaseRow.token_hash) == _FULL_HASH)
        .limit(most)
    )
    async with store.transaction() as connection:
        count = (await connection.execute(held)).rowcount
        for case_id in (await connection.execute(used)).scalars().all():
            # The column is unique, so every row gets a value; this is no hash of anything.
            nothing = case_id.to_bytes(8, "big")
            statement = sa.update(CaseRow).where(CaseRow.id == case_id).values(token_hash=nothing)
            count += (await connection.execute(statement)).rowcount
    return count


async def retention_of(store: Database) -> list[int]:
    """The different retention periods, in months, that participants were promised."""
    statement = sa.select(ParticipantRow.keep_months).distinct()
    async with store.transaction() as connection:
        return list((await connection.execute(statement)).scalars())


async def delete_expired_answers(
    store: Database, months: int, before: dt.datetime, most: int
) -> int:
    """Deletes some answers of check-ins last changed before a moment; returns how many.

    Only of participants who were promised that many months. In the same transaction they are
    counted, without anything that leads to a participant. That there was a check-in, and when,
    stays: without it a participant would be asked BEFORE again.
    """
    old = (
        sa.select(AnswerRow.session_id, AnswerRow.step)
        .join(CheckinRow, CheckinRow.id == AnswerRow.session_id)
        .join(ParticipantRow, ParticipantRow.id == CheckinRow.participant_id)
        .where(ParticipantRow.keep_months == months, CheckinRow.moved_at < before)
        .limit(most)
    )
    # Counted is what this statement itself deleted: no other transaction counts it too.
    take = (
        sa.delete(AnswerRow)
        .where(sa.tuple_(AnswerRow.session_id, AnswerRow.step).in_(old))
        .returning(*AnswerRow.__table__.c)
    )
    keys = await store.system_keys()
    async with store.transaction() as connection:
        gone = (await connection.execute(take)).all()
        if gone:
            await _count(connection, keys, gone)
            await connection.execute(
                sa.update(CheckinRow)
                .where(
                    CheckinRow.id.in_({row.session_id for row in gone}),
                    CheckinRow.ended_at.is_not(None),
                    ~sa.exists().where(AnswerRow.session_id == CheckinRow.id),
                )
                .values(**NO_WAY, way=None)
            )
    store.needs_checkpoint |= bool(gone)
    return len(gone)


async def _count(connection: AsyncConnection, house: SystemKeys, gone: Sequence[Any]) -> None:
    """Counts answers that were just deleted; those that cannot be decrypted are not counted."""
    whose = sa.select(ParticipantRow.id, ParticipantRow.data_key).where(
        ParticipantRow.id.in_({row.participant_id for row in gone})
    )
    keys = {row.id: row.data_key for row in (await connection.execute(whose)).all()}
    said: list[tuple[Any, str, tuple[str, ...]]] = []
    for row in gone:
        try:
            said.append((row, *open_choices(house.vault.key(keys[row.participant_id]), row)))
        except UNREADABLE:
            log.warning("answer.not_opened", session=row.session_id, step=row.step)
    if not said:
        return
    ids = {row.session_id for row in gone}
    statement = sa.select(CheckinRow.id, CheckinRow.flow, CheckinRow.version)
    rows = (await connection.execute(statement.where(CheckinRow.id.in_(ids)))).all()
    asked = {row.id: (row.flow, row.version) for row in rows}
    counts = Counter(
        (*asked[row.session_id], row.step, state, choice, f"{row.at:%Y-%m}")
        for row, state, choices in said
        for choice in choices or [""]
    )
    names = ("flow", "version", "step", "state", "choice", "month")
    counting = insert(connection.dialect.name, AnswerCountRow)
    added = counting.on_conflict_do_update(
        index_elements=list(names), set_={"n": AnswerCountRow.n + counting.excluded.n}
    )
    # In one order for all, so that two transactions cannot wait for each other.
    values = [dict(zip(names, key, strict=True)) | {"n": n} for key, n in sorted(counts.items())]
    await connection.execute(added, values)


async def inactive_since(store: Database, now: dt.datetime, most: int) -> list[int]:
    """Ids of participants who have not written for long, and have no answers left."""
    before, mine = now - TWO_YEARS, ParticipantRow.id
    statement = (
        sa.select(ParticipantRow.id)
        .where(
            ParticipantRow.moved_at < before,
            ParticipantRow.delete_at.is_(None),
            sa.or_(ParticipantRow.last_hello_at.is_(None), ParticipantRow.last_hello_at < before),
            ~sa.exists().where(AnswerRow.participant_id == mine),
            ~sa.exists().where(CheckinRow.participant_id == mine, CheckinRow.moved_at >= before),
            ~sa.exists().where(FollowUpRow.participant_id == mine, _IS_OPEN),
        )
        .limit(most)
    )
    async with store.transaction() as connection:
        return list((await connection.execute(statement)).scalars())


def _free(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Participants that no other transaction holds: waiting for one would hold up all others."""
    mine = sa.select(ParticipantRow.id).where(condition)
    return ParticipantRow.id.in_(mine.with_for_update(skip_locked=True, key_share=True))


async def delete_pending_texts(store: Database, before: dt.datetime) -> int:
    """Deletes pending texts that participants never chose to keep, from before a moment."""
    statement = (
        sa.update(ParticipantRow)
        .where(_free(ParticipantRow.waits_since < before))
        .values(waits=None, waits_since=None)
    )
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_last_asked(store: Database, before: dt.datetime) -> int:
    """Deletes what was asked of participants last, from before a moment: no reply is for that."""
    statement = (
        sa.update(ParticipantRow)
        .where(_free(ParticipantRow.asked_at < before))
        .values(asked=None, asked_at=None)
    )
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_message_ids(store: Database, months: int, before: dt.datetime) -> int:
    """Deletes the message ids in chats of participants who were promised that many months."""
    theirs = sa.select(ParticipantRow.chat_hash).where(ParticipantRow.keep_months == months)
    statement = sa.delete(ChatMessageRow).where(
        ChatMessageRow.at < before, ChatMessageRow.chat_hash.in_(theirs)
    )
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_left_chats(store: Database, before: dt.datetime) -> int:
    """Deletes old message ids of chats without a participant, such as an old phone's.

    Clearing them was requested when they were left, and is as done as it can be.
    """
    here = sa.exists().where(ParticipantRow.chat_hash == ChatMessageRow.chat_hash)
    statement = sa.delete(ChatMessageRow).where(ChatMessageRow.at < before, ~here)
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount


async def delete_deferred(store: Database, before: dt.datetime) -> int:
    """Deletes deferred replies that were not requested since."""
    statement = sa.delete(OutboxRow).where(OutboxRow.held, OutboxRow.first_at < before)
    async with store.transaction() as connection:
        return (await connection.execute(statement)).rowcount
