"""Every table has a rule how long it keeps what is in it, and the rule is held to.

That answers go when they were promised to is in `test_sweep` too.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.ids import new_id
from bot.domain.states import FollowUpState
from bot.jobs import clean_up as rounds
from bot.jobs.clean_up import CleanUpJob
from bot.messages.callback_data import to_base36
from bot.settings import ROOT
from bot.store.maintenance.retention_rules import RULES, RetentionRule
from bot.store.maintenance.round_other_times import REST
from bot.store.maintenance.round_participant_times import PLACES
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.data_rights_tables import AnswerCountRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, ReadRow, WorkerRow
from tests.conftest import Time
from tests.support.participants import everything, swept
from tests.support.worker_scenario import Office, an_office

BY_ITSELF = {name: rule for name, rule in RULES.items() if rule.table is not None}


def test_every_table_has_a_rule() -> None:
    assert set(RULES) == set(Base.metadata.tables)
    assert all(rule.description for rule in RULES.values())
    page = (ROOT / "docs" / "data-protection.md").read_text(encoding="utf-8")
    unsaid = {
        name for name, rule in RULES.items() if f"| `{name}` | {rule.description} |" not in page
    }
    assert unsaid == set()


def test_what_goes_with_something_else_hangs_on_it() -> None:
    """A table without a rule of its own is for good, or goes with a row that has one."""
    special = {"participants", "answers", "messages", "sweep_marks"}  # tested elsewhere
    for name, rule in RULES.items():
        if rule.table is not None or name in special or rule.description.startswith("for good"):
            continue
        keys = Base.metadata.tables[name].foreign_keys
        assert any(key.ondelete == "CASCADE" for key in keys), name


BY_THE_DAY = {place.table.__tablename__ for place in (*PLACES, *REST)}
"""Of rows in these that are old only the day is known."""


def some_value(column: Any, at: dt.datetime) -> Any:
    """Something that may stand in a column, as if it had been written then."""
    kind = column.type
    if isinstance(kind, sa.Enum):
        return kind.enum_class(kind.enums[0]) if kind.enum_class else kind.enums[0]
    for types, value in (
        (sa.LargeBinary, new_id().to_bytes(32, "big")),
        (sa.String, f"{new_id()}"[: getattr(kind, "length", None) or 9]),
        (sa.Boolean, False),
        (sa.Integer, new_id() % 1_000_000),
        (sa.JSON, []),
        (sa.TypeDecorator, at),
    ):
        if isinstance(kind, types):
            return value
    return at.date()


def _row(rule: RetentionRule, at: dt.datetime, **given: Any) -> dict[str, Any]:
    assert rule.table is not None
    columns = rule.table.__table__.columns
    row = {c.name: some_value(c, at) for c in columns if not c.foreign_keys}
    if rule.table is FollowUpRow:
        row["state"] = FollowUpState.SENT
    return row | {name: value for name, value in given.items() if name in columns}


async def test_a_row_stays_for_its_time_and_no_longer(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.joined(sam)
        (person,) = await office.rows(ParticipantRow)
        case, number = await office.case(), await office.number(sam)
        now = time() + dt.timedelta(days=1)
        here: dict[str, sa.ColumnElement[bool]] = {}
        async with office.store.engine.begin() as connection:
            for name, rule in BY_ITSELF.items():
                assert rule.table is not None
                given = {
                    "participant_id": None if name in ("cases", "complaints") else person.id,
                    "worker_id": None if name == "worker_invites" else number,
                    "case_id": case,
                    "seen_by": None,
                }
                row = _row(rule, now, **given)
                await connection.execute(sa.insert(rule.table).values(row))
                key = sa.inspect(rule.table).primary_key[0]
                here[name] = key == row[key.name]
        for after in sorted({rule.after for rule in BY_ITSELF.values()}):
            ripe = [name for name, rule in BY_ITSELF.items() if rule.after == after]
            for minutes, left in ((-1, 1), (1, 0), (24 * 60, 0)):
                time.now = now + after + dt.timedelta(minutes=minutes)
                await _still_there(office)
                await _sweep(office)
                for name in ripe:
                    if minutes == 1 and name in BY_THE_DAY:
                        continue  # a day later at the latest
                    table = BY_ITSELF[name].table
                    assert table is not None
                    assert await office.count(table, here[name]) == left, (name, minutes)


async def _still_there(office: Office) -> None:
    """A sign of everybody: it is not they who are forgotten here."""
    async with office.store.engine.begin() as connection:
        await connection.execute(sa.update(ParticipantRow).values(moved_at=office.time()))


# --- answers -------------------------------------------------------------------------------------


async def test_answers_are_counted_when_they_go_and_lead_to_nobody(
    database_url: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST_AT_ONCE", 4)  # so that one round takes many parts
    async with an_office(database_url, time) as office:
        people = [office.phone() for _ in range(3)]
        await office.agree(people)
        await office.all_before(people, "only_me")
        (session, *_) = await office.sessions()
        kept = await office.rows(AnswerRow)
        secrets = [a.words for a in kept if a.words]
        time.pass_(days=364)
        late = office.phone()
        await office.agree([late])
        await office.before(late, "only_me")
        time.pass_(days=2)
        await _sweep(office)
        counted = {
            (row.step, row.state, row.choice): row.n for row in await office.rows(AnswerCountRow)
        }
        assert counted["first", "answered", "n"] == 3
        assert counted["b1", "answered", ""] == 3
        assert sum(counted.values()) == len(kept)
        rows = await office.rows(AnswerCountRow)
        assert {(r.flow, r.version, r.month) for r in rows} == {
            ("before", session.version, "2026-11")
        }
        left = await office.rows(AnswerRow)
        assert len(left) == len(kept) // 3, "what was said later stays"
        assert all(s.trail == [] for s in (await office.sessions())[:3])
        await office.store.checkpoint()
        found = await everything(office.store)
        assert not any(words in found for words in secrets)
        # Again the same: what is gone is counted once.
        time.pass_(minutes=11)
        await _sweep(office)
        assert await office.rows(AnswerCountRow) == rows


async def test_counts_of_another_round_are_added(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        for _ in range(2):
            phone = office.phone()
            await office.agree([phone])
            await office.before(phone, "only_me")
            time.pass_(days=1)
        for days in (364, 2):
            time.pass_(days=days)
            await _sweep(office)
        assert {row.n for row in await office.rows(AnswerCountRow)} == {2}


async def test_all_or_none_of_a_part_is_counted(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me")
        kept = await office.count(AnswerRow)
        time.pass_(days=366)

        def fail(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("INSERT INTO tallies"):
                raise RuntimeError(statement)

        engine = office.store.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", fail)
        with pytest.raises(RuntimeError):
            await _sweep(office)
        sa.event.remove(engine, "before_cursor_execute", fail)
        assert await office.count(AnswerRow) == kept


# --- people, workers and links -------------------------------------------------------------------


async def test_people_of_whom_nothing_is_heard_for_two_years_are_forgotten(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim, lee = await office.joined(sam), await office.joined(sam, "Lee")
        await office.all_before([kim, lee])
        await office.say(kim, "stop")
        await office.say(lee, "stop")
        time.pass_(days=400)
        await office.agree([lee])
        for days in (200, 200):
            time.pass_(days=days)
            for _ in range(2):
                await _sweep(office)
        (person,) = await office.rows(ParticipantRow)
        (case,) = await office.rows(CaseRow)
        assert case.participant_id == person.id
        assert {s.participant_id for s in await office.rows(CheckinRow)} == {person.id}
        assert await office.count(ParticipantRow) == 1


async def test_a_used_link_is_found_by_nothing_after_its_time(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        token, kim, lee = await office.link(sam), office.phone(), office.phone()
        await office.joins(kim, token)
        (before,) = await office.rows(CaseRow)
        time.pass_(days=96)
        await _sweep(office)
        assert (await office.rows(CaseRow))[0].token_hash == before.token_hash
        time.pass_(days=2)
        await _sweep(office)
        (after,) = await office.rows(CaseRow)
        assert len(after.token_hash) == 8
        await office.open(lee, token)
        assert lee.messages[0].text == office.words("link_closed")


async def test_a_removed_worker_stays_while_something_names_them(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim = await office.joined(sam)
        await office.before(kim)
        await read(office, sam)
        await office.remove(sam, ali)
        time.pass_(days=729)
        await _sweep(office)
        assert await office.count(WorkerRow) == 2
        time.pass_(days=2)
        await _sweep(office)
        assert await office.count(ReadRow) == 0
        assert await office.count(WorkerRow) == 2, "the check-in still says whom it was shared with"
        await office.say(kim, "stop")
        await office.aside(kim, "stopped", "delete")
        await office.deleted()
        await _sweep(office)
        assert [row.id for row in await office.rows(WorkerRow)] == [await office.number(ali)]


async def read(office: Office, worker: Any) -> None:
    """The worker reads what was shared with them."""
    session = (await office.sessions())[-1].id
    await office.does(worker, "read", await office.case(), to_base36(session))
    assert await office.count(ReadRow) == 1


async def _sweep(office: Office) -> None:
    await swept(CleanUpJob(office.store, office.env, office.time), office.time)
