"""Data minimisation: rounds timestamps to the day, days later, so that they identify no visit.

Of each participant's day, in their own time zone, the timestamps become noon and the seconds after
it, in their true order and equal where they were equal: all that sorts or compares them gives the
same result as before. Participants who share a chat are ordered together, for their timestamps are
compared. Only whole days are rounded, so nothing exact can come between later. A few participants
at a time, each in one transaction under their lock; stopped anywhere, what is done stays done, and
the rest is found by what is still exact.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import CheckinState, FollowUpState
from bot.store.availability import DatabaseUnavailable
from bot.store.database import Database
from bot.store.maintenance.time_rounding import (
    Row,
    RowTimes,
    change,
    changed,
    day_of,
    end,
    hour,
    is_exact,
    noon,
    rounded,
    zone_of,
)
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from bot.store.tables.worker_tables import AlertRow, AlertStepRow, CaseRow, ReadRow, RecordRow

log = structlog.get_logger()

AT_ONCE = 20
MOST_A_ROUND = 2000
"""Participants in one round: the other parts of the clean-up wait for it."""
_NEARLY_AN_HOUR = dt.timedelta(hours=1) - dt.timedelta(microseconds=1)
PHONE_FRESH = dt.timedelta(hours=1)
"""How long an answer about phone privacy holds for a check-in that begins."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Timestamps that are in one order with all others of their participant, and their table."""

    table: type[Base]
    keys: tuple[str, ...]
    times: tuple[str, ...]
    whose: Any
    way: tuple[type[Base], ...] = ()
    """The tables between it and the participant, the nearest first."""
    only: Any = None
    more: tuple[str, ...] = ()

    def select(self, *columns: Any) -> sa.Select[Any]:
        statement = sa.select(*columns).select_from(self.table)
        for table in self.way:
            statement = statement.join(table)
        return statement if self.only is None else statement.where(self.only)


_SEEN = AlertRow.seen_at.is_not(None)
_IN_HAND = FollowUpRow.state.in_((FollowUpState.CLAIMED, FollowUpState.SENDING))
# Answers before check-ins: deletion of old answers locks them in that order too.
PLACES = (
    _Place(AnswerRow, ("session_id", "step"), ("at",), AnswerRow.participant_id),
    _Place(
        *(CheckinRow, ("id",), ("started_at", "moved_at", "ended_at")),
        CheckinRow.participant_id,
        more=("stage",),
    ),
    _Place(ConsentRow, ("id",), ("at",), ConsentRow.participant_id),
    _Place(TransitionRow, ("id",), ("at",), TransitionRow.participant_id),
    _Place(
        *(FollowUpRow, ("id",), ("made_at", "ended_at", "due_at", "useless_after")),
        FollowUpRow.participant_id,
        only=~_IN_HAND,
        more=("state",),
    ),
    _Place(CaseRow, ("id",), ("joined_at", "second_use_at"), CaseRow.participant_id),
    _Place(RecordRow, ("id",), ("at",), CaseRow.participant_id, (CaseRow,)),
    _Place(ReadRow, ("id",), ("at",), ReadRow.participant_id),
    _Place(AlertRow, ("id",), ("asked_at", "seen_at"), CaseRow.participant_id, (CaseRow,), _SEEN),
    _Place(
        *(AlertStepRow, ("id",), ("at",), CaseRow.participant_id, (AlertRow, CaseRow)), only=_SEEN
    ),
    _Place(
        *(ComplaintRow, ("id",), ("made_at", "acknowledged_at", "answered_at")),
        ComplaintRow.participant_id,
    ),
)
PERSON = ("joined_at", "moved_at", "known_at", "phone_at", "last_hello_at", "closed_before")
_CHAT = sa.func.coalesce(ParticipantRow.aside_hash, ParticipantRow.chat_hash)


