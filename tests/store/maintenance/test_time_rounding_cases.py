"""Single cases of cutting moments to the day; the law is in `test_coarse_times`."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversation.safety import settings_screen
from bot.domain.states import CheckinState, FollowUpState
from bot.messages.incoming import Command
from bot.store.maintenance.consent_ledger import is_marked, mark_of
from bot.store.maintenance.round_participant_times import ParticipantTimesRounding, exact_people
from bot.store.maintenance.time_rounding import change, changed, day_of
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from bot.store.tables.report_tables import AnnouncementRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.store.maintenance.backups import backed_up, restored
from tests.support.database.rounded_times import TWO_DAYS, ZONE, shown, whole_cut
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office, all_tables, an_office

# --- single cases --------------------------------------------------------------------------------


def ear(office: Office) -> Ear:
    """The phone of whoever came by the worker's link."""
    phone = office.phones[20_002]
    assert isinstance(phone, Ear)
    return phone


async def someone(office: Office, time: Time) -> int:
    """Somebody who has said all of BEFORE, at moments that are no whole seconds."""
    time.now += dt.timedelta(microseconds=123_457)
    wanda = await office.worker("Wanda")
    kim = await office.joined(wanda)
    time.pass_(minutes=7)
    await office.before(kim)
    found: int = (await office.rows(ParticipantRow))[0].id
    return found


