"""What moments were before they were cut to the day, and all that readers make of them.

For the tests of the job that cuts them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import re
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.domain.participant import Participant
from bot.domain.states import FollowUpState
from bot.reports.question_history import days_between, month_of
from bot.schedule import follow_ups
from bot.store.maintenance.round_other_times import REST, OtherTimesRounding
from bot.store.maintenance.round_participant_times import ParticipantTimesRounding
from bot.store.maintenance.time_rounding import day_of
from bot.store.queries.subject_access import load_subject_access
from bot.store.tables import Base
from bot.store.tables.column_types import RowId
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.store.maintenance.test_retention import some_value
from tests.support.worker_scenario import Office

_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)|\b1[789]\d{8}\b")
TWO_DAYS = dt.timedelta(days=2)
ZONE = ZoneInfo("Europe/London")
ORDERED = {
    "participants": (
        *("joined_at", "moved_at", "known_at", "phone_at", "last_hello_at", "closed_before"),
    ),
    "sessions": ("started_at", "moved_at", "ended_at"),
    "answers": ("at",),
    "consents": ("at",),
    "moves": ("at",),
    "follow_ups": ("made_at", "ended_at"),
    "alerts": ("asked_at", "seen_at"),
    "complaints": ("made_at",),
    "cases": ("joined_at", "second_use_at"),
    "records": ("at",),
    "reads": ("at",),
}
"""Whose moments are cut, and keep their order."""
Cell = tuple[str, tuple[Any, ...], str]


def tick(time: Time, chance: random.Random) -> None:
    """A moment that is no whole second, as all real ones are."""
    time.now += dt.timedelta(
        seconds=chance.randint(1, 900), microseconds=chance.randint(1, 999_998)
    )
    if time.now.microsecond == 0:
        time.now += dt.timedelta(microseconds=1)


async def cells(office: Office, tables: dict[str, tuple[str, ...]]) -> dict[Cell, tuple[Any, Any]]:
    """Every moment of these tables, each with whose it is."""
    found: dict[Cell, tuple[Any, Any]] = {}
    async with office.store.engine.connect() as connection:
        for name, columns in tables.items():
            table = Base.metadata.tables[name]
            whose: Any = table.c.participant_id if "participant_id" in table.c else None
            statement: Any = sa.select(table)
            of_case = name in ("records", "alerts")
            if of_case:
                cases = Base.metadata.tables["cases"]
                statement = sa.select(table, cases.c.participant_id).join(
                    cases, cases.c.id == table.c.case_id
                )
            for row in (await connection.execute(statement)).mappings():
                key = tuple(row[c.name] for c in table.primary_key)
                owner = row["participant_id"] if whose is not None or of_case else key[0]
                for column in columns:
                    if row[column] is not None:
                        found[name, key, column] = owner, row[column]
    return found


class Shadow:
    """What each moment was when it was written: the job changes the rows, and not this."""

    def __init__(self) -> None:
        self.exact: dict[Cell, dt.datetime] = {}
        self.seen: dict[Cell, tuple[Any, dt.datetime]] = {}

    async def wrote(self, office: Office) -> None:
        """Takes up what was written since."""
        now = await cells(office, ORDERED)
        for cell, each in now.items():
            if self.seen.get(cell) != each:
                self.exact[cell] = each[1]
        self.exact = {cell: at for cell, at in self.exact.items() if cell in now}
        self.seen = now

    async def cut(self, office: Office) -> int:
        """Holds what the job left against it: order, equality and day; how many were cut."""
        now = await cells(office, ORDERED)
        gone = self.seen.keys() - now.keys()
        assert not now.keys() - self.seen.keys()
        # Said too long before a check-in that is not done: seconds apart it would count for it.
        assert {column for _, _, column in gone} <= {"phone_at"}
        by_person: dict[Any, dict[dt.datetime, set[dt.datetime]]] = {}
        for cell, (owner, at) in now.items():
            exact = self.exact[cell]
            assert day_of(at, ZONE) == day_of(exact, ZONE), cell
            by_person.setdefault(owner, {}).setdefault(exact, set()).add(at)
        for moments in by_person.values():
            became = [moments[exact] for exact in sorted(moments)]
            assert all(len(each) == 1 for each in became)
            flat = [next(iter(each)) for each in became]
            assert flat == sorted(set(flat))
        count = sum(self.seen[cell] != each for cell, each in now.items()) + len(gone)
        self.seen = now
        return count


# --- what everybody is shown ---------------------------------------------------------------------


def by_day(value: Any) -> Any:
    """The same with days in the place of moments."""
    if isinstance(value, dt.datetime):
        return day_of(value, ZONE)
    if isinstance(value, dict):
        return {key: by_day(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [by_day(each) for each in value]
    if isinstance(value, sa.Row):
        return [by_day(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: by_day(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return value


def _standing(person: Participant, hello_at: dt.datetime | None) -> bool:
    known = (person.joined_at, person.known_at, person.phone_checked_at)
    moved = person.open_checkin.moved_at if person.open_checkin else None
    newest = max(at for at in (*known, moved) if at is not None)
    return hello_at is not None and hello_at > newest


async def shown(office: Office, now: dt.datetime) -> dict[str, Any]:
    """What all readers give: the person's own list and copy, their worker, report and plan."""
    found: dict[str, Any] = {}
    ids = sorted(row.id for row in await office.rows(ParticipantRow))
    plan = office.env.plan
    async with office.store.unit_of_work() as uow:
        people = await uow.participants.load(
            [p.chat for p in office.phones.values()], list(office.phones)
        )
        people = await uow.participants.load([], ids=ids) | people
        for person in {p.id: p for p in people.values()}.values():
            absent = (
                uow.participants.inactive.get(person.chat_id, [])
                if person.is_active_at_chat
                else []
            )
            found[f"{person.id}"] = [
                [
                    (p.id, p.state, p.sharing, sorted(p.session.answers), sorted(p.hidden_answers))
                    for p in person.checkins
                ],
                [(person.hides(p), person.may_be_read_whole(p)) for p in person.checkins],
                [case.id for case in person.cases],
                _standing(person, person.last_follow_up_at),
                [_standing(person, each.next_follow_up_at) for each in absent],
            ]
            for past in person.checkins:
                case = person.case(past.case_id) if past.case_id else None
                if past.ended_at is None or past.follows_id is not None:
                    continue
                dues = follow_ups.due_dates(plan, person.timezone, past.ended_at, case)
                begun = [follow_ups.started_since(person, past.id, due) for due in dues]
                found[f"plan {past.id}"] = by_day(dues), begun
            readers = await uow.sharing.readers_of(person)
            closed = person.hidden_before
            found[f"readers {person.id}"] = [
                (name, session, by_day(at), closed is None or at > closed)
                for name, session, at in sorted(readers)
            ]
            newest = {s: n for n, s, _ in reversed(readers)}
            found[f"newest reader {person.id}"] = newest
        hellos = await uow.follow_ups.open_of(ids)
        found["hellos"] = {each: hello.id for each, hello in hellos.items()}
        workers = await uow.workers.by_chat(list(office.phones))
        cases = await uow.cases.find(ids=[row.id for row in await _ids(uow, CaseRow)])
        for case in cases:
            found[f"recorded {case.id}"] = by_day(await uow.sharing.latest_outcome(case))
            for worker in workers.values():
                readable = await uow.sharing.readable_by(case, worker)
                found[f"readable {case.id} {worker.id}"] = by_day(readable)
    for each in ids:
        if (copy := await load_subject_access(office.store, each)) is None:
            continue
        found[f"copy {each}"] = [
            [past.id for past in copy.participant.checkins],
            {key: by_day(value) for key, value in copy.given.items()},
            [(row.kind, by_day(row.at)) for row in copy.consents],
            [(row.event, by_day(row.at)) for row in copy.moves],
            sorted((row.id, row.state) for row in copy.follow_ups),
            [(row.case_id, row.outcome, by_day(row.at)) for row in copy.records],
            sorted((name, session, by_day(at)) for name, session, at in copy.readers),
            [one.code for one in copy.complaints],
        ]
    async with office.store.reporting() as reporting:
        async for page in reporting.people(ids, until=now):
            for person_ in page:
                found[f"report {person_.id}"] = by_day(person_)
                found[f"months {person_.id}"] = [
                    (
                        month_of(c.started_at, "Europe/London"),
                        c.since and days_between(c.since, c.started_at, "Europe/London"),
                    )
                    for c in person_.checkins
                ]
    return found