class ParticipantTimesRounding:
    """Rounds the timestamps of all participants that have exact ones; `some` handles a few."""

    def __init__(self, store: Database, zone: str, at_once: int = AT_ONCE) -> None:
        self._store = store
        self._zone = zone_of(zone)
        self._at_once = at_once
        self._left: list[int] | None = None
        self._seen = 0
        self._all_done = True
        self._done: dt.date | None = None

    async def some(self, before: dt.datetime) -> int:
        """Rounds what was on whole days before a moment; returns how many participants were read.

        Zero at the end, and where a round was long enough: the next one goes on from there.

        Raises:
            DatabaseUnavailable: what is done stays done.
        """
        today = day_of(before, self._zone)
        if self._left is None:
            if self._done == today:
                return 0
            self._left, self._all_done = await exact_people(self._store, before), True
        if self._seen >= MOST_A_ROUND or not self._left:
            if not self._left:
                # A participant who was locked just now is retried in the next round.
                self._left, self._done = None, today if self._all_done else None
            self._seen = 0
            return 0
        ids, rest = self._left[: self._at_once], self._left[self._at_once :]
        await self._people(ids, before)
        self._left, self._seen = rest, self._seen + len(ids)
        self._store.needs_checkpoint = True
        return len(ids)

    async def _people(self, ids: list[int], before: dt.datetime) -> None:
        try:
            async with self._store.transaction(hurry=True) as connection:
                self._all_done &= await cut(connection, ids, before)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one that cannot be cut holds up no other
            if len(ids) > 1:
                for each in ids:
                    await self._people([each], before)
                return
            self._all_done = False
            log.error("coarse.failed", participant=ids[0], error=type(error).__name__)  # noqa: TRY400


async def exact_people(store: Database, before: dt.datetime) -> list[int]:
    """Ids of participants with exact timestamps from before a moment."""
    found: set[int] = set()
    dialect, row = store.engine.dialect.name, ParticipantRow
    # Future times are rounded by when their row was made.
    by_another = {"due_at": FollowUpRow.made_at, "useless_after": FollowUpRow.made_at}
    async with store.read_snapshot() as connection:
        for place in PLACES:
            columns = [(getattr(place.table, n), by_another.get(n)) for n in place.times]
            exact = (
                sa.and_((column if by is None else by) < before, is_exact(column, dialect))
                for column, by in columns
            )
            statement = place.select(place.whose).where(sa.or_(*exact)).distinct()
            found |= set((await connection.execute(statement)).scalars()) - {None}
        exact = (
            sa.and_(getattr(row, n) < before, is_exact(getattr(row, n), dialect)) for n in PERSON
        )
        paused = sa.and_(row.moved_at < before, is_exact(row.paused_until, dialect))
        statement = sa.select(row.id).where(sa.or_(*exact, paused))
        found |= set((await connection.execute(statement)).scalars())
    return sorted(found)


async def cut(connection: AsyncConnection, ids: Collection[int], before: dt.datetime) -> bool:
    """Rounds these participants, with all who use the same chats; False where one was locked."""
    row = ParticipantRow
    theirs = sa.select(_CHAT).where(row.id.in_(ids))
    chats = list((await connection.execute(theirs)).scalars())
    # Those beside them by the indexes: a chat's hash is in one of these columns.
    using = sa.or_(row.chat_hash.in_(chats), row.aside_hash.in_(chats))
    wanted = sa.select(row.id, _CHAT.label("chat")).where(using)
    chat_of = {each.id: each.chat for each in (await connection.execute(wanted)).all()}
    columns = [getattr(row, n) for n in ("id", "zone", "paused_until", *PERSON)]
    free = (
        sa.select(*columns)
        .where(row.id.in_(chat_of))
        .order_by(row.id)
        .with_for_update(skip_locked=True, key_share=True)
    )
    people = [dict(r) for r in (await connection.execute(free)).mappings()]
    in_use = {
        chat_of[each] for each in chat_of.keys() - {participant["id"] for participant in people}
    }
    groups: dict[bytes, list[Row]] = defaultdict(list)
    for participant in people:
        if chat_of[participant["id"]] not in in_use:
            groups[chat_of[participant["id"]]].append(participant)
    found: dict[bytes, list[tuple[_Place, Row]]] = defaultdict(list)
    cuttable = [participant["id"] for group in groups.values() for participant in group]
    for place in PLACES:
        for each in await _rows(connection, place, cuttable):
            found[chat_of[each["owner"]]].append((place, each))
    changes: dict[Any, list[Row]] = defaultdict(list)
    for chat, group in groups.items():
        for whose, given in _group(group, found[chat], before):
            changes[whose].append(given)
    for place in PLACES:
        rows = changes[place]
        await _write(connection, place.table, place.keys, place.times, rows)
    names = (*PERSON, "paused_until")
    await _write(connection, ParticipantRow, ("id",), names, changes[None])
    return not in_use