async def test_broken_off_in_the_midst_it_changes_nothing_and_goes_on_later(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await someone(office, time)
        time.pass_(days=5)
        before, was = time() - TWO_DAYS, await all_tables(office)
        run = office.store.engine
        if run.dialect.name == "sqlite":
            made = ["CREATE TRIGGER no BEFORE UPDATE ON moves BEGIN SELECT RAISE(ABORT,'no'); END"]
            gone = ["DROP TRIGGER no"]
        else:
            made = [
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql"
                " AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
                "CREATE TRIGGER no BEFORE UPDATE ON moves FOR EACH ROW EXECUTE FUNCTION no()",
            ]
            gone = ["DROP TRIGGER no ON moves"]
        async with run.begin() as connection:
            for statement in made:
                await connection.exec_driver_sql(statement)
        job = ParticipantTimesRounding(office.store, "Europe/London")
        assert await job.some(before) == 1
        assert await job.some(before) == 0  # it does not come back for ever
        assert await all_tables(office) == was
        async with run.begin() as connection:
            for statement in gone:
                await connection.exec_driver_sql(statement)
        assert await job.some(before) == 1
        assert await job.some(before) == 0
        assert await exact_people(office.store, before) == []
        assert await job.some(before) == 0


async def test_what_is_owed_later_keeps_its_day_and_hour(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        await someone(office, time)
        was = {
            r.id: r.due_at
            for r in await office.rows(FollowUpRow)
            if r.state is FollowUpState.WAITING
        }
        assert was
        assert all(at.microsecond for at in was.values())
        time.pass_(days=5)
        await whole_cut(office, time() - TWO_DAYS)
        for row in await office.rows(FollowUpRow):
            if row.id in was:
                hour = was[row.id].replace(minute=0, second=0, microsecond=0)
                assert row.due_at == hour
                assert row.useless_after > row.due_at


@pytest.mark.parametrize("hours", [-2, 2])
async def test_what_was_done_on_the_day_they_came_is_told(
    database_url: str, time: Time, hours: int
) -> None:
    async with an_office(database_url, time) as office:
        kim = await someone(office, time)
        async with office.store.unit_of_work() as uow:
            lead = (await uow.workers.by_chat([20_001]))[20_001]
            at = (await office_rows(uow, kim)).joined_at + dt.timedelta(hours=hours)
            await uow.announcements.add(lead, "A lamp on the stairs.", at)
        time.pass_(days=5)
        await whole_cut(office, time() - TWO_DAYS)
        await whole_cut(office, time() - TWO_DAYS)
        assert len(await office.rows(AnnouncementRow)) == 1
        async with office.store.unit_of_work() as uow:
            person = (await uow.participants.load_by_id([kim]))[kim]
            told = await uow.announcements.unheard_by(person, 5)
        assert told == ["A lamp on the stairs."]


async def office_rows(uow: Any, person: int) -> Any:
    return (await uow.participants.load_by_id([person]))[person]


async def test_days_of_consent_and_answers_stay(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        time.now = dt.datetime(2027, 6, 3, 23, 30, tzinfo=dt.UTC)  # half past midnight in London
        await someone(office, time)
        time.pass_(days=5)
        await whole_cut(office, time() - TWO_DAYS)
        for table in (ConsentRow, AnswerRow):
            for row in await office.rows(table):
                assert day_of(row.at, ZONE) == dt.date(2027, 6, 4)
                assert (row.at.minute, row.at.microsecond, row.at.hour) == (0, 0, 11)
        (session,) = await office.sessions()
        assert session.stage is CheckinState.DONE
        assert session.started_at < session.ended_at


async def test_whether_a_first_line_stands_is_the_same_where_several_use_one_phone(
    database_url: str, time: Time
) -> None:
    chance = random.Random(3)  # noqa: S311 - the same in every run
    async with an_office(database_url, time) as office:
        await someone(office, time)
        kim = ear(office)
        (first,) = await office.rows(ParticipantRow)
        await office.act([(kim, Command("start"))])
        await office.aside(kim, "other_person", "new", first.id)
        for choice in TO_KEEP:
            await office.all([kim], choice)
        people = [row.id for row in await office.rows(ParticipantRow)]
        assert len(people) == 2
        day = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
        seen = set()
        for number in range(12):
            day += dt.timedelta(days=1)
            at = [
                day + chance.randint(1, 80_000_000) * dt.timedelta(microseconds=1001)
                for _ in range(8)
            ]
            async with office.store.engine.begin() as connection:
                for person in people:
                    values = {"known_at": chance.choice(at), "last_hello_at": chance.choice(at)}
                    here = sa.update(ParticipantRow).where(ParticipantRow.id == person)
                    await connection.execute(here.values(**values))
                    moves = sa.update(TransitionRow).where(TransitionRow.participant_id == person)
                    await connection.execute(moves.values(at=chance.choice(at)))
            time.now = day + dt.timedelta(days=4)
            was = await shown(office, time())
            await whole_cut(office, time() - TWO_DAYS)
            assert await shown(office, time()) == was, number
            seen |= {repr(value[3:]) for key, value in was.items() if key.isdecimal()}
        assert len(seen) > 3


async def test_an_after_begun_on_its_day_is_not_asked_again_once_only_days_are_known(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await someone(office, time)
        kim = ear(office)
        (before,) = await office.sessions()
        time.now = before.ended_at + dt.timedelta(days=14, minutes=1)
        await office.act([(kim, Command("start"))])
        await office.after(kim)
        for days in (0, 1, 4, 5):
            time.pass_(days=days)
            await whole_cut(office, time() - TWO_DAYS)
            await office.act([(kim, Command("start"))])
            assert [row.about for row in await office.sessions()] == [None, before.id]


async def test_an_exact_backup_loses_nothing_where_the_newest_keys_know_only_days(
    database_url: str, time: Time, tmp_path: Path
) -> None:
    path, keys = tmp_path / "old.backup", tmp_path / "new" / "checkin.keys"
    keys.parent.mkdir()
    time.now = dt.datetime(2027, 6, 3, 15, tzinfo=dt.UTC)  # later than the noon that is kept of it
    async with an_office(database_url, time) as office:
        person = await someone(office, time)
        time.pass_(minutes=9)
        await backed_up(database_url, path, time())
        # Closed on the same day, after the backup: all that is in it was said before.
        time.pass_(minutes=9)
        async with office.store.unit_of_work() as uow:
            await uow.identity.hide_history(person, time())
        kept = len(await office.rows(AnswerRow))
        assert kept > 5
        time.pass_(days=5)
        await whole_cut(office, time() - TWO_DAYS)
        await backed_up(database_url, keys.parent / "new.backup", time())
    other = f"sqlite:///{tmp_path / 'other.db'}"
    await restored(other, path, keys=keys, now=time())
    async with an_office(other, time) as office:
        answers = await office.rows(AnswerRow)
        assert len(answers) == kept
        (row,) = await office.rows(ParticipantRow)
        assert all(answer.at.microsecond for answer in answers)
        assert all(answer.at <= row.closed_before for answer in answers)
        await whole_cut(office, time() - TWO_DAYS)
        (row,) = await office.rows(ParticipantRow)
        assert all(answer.at <= row.closed_before for answer in await office.rows(AnswerRow))


def test_a_mark_is_of_what_was_said_and_its_day_and_older_marks_still_count() -> None:
    at = dt.datetime(2027, 6, 3, 15, 4, 5, 678, tzinfo=dt.UTC)
    row = SimpleNamespace(at=at, said=b"tap", words=b"words", voice=None)

    def other(**values: Any) -> SimpleNamespace:
        return SimpleNamespace(**{**vars(row), **values})

    mark = mark_of(row)
    noons = [at.replace(hour=hour, minute=0, second=0, microsecond=0) for hour in (0, 11, 23)]
    assert all(is_marked(other(at=noon), mark) for noon in noons)
    assert mark_of(other(at=noons[1])) == mark
    assert is_marked(other(said=None), mark)  # was sealed since
    for values in ({"words": b"more"}, {"said": b"other"}, {"voice": b"heard"}):
        assert not is_marked(other(**values), mark)
    assert not is_marked(other(at=at + dt.timedelta(days=2)), mark)
    assert not is_marked(row, None)
    old = hashlib.blake2b(b"\0".join([at.isoformat().encode(), b"words", b""]), digest_size=8)
    assert is_marked(row, old.hexdigest())
    assert not is_marked(other(words=b"more"), old.hexdigest())


@pytest.mark.parametrize("minutes", [-150, -61, -59, 1])
async def test_who_sees_the_phone_is_asked_of_a_check_in_that_waits_as_before(
    database_url: str, time: Time, minutes: int
) -> None:
    async with an_office(database_url, time) as office:
        time.now += dt.timedelta(microseconds=123_457)
        wanda = await office.worker("Wanda")
        await office.joined(wanda)
        (session,) = await office.sessions()
        said = session.started_at + dt.timedelta(minutes=minutes)
        async with office.store.engine.begin() as connection:
            await connection.execute(sa.update(ParticipantRow).values(phone_at=said))
            await connection.execute(sa.update(CheckinRow).values(trail=[], way=None))

        async def due() -> bool:
            async with office.store.unit_of_work() as uow:
                (person,) = (await uow.participants.load_by_id([session.participant_id])).values()
                assert person.open_checkin is not None
                return settings_screen.due(office.env.library, person, person.open_checkin)

        assert await due() == (minutes < -60)
        time.pass_(days=5)
        await whole_cut(office, time() - TWO_DAYS)
        assert await due() == (minutes < -60)


async def test_what_somebody_writes_meanwhile_stays(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        person = await someone(office, time)
        (row,) = await office.rows(ParticipantRow)
        then, noons = row.moved_at, {name: time() for name in ("joined_at", "moved_at")}
        given = changed({"id": person, "joined_at": row.joined_at, "moved_at": then}, noons, ["id"])
        assert given is not None
        time.pass_(days=3)
        async with office.store.engine.begin() as connection:
            await connection.execute(sa.update(ParticipantRow).values(moved_at=time()))
            await connection.execute(change(ParticipantRow, ["id"], noons), [given])
        (row,) = await office.rows(ParticipantRow)
        assert (row.joined_at, row.moved_at) == (noons["joined_at"], time())


@pytest.mark.parametrize("hours", [-50, -30, -1, 1, 200])
async def test_a_link_that_has_ended_does_not_begin_again_and_no_other_ends(
    database_url: str, time: Time, hours: int
) -> None:
    async with an_office(database_url, time) as office:
        await someone(office, time)
        time.pass_(days=5)
        ends = time() + dt.timedelta(hours=hours)
        async with office.store.engine.begin() as connection:
            await connection.execute(sa.update(CaseRow).values(expires_at=ends))
        await whole_cut(office, time() - TWO_DAYS)
        (case,) = await office.rows(CaseRow)
        assert case.expires_at.microsecond == 0
        assert (case.expires_at > time()) == (hours > 0)
        assert day_of(case.expires_at, ZONE) == day_of(ends, ZONE)
