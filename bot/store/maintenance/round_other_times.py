"""Data minimisation: rounds timestamps of rows that belong to no participant to the day.

Only where the order within a day is not needed. It stores no progress: what is rounded already is
not exact any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.store.database import Database
from bot.store.maintenance.time_rounding import (
    begin,
    change,
    changed,
    day_of,
    end,
    is_at,
    noon,
    zone_of,
)
from bot.store.repositories.people.early_stops import REMEMBERED_FOR
from bot.store.tables import Base
from bot.store.tables.data_rights_tables import ComplaintRow, ReceiptRow
from bot.store.tables.delivery_tables import ChatMessageRow, NotifiedGroupRow, WordingNoteRow
from bot.store.tables.identity_tables import (
    CodeAttemptRow,
    PastAccessRow,
    TransferCodeRow,
    TransferUndoRow,
)
from bot.store.tables.participant_tables import EarlyStopRow
from bot.store.tables.worker_tables import CaseRow, RecordRow, RefusalRow, ShownRow

MOST_AT_ONCE = 200
FAREWELL = dt.timedelta(days=7)
"""How long a move to another phone can be undone."""
_NOTHING = dt.timedelta()


@dataclass(frozen=True, slots=True)
class _Rest:
    """Timestamps of one table: `times` become noon, `ends` the end of their day.

    A deadline is rounded once it was made days ago: by the column `by`, or so much `early`; without
    either it is a moment of the past like another.
    """

    table: type[Base]
    times: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    only: Any = None
    by: str | None = None
    early: dt.timedelta = _NOTHING


_UNJOINED = CaseRow.participant_id.is_(None)
REST = (
    _Rest(ChatMessageRow, ("at",)),
    _Rest(CaseRow, ("made_at",), ("expires_at",), by="made_at"),
    _Rest(CaseRow, ("second_use_at",), (), _UNJOINED),
    _Rest(RecordRow, ("at",), (), RecordRow.case_id.in_(sa.select(CaseRow.id).where(_UNJOINED))),
    _Rest(
        *(ComplaintRow, ("made_at", "acknowledged_at", "answered_at"), ()),
        ComplaintRow.participant_id.is_(None),
    ),
    # Not before what was read, which a reading of that day is compared with.
    _Rest(ShownRow, (), ("at",)),
    _Rest(ReceiptRow, ("at",)),
    _Rest(PastAccessRow, ("at",)),
    _Rest(RefusalRow, ("at",)),
    _Rest(WordingNoteRow, ("at",)),
    _Rest(NotifiedGroupRow, ("at",)),
    _Rest(CodeAttemptRow, ("asked_at", "at")),
    _Rest(TransferCodeRow, ("made_at", "used_at", "works_from"), ("expires_at",), by="made_at"),
    _Rest(TransferUndoRow, (), ("until",), early=FAREWELL),
    _Rest(EarlyStopRow, (), ("until",), early=REMEMBERED_FOR),
)


class OtherTimesRounding:
    """Rounds these tables, once a day; `some` handles a few rows."""

    def __init__(self, store: Database, zone: str, clock: Clock) -> None:
        self._store = store
        self._zone = zone_of(zone)
        self._clock = clock
        # The UTC clock times of noon and of a day's end here, in summer and in winter.
        days = [clock() + dt.timedelta(days=20 * n) for n in range(-200, 20)]
        cut_at = {to(day, self._zone) for day in days for to in (noon, end)}
        cut_at |= {begin(day_of(day, self._zone), self._zone) for day in days}
        self._cut_at = {f"{at:%H:%M:%S.%f}" for at in cut_at}
        self._place, self._after = 0, tuple[Any, ...]()
        self._done: dt.date | None = None

    async def some(self, before: dt.datetime) -> int:
        """Rounds what was on whole days before a moment; returns how many rows were read."""
        today = day_of(before, self._zone)
        while self._done != today:
            if self._place == len(REST):
                self._place, self._done = 0, today
            elif looked := await self._part(REST[self._place], before):
                return looked
            else:
                self._place, self._after = self._place + 1, ()
        return 0

    async def _part(self, rest: _Rest, before: dt.datetime) -> int:
        keys = [column.name for column in sa.inspect(rest.table).primary_key]
        table, dialect = rest.table.__table__.c, self._store.engine.dialect.name
        names = (*rest.times, *rest.ends)
        old = [table[name] < before for name in rest.times]
        old += [table[rest.by or name] < before + rest.early for name in rest.ends]
        exact = (
            sa.and_(is_old, ~is_at(table[name], dialect, self._cut_at))
            for name, is_old in zip(names, old, strict=True)
        )
        order = [table[key] for key in keys]
        found = sa.select(*order, *(table[name] for name in names)).where(sa.or_(*exact))
        if rest.only is not None:
            found = found.where(rest.only)
        if self._after:
            found = found.where(sa.tuple_(*order) > sa.tuple_(*self._after))
        found = found.order_by(*order).limit(MOST_AT_ONCE)
        async with self._store.read_snapshot() as connection:
            rows = [dict(row) for row in (await connection.execute(found)).mappings()]
        if not rows:
            return 0
        # Also rows that cannot be written: they hold up nothing else, and are retried tomorrow.
        self._after = tuple(rows[-1][key] for key in keys)
        changes = [each for row in rows if (each := self._changed(rest, row, keys, before))]
        if changes:
            async with self._store.transaction(hurry=True) as connection:
                await connection.execute(change(rest.table, keys, names), changes)
            self._store.needs_checkpoint = True
        return len(rows)

    def _changed(
        self, rest: _Rest, row: dict[str, Any], keys: Sequence[str], before: dt.datetime
    ) -> dict[str, Any] | None:
        today, now, zone = day_of(before, self._zone), self._clock(), self._zone
        new = {name: row[name] for name in (*rest.times, *rest.ends)}
        for name, at in new.items():
            if at is None:
                continue
            if day_of(at, zone) < today:
                new[name] = (end if name in rest.ends else noon)(at, zone)
            elif name in rest.ends and (rest.by or rest.early):
                # What has just ended does not begin again.
                new[name] = end(at, zone) if at > now else begin(day_of(at, zone), zone)
        return changed(row, new, keys)
