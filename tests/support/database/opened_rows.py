"""Rows as a test wants to look at them: what is sealed in them of taps and ways is opened.

Checks nothing by itself.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.repositories.people.sealed_session import open_choices, open_position
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.participant_tables import ParticipantRow


async def rows_of(store: Database, table: type[Any]) -> list[Any]:
    """All rows of a table; answers with their state and choices, check-ins with their way."""
    async with store.engine.connect() as connection:
        rows = list((await connection.execute(sa.select(table))).all())
    return await opened(store, rows) if table in (AnswerRow, CheckinRow) else rows


async def opened(store: Database, rows: Iterable[Any]) -> list[Any]:
    """Rows of answers or check-ins as they were before they were sealed."""
    async with store.engine.connect() as connection:
        whose = sa.select(ParticipantRow.id, ParticipantRow.data_key)
        keys = {row.id: row.data_key for row in (await connection.execute(whose)).all()}
    vault = (await store.system_keys()).vault
    found = []
    for row in rows:
        key = vault.key(keys[row.participant_id])
        values = row._asdict()
        if "way" in values:
            way = open_position(key, row)
            values |= {"step": way.step, "trail": list(way.trail)}
            values |= {"passed": list(way.passed), "picks": list(way.picks)}
        else:
            state, choices = open_choices(key, row)
            values |= {"state": state, "choices": list(choices)}
        found.append(namedtuple("Row", values)(**values))
    return found
