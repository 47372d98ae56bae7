"""When the time for the undo is up all of a participant is gone at once, whatever comes between.

What is left in a backup is for the backup's tests.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cli import manage_complaints
from bot.dispatch.dispatcher import Dispatcher
from bot.jobs.erase_participants import ErasureJob
from bot.messages.incoming import (
    Command,
)
from bot.store.tables import Base
from bot.store.tables.data_rights_tables import ComplaintRow, ReceiptRow
from bot.store.tables.delivery_tables import DeadLetterRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, RefusalRow
from tests.conftest import Time
from tests.conversation.my_data.deleting import HIDDEN, deletes, settled_in
from tests.support.participants import everything
from tests.support.worker_scenario import Ear, Office, all_tables, an_office

# --- gone ----------------------------------------------------------------------------------------


async def holds(office: Office, *secrets: bytes | str | int) -> list[Any]:
    """Which of these are still anywhere in the database, or in its files."""
    found = await everything(office.store)
    wanted = [s if isinstance(s, bytes) else str(s).encode() for s in secrets]
    return [s for s, raw in zip(secrets, wanted, strict=True) if raw in found]


@pytest.mark.parametrize("way", ["at the tick", "after the bot was down", "at their next word"])
async def test_when_the_time_is_up_all_of_it_is_gone_at_once(
    way: str, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await settled_in(office)
        lee = await office.joined(sam, "Lee")
        await office.before(lee)
        stays = await all_tables(office, *HIDDEN)
        mine = next(p for p in await office.rows(ParticipantRow) if _is(office, p, kim))
        case = await office.case()
        await office.does(sam, "record", case, "left")
        await office.aside(kim, "helplines", "contact")
        async with office.store.unit_of_work() as uow:
            uow.dead_letters.add(77, kim.chat, "Broken", b"{}", time())
            about = {"turn": 0, "session_id": None, "participant_id": mine.id}
            uow.outbox.enqueue(78, sam.chat, b"{}", time(), lasting=True, **about)
            about = {"turn": 3, "session_id": 5, "participant_id": None}
            uow.outbox.enqueue(79, kim.chat, b"{}", time(), lasting=False, **about)
        await office.does(kim, "read", case, "x")  # tries what only workers may
        code = await deletes(office, kim)
        secrets = (mine.data_key, mine.id, _hash(office, kim), mine.chat)
        assert len(await holds(office, *secrets)) == len(secrets)
        if way == "at the tick":
            await office.deleted()
        elif way == "after the bot was down":
            time.pass_(days=9)
            office.dispatcher = Dispatcher(office.store, office.env, time)
            await ErasureJob(office.store, time).run()
        else:
            time.pass_(minutes=10)
            await office.say(kim, "hello?")
            assert "I am a computer" in kim.said
            await office.store.checkpoint()
        assert await holds(office, *secrets) == []
        for table in ("set_aside", "alerts", "records", "reads", "voices"):
            assert not (await all_tables(office))[table], table
        left = await all_tables(office, *HIDDEN, "receipts", "refusals", "workers")
        for table, rows in left.items():
            assert rows <= stays[table], table
        (lees,) = await office.rows(CaseRow)
        assert lees.id == await office.case("Lee")
        (refusal,) = await office.rows(RefusalRow)
        assert refusal.chat_hash == b"", "that it was tried stays, but not by whom"
        (receipt,) = await office.rows(ReceiptRow)
        assert code.encode() not in await everything(office.store)
        at = receipt.at
        assert f"deleted on {at:%d %B %Y at %H:%M} UTC" == await manage_complaints.receipt(
            office.settings, time, code.replace("-", " ").lower()
        )
        # And they come back as anybody does.
        await office.agree([kim])
        assert await office.count(ParticipantRow) == 2


def _hash(office: Office, phone: Ear) -> bytes:
    house = office.store._system_keys
    assert house is not None
    return house.chat_hash(phone.chat)


def _is(office: Office, row: Any, phone: Ear) -> bool:
    return bool(row.chat_hash == _hash(office, phone))


async def test_no_table_is_forgotten(database_url: str, time: Time) -> None:
    """Whatever table points to a person goes, or lets go of them, when they do."""
    pointing = {
        (table.name, key.ondelete)
        for table in Base.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name in ("participants", "cases", "sessions", "alerts")
    }
    assert {how for _, how in pointing} == {"CASCADE", "SET NULL"}
    assert {name for name, how in pointing if how == "SET NULL"} == {"complaints"}
    # Tables that know a chat or a person in another way: `erase` names each of them.
    known = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in ("chat_hash", "holder", "participant_id") and not column.foreign_keys
    }
    assert known == {
        *("participants", "owed", "set_aside", "cases", "refusals", "messages"),
        "alerts",  # go with their case
        "early_stops",  # of the chat: `erase` names it
        "shown",  # stays until the words are off the worker's chat, then goes by itself
        "farewells",  # goes with the person by its other column
        "tries",  # stays its 30 days: else whoever guesses could begin anew by deleting
        *("workers", "groups_told"),  # of others: workers themselves, and groups
    }


async def test_all_or_nothing(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        _, kim = await settled_in(office)
        await deletes(office, kim)
        was = await all_tables(office)
        time.pass_(minutes=10)

        def fail(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("INSERT INTO receipts"):
                raise RuntimeError(statement)

        engine = office.store.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", fail)
        with pytest.raises(RuntimeError):
            await office.forget.run()
        sa.event.remove(engine, "before_cursor_execute", fail)
        assert await all_tables(office) == was
        await office.forget.run()
        assert await office.count(ParticipantRow) == 0


async def test_a_complaint_stays_without_its_person_and_they_are_told(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        _, kim = await settled_in(office)
        await office.act([(kim, Command("mydata"))])
        await office.all([kim], "unhappy")
        await office.say(kim, "nobody rang back")
        await office.act([(kim, Command("delete"))])
        await office.all([kim], "delete")
        assert office.words("deleting_complaint") in kim.said
        await office.deleted()
        (row,) = await office.rows(ComplaintRow)
        assert row.participant_id is None
        assert "nobody rang back" in "\n".join(
            await manage_complaints.complaints(office.settings, time)
        )


# --- races ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("lead", [0, 6, 12])
async def test_undo_against_the_sweep_at_the_last_second(
    lead: int, database_url: str, time: Time
) -> None:
    """Whichever comes first: all of it is there, and they are told so; or none, and told so."""
    async with an_office(database_url, time) as office:
        people: list[Ear] = [office.phone() for _ in range(12)]
        await office.agree(people)
        for phone in people:
            await deletes(office, phone)
        time.pass_(minutes=10, seconds=-1)
        late = ErasureJob(office.store, lambda: time() + dt.timedelta(seconds=1))
        undo: list[Any] = [office.act([(phone, phone.press("undo"))]) for phone in people]
        undo.insert(lead, late.run())
        await asyncio.gather(*undo)
        there = {row.chat_hash for row in await office.rows(ParticipantRow)}
        for phone in people:
            undone = office.words("delete_undone") in phone.said
            over = office.words("delete_over") in phone.toasts
            assert undone != over
            assert (_hash(office, phone) in there) is undone
        await late.run()
        assert {row.chat_hash for row in await office.rows(ParticipantRow)} == there


async def test_deleting_against_an_answer_and_the_tick(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        people = [office.phone() for _ in range(8)]
        await office.agree(people)
        await office.all_before(people, "only_me")
        time.pass_(days=14)
        deleting = [office.aside(phone, "delete_ask", "delete") for phone in people]
        await asyncio.gather(office.tick(), *deleting)
        said = len(office.hellos)
        time.pass_(minutes=5)
        answers = [office.say(phone, "the heron by the weir") for phone in people]
        await asyncio.gather(office.tick(), *answers)
        assert len(office.hellos) == said, "no hello once it was asked"
        time.pass_(minutes=5)
        answers = [office.say(phone, "the heron by the weir") for phone in people]
        await asyncio.gather(office.tick(), *answers)
        assert len(office.hellos) == said
        for table in (ParticipantRow, FollowUpRow, DeadLetterRow):
            assert await office.count(table) == 0
        assert b"heron" not in await everything(office.store)