async def _ids(uow: Any, table: Any) -> Any:
    return (await uow._connection.execute(sa.select(table.id))).all()


async def whole_cut(office: Office, before: dt.datetime) -> None:
    """One run of both jobs to its end."""
    job = ParticipantTimesRounding(office.store, "Europe/London")
    rest = OtherTimesRounding(office.store, "Europe/London", office.time)
    while await job.some(before):
        pass
    while await rest.some(before):
        pass


# --- times of day, wherever they stand -----------------------------------------------------------

SHORT = "the row, or the moment in it, is gone in days whatever happens"
ITS_OWN = "no deed of anybody whom the bot asks"
EXACT = {
    **dict.fromkeys([("updates_seen", "at"), ("set_aside", "at"), ("owed", "at")], SHORT),
    **dict.fromkeys([("owed", "first_at"), ("messages", "clear_at")], SHORT),
    **dict.fromkeys([("participants", "delete_at"), ("participants", "waits_since")], SHORT),
    **dict.fromkeys([("participants", "clear_all_at"), ("follow_ups", "lease_until")], SHORT),
    **dict.fromkeys([("shown", "next_at"), ("voices", "next_at"), ("tries", "next_at")], SHORT),
    ("participants", "asked_at"): SHORT,
    ("alerts", "next_at"): "until somebody has seen it, and then empty",
    **{("jobs", name): ITS_OWN for name in ("begun_at", "succeeded_at", "failed_at")},
    **{("jobs", name): ITS_OWN for name in ("running_since", "written_at")},
    **dict.fromkeys([("sweep_marks", "at"), ("editions", "made_at"), ("news", "at")], ITS_OWN),
    ("flow_versions", "first_seen"): ITS_OWN,
    ("language_words", "at"): ITS_OWN,
    **{("workers", name): ITS_OWN for name in ("joined_at", "removed_at", "unreachable_since")},
    **{("worker_invites", name): ITS_OWN for name in ("made_at", "expires_at")},
}
"""The columns in which an exact moment may stand for longer than two days, and why."""
TO_THE_HOUR = {("follow_ups", "due_at"), ("follow_ups", "useless_after")}
TO_THE_HOUR |= {("participants", "paused_until")}
"""What is to come is to come at the hour that was said."""
_END = (23, 59, 59)