async def _rows(connection: AsyncConnection, place: _Place, people: Collection[int]) -> list[Row]:
    columns = [getattr(place.table, n) for n in (*place.keys, *place.times, *place.more)]
    # In one order for all who lock several, so that two cannot wait for each other.
    order = [getattr(place.table, name) for name in place.keys]
    statement = place.select(*columns, place.whose.label("owner"))
    statement = statement.where(place.whose.in_(people)).order_by(*order)
    return [dict(row) for row in (await connection.execute(statement)).mappings()]


async def _write(
    connection: AsyncConnection,
    table: type[Base],
    keys: Sequence[str],
    names: Sequence[str],
    rows: list[Row],
) -> None:
    if rows:
        await connection.execute(change(table, keys, names), rows)


def _group(
    people: list[Row], found: list[tuple[_Place, Row]], moment: dt.datetime
) -> Iterable[tuple[_Place | None, Row]]:
    """The changes for participants who share a chat; their own rows have no place."""
    zone = zone_of(min(people, key=lambda row: int(row["id"]))["zone"])
    before = day_of(moment, zone)
    moments = [value for place, row in found for value in _moments(place, row)]
    moments += [value for row in people for n in PERSON if (value := row[n])]
    cut_to = rounded(moments, zone, before)
    for place, row in found:
        new = {name: cut_to.get(row[name], row[name]) for name in place.times}
        if place.table is FollowUpRow and day_of(row["made_at"], zone) < before:
            new |= _planned(row, cut_to, zone, before)
        if given := changed(row, new, place.keys):
            yield place, given
    for row in people:
        new = {name: cut_to.get(row[name], row[name]) for name in PERSON}
        new["phone_at"] = _phone(row, found, cut_to)
        until = row["paused_until"]
        new["paused_until"] = (
            hour(until, zone) if until and day_of(row["moved_at"], zone) < before else until
        )
        if given := changed(row, new, ("id",)):
            yield None, given


def _moments(place: _Place, row: Row) -> list[dt.datetime]:
    names = place.times
    if place.table is FollowUpRow:
        names = ("made_at", "ended_at") if row["state"] is FollowUpState.WAITING else names[:3]
    return [row[name] for name in names if row[name]]


def _planned(row: Row, cut_to: RowTimes, zone: ZoneInfo, before: dt.date) -> Row:
    """A follow-up's due time: the day once it is done; of a future one the hour stays."""
    due, useless = row["due_at"], row["useless_after"]
    if row["state"] is FollowUpState.WAITING:
        due, useless = hour(due, zone), hour(useless + _NEARLY_AN_HOUR, zone)
    elif row["ended_at"] is None or day_of(row["ended_at"], zone) < before:
        due, useless = cut_to.get(due, noon(due, zone)), end(useless, zone)
    return {"due_at": due, "useless_after": useless}


def _phone(
    participant: Row, found: list[tuple[_Place, Row]], cut_to: RowTimes
) -> dt.datetime | None:
    """The time of the answer about phone privacy; None if it was too long before a check-in.

    Seconds apart it would count as given for it.
    """
    said: dt.datetime | None = participant["phone_at"]
    if said is None or said not in cut_to:
        return said
    stale = any(
        place.table is CheckinRow
        and row["owner"] == participant["id"]
        and row["stage"] is CheckinState.WAITING
        and row["started_at"] in cut_to
        and row["started_at"] - PHONE_FRESH > said
        for place, row in found
    )
    return None if stale else cut_to[said]
