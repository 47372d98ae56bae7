"""Data migration: creates a key for each case that has none and re-encrypts its fields.

Runs at the start, before any update is received.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import DataKey, WrongKey
from bot.store.tables.worker_tables import CaseRow, RecordRow

log = structlog.get_logger()
AT_ONCE = 500


async def give_keys(connection: AsyncConnection, keys: SystemKeys, after: int) -> int | None:
    """Creates keys for some cases, those after this id; returns the last id, None at the end.

    A case that cannot be decrypted stays as it is, and is logged by its id.
    """
    statement = (
        sa.select(CaseRow.id, CaseRow.name, CaseRow.service)
        .where(CaseRow.data_key.is_(None), CaseRow.id > after)
        .order_by(CaseRow.id)  # one order for all, so that two that start cannot deadlock
        .limit(AT_ONCE)
        .with_for_update()
    )
    rows = (await connection.execute(statement)).all()
    if not rows:
        return None
    written = sa.select(RecordRow.id, RecordRow.case_id, RecordRow.words).where(
        RecordRow.case_id.in_([row.id for row in rows]), RecordRow.words.is_not(None)
    )
    records: dict[int, list[Any]] = {}
    for record in (await connection.execute(written)).all():
        records.setdefault(record.case_id, []).append(record)
    for row in rows:
        await _give(connection, keys, row, records.get(row.id, []))
    return int(rows[-1].id)


async def _give(
    connection: AsyncConnection, keys: SystemKeys, row: Any, records: list[Any]
) -> None:
    sealed = keys.new_case_key(row.id)
    key = keys.case_key(row.id, sealed)
    try:
        values = {
            field: _moved(keys.key, key, text, "cases", row.id, field)
            for field, text in (("name", row.name), ("service", row.service))
        }
        words = [(r.id, _moved(keys.key, key, r.words, "records", r.id, "words")) for r in records]
    except WrongKey:
        log.warning("case.not_opened", case=row.id)
        return
    statement = sa.update(CaseRow).where(CaseRow.id == row.id)
    await connection.execute(statement.values(data_key=sealed, **values))
    for record_id, text in words:
        change = sa.update(RecordRow).where(RecordRow.id == record_id)
        await connection.execute(change.values(words=text))


def _moved(old: DataKey, new: DataKey, sealed: bytes | None, *at: object) -> bytes | None:
    return None if sealed is None else new.seal(old.open(sealed, *at), *at)