def times_of_day(table: sa.Table, row: Any) -> set[str]:
    """The columns of a row that tell more than a day: as a moment, as a number, or as text."""
    found = set()
    for column in table.columns:
        value, place = row[column.name], (table.name, column.name)
        if isinstance(value, dt.datetime):
            here = value.astimezone(ZONE)
            noon = (here.hour, here.minute // 10, here.microsecond) == (12, 0, 0)
            end = (here.hour, here.minute, here.second) == _END and not here.microsecond
            begin = (here.hour, here.minute, here.second, here.microsecond) == (0,) * 4
            hour = place in TO_THE_HOUR and (here.minute, here.second, here.microsecond) == (0,) * 3
            if not (noon or begin or end or hour or place in EXACT):
                found.add(column.name)
        elif isinstance(value, dt.time):
            found.add(column.name)
        elif isinstance(value, int | float) and not isinstance(column.type, type(RowId)):
            seconds = [value / 1000**power for power in range(4)]
            if any(2026 <= 1970 + each / 31_556_952 < 2030 for each in seconds):
                found.add(column.name)
        elif isinstance(value, str) and _CLOCK.search(value):
            found.add(column.name)
    return found


async def told_of_days(office: Office) -> set[tuple[str, str]]:
    """The columns of all tables that tell a time of day, but for those which may."""
    found = set()
    async with office.store.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in (await connection.execute(sa.select(table))).mappings():
                found |= {(table.name, name) for name in times_of_day(table, row)}
    return found


LASTS = {"until": 0, "expires_at": 30, "useless_after": 30}
"""For how many days what ends lasts; what has its days said by `early`, for those."""
GONE_BY_THEN = {"updates_seen"}


async def every_table_filled(office: Office) -> None:
    """Puts a row more into every table, hung on rows that are there, all of now."""
    early = {rest.table.__tablename__: rest.early for rest in REST}
    async with office.store.engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in ("participants", "keyring"):
                continue
            row: dict[str, Any] = {}
            for column in table.columns:
                if column.foreign_keys:
                    (key,) = column.foreign_keys
                    there = await connection.execute(sa.select(key.column).limit(1))
                    row[column.name] = there.scalar_one()
                elif not (column.primary_key and column.autoincrement is True):
                    value = some_value(column, office.time())
                    # Digits alone might be a moment, by chance.
                    row[column.name] = f"n{value[1:]}" if type(value) is str else value
                if column.name in LASTS:
                    lasts = dt.timedelta(days=LASTS[column.name]) or early[table.name]
                    row[column.name] = office.time() + lasts
            if table.name == "messages":  # as Telegram says it
                row["at"] = office.time().replace(microsecond=0)
            if table.name == "follow_ups":
                row["state"] = FollowUpState.SENT
            await connection.execute(sa.insert(table).values(row))
