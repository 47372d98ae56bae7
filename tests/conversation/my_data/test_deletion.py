"""Deleting: hidden at once, undone for ten minutes as if it had not been, then gone with the key.

What is left in a backup is for the backup's tests; the words people see are in `test_data` too.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from telegram import Bot

from bot.cli import manage_complaints
from bot.dispatch.dispatcher import Dispatcher
from bot.domain.states import ParticipantState
from bot.jobs.erase_participants import ErasureJob
from bot.messages.callback_data import OnboardingButton, PhraseButton, WorkerButton, to_base36
from bot.messages.incoming import (
    ButtonPress,
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.messages.reply_codec import decode, encode
from bot.store.tables import Base
from bot.store.tables.data_rights_tables import ComplaintRow, ReceiptRow
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow, RefusalRow
from bot.telegram.sending.delivery import Delivery, DeliveryStatus
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from bot.telegram.sending.sender import Sender
from tests.conftest import Time
from tests.support.participants import everything
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import WORDS, Ear, Office, all_tables, an_office

CODE = re.compile(r"\b[2-9B-Z]{3}-[2-9B-Z]{3}-[2-9B-Z]{3}\b")
HIDDEN = ("owed", "updates_seen", "messages")


async def deletes(office: Office, phone: Ear) -> str:
    """Asks for everything to be deleted; gives the code."""
    await office.act([(phone, Command("delete"))])
    await office.all([phone], "delete")
    at = office.env.languages["en"].format_time(_in_ten(office))
    was_read = "read it on" in phone.said  # then it is not said that nobody can read it
    said = office.words("deleting_read" if was_read else "deleting", time=at).split("\n")[0]
    assert said in phone.said
    assert ("Nobody can read it" in phone.said) is not was_read
    found = CODE.search(phone.said)
    assert found, phone.said
    return found.group()


def _in_ten(office: Office) -> dt.time:
    return (office.time() + dt.timedelta(minutes=10)).time()


async def settled_in(office: Office, name: str = "Kim") -> tuple[Ear, Ear]:
    """A worker, and somebody who has shared a check-in with them."""
    sam = await office.worker("Sam")
    kim = await office.joined(sam, name)
    await office.before(kim)
    return sam, kim


# --- the undo ------------------------------------------------------------------------------------


async def test_undo_brings_everything_back_as_it_was(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        was = await all_tables(office, *HIDDEN)
        code = await deletes(office, kim)
        undo = kim.press("undo")
        time.pass_(minutes=9, seconds=59)
        await office.tick()
        assert "waits" in await manage_complaints.receipt(office.settings, time, code.lower())
        await office.act([(kim, undo)])
        assert kim.said == office.words("delete_undone")
        now = await all_tables(office, *HIDDEN)
        (row,) = await office.rows(ParticipantRow)
        assert (row.delete_at, row.receipt, row.taken_back) == (None, None, 1)
        now.pop("participants"), was.pop("participants")
        assert now == was
        assert "not known" in await manage_complaints.receipt(office.settings, time, code)
        # Its button works once, and never for a later deletion.
        await office.act([(kim, undo)])
        assert kim.toasts[-1] == office.words("stale")
        time.pass_(seconds=1)
        await deletes(office, kim)
        await office.act([(kim, undo)])
        assert kim.toasts[-1] == office.words("stale")
        await office.deleted()
        assert await office.count(ParticipantRow) == 0
        await office.act([(kim, undo)])
        assert kim.toasts[-1] == office.words("delete_over")
        assert await office.count(ParticipantRow) == 0


async def test_a_question_that_waited_comes_back_with_the_undo(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        phones = [kim]
        await office.agree(phones)
        await office.all(phones, "start")
        await office.say(kim, WORDS)
        question = kim.messages[-1].text
        await deletes(office, kim)
        await office.all(phones, "undo")
        assert [m.text for m in kim.messages] == [office.words("delete_undone"), question]


MEANWHILE: dict[str, UpdateContent] = {
    "words": TextMessage("the heron by the weir"),
    "a voice note": VoiceMessage({"file_id": "heron"}),
    "start": TextMessage("START"),
    "a sticker": UnsupportedMessage("sticker"),
    "/mydata": Command("mydata"),
    "/start": Command("start"),
    "/start with a link": Command("start", "anything"),
    "/language": Command("language"),
    "/delete": Command("delete"),
    "/pause": Command("pause"),
    "my data, change": ButtonPress(PhraseButton("mydata", "change").encode(), 1, "1"),
    "my data, copy": ButtonPress(PhraseButton("mydata", "copy").encode(), 1, "1"),
    "readers": ButtonPress(PhraseButton("mydata", "readers").encode(), 1, "1"),
    "delete again": ButtonPress(PhraseButton("delete_ask", "delete").encode(), 1, "1"),
    "back from help": ButtonPress(PhraseButton("helplines", "back").encode(), 1, "1"),
    "carry on after danger": ButtonPress(
        PhraseButton("danger_self_harm", "carry_on").encode(), 1, "1"
    ),
    "keep what was held": ButtonPress(PhraseButton("danger_keep", "keep").encode(), 1, "1"),
    "a way to consent": ButtonPress(
        OnboardingButton("12345678", "en", "0", "", "next").encode(), 1, "1"
    ),
    "a forged undo": ButtonPress(PhraseButton("deleting", "undo", 7).encode(), 1, "1"),
}


async def test_whatever_comes_meanwhile_is_not_kept_and_shows_nothing(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await deletes(office, kim)
        was = await all_tables(office, *HIDDEN)
        for name, what in MEANWHILE.items():
            await office.act([(kim, what)])
            waits = office.words("deleting_waits", time="10:10")
            answered = kim.said == waits or kim.toasts[-1:] == [office.words("stale")]
            assert answered, (name, kim.said)
            kim.toasts.clear()
            assert await all_tables(office, *HIDDEN) == was, name
        assert b"heron" not in await everything(office.store)


async def test_help_danger_and_stop_work_meanwhile(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await deletes(office, kim)
        await office.say(kim, "help")
        assert "Samaritans" in kim.said
        await office.say(kim, "I want to die")
        assert kim.said.startswith("Thank you for telling me.")
        assert (await office.rows(ParticipantRow))[0].waits is None
        await office.all([kim], "contact")
        assert "I have asked Sam" in kim.said
        await office.say(kim, "توقف")
        assert kim.said == office.words("stopped_bare")
        (row,) = await office.rows(ParticipantRow)
        assert (row.state, row.delete_at is not None) == (ParticipantState.STOPPED, True)
        await office.deleted()
        assert await office.count(ParticipantRow) == 0


async def test_nobody_reads_and_nothing_is_sent_meanwhile(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await settled_in(office)
        case, session = await office.case(), (await office.sessions())[-1].id
        await office.does(sam, "read", case, to_base36(session))
        assert WORDS in sam.said
        time.pass_(days=14)  # a hello is due
        await deletes(office, kim)
        await office.does(sam, "read", case, to_base36(session))
        assert WORDS not in sam.said
        await office.does(sam, "one", case)
        assert not any(button.verb == "shared" for button in sam.work)
        due = {f.id: f.state for f in await office.rows(FollowUpRow)}
        time.pass_(minutes=9)
        await office.tick()
        assert office.hellos == []
        await office.all([kim], "undo")
        assert {f.id: f.state for f in await office.rows(FollowUpRow)} == due
        time.pass_(minutes=10)
        await office.tick()
        assert office.hellos == [kim.chat], "after the undo it comes as it would have"


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


# --- a link that was never used ------------------------------------------------------------------


async def test_an_invite_that_was_opened_and_not_used(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        token, kim, lee = await office.link(sam), office.phone(), office.phone()
        await office.open(kim, token)
        await office.act([(lee, Command("delete"))])
        assert lee.said == office.words("mydata_none")
        await office.act([(kim, Command("mydata"))])
        assert kim.said == office.words("mydata_link")
        await office.act([(kim, Command("delete"))])
        found = CODE.search(kim.said)
        assert found
        assert kim.said == office.words("delete_link", code=found.group())
        assert await office.count(CaseRow) == 0
        assert "deleted on" in await manage_complaints.receipt(office.settings, time, found.group())
        await office.act([(kim, Command("delete"))])
        assert kim.said == office.words("mydata_none")
        await office.open(kim, token)
        assert kim.messages[0].text == office.words("link_closed")


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


# --- on its way ----------------------------------------------------------------------------------


TAKEN_BACK: dict[str, tuple[UpdateContent | str, ...]] = {
    "deleted": (Command("delete"), "delete"),
    "not shared any more": (Command("mydata"), "share", "s", "only_me"),
    "taken back": (Command("mydata"), "change", "b1", "take_back"),
}


@pytest.mark.parametrize("how", TAKEN_BACK)
async def test_a_reading_on_its_way_to_a_worker_does_not_arrive(
    how: str, database_url: str, time: Time
) -> None:
    async with (
        FakeTelegram(clock=time) as telegram,
        Bot(telegram.token, f"{telegram.url}/bot") as bot,
        an_office(database_url, time) as office,
    ):
        sam, kim = await settled_in(office)
        case, session = await office.case(), (await office.sessions())[-1].id
        read = ButtonPress(WorkerButton("read", case, to_base36(session)).encode(), 1)
        there = telegram.person("Sam", started=True)
        replies = [
            replace(reply, chat=there.chat_id, button_press=None)
            for reply in await office.dispatcher.process(
                [IncomingUpdate(9_001, sam.chat, read, time())]
            )
        ]
        assert WORDS in "".join(m.text for reply in replies for m in reply.messages)
        assert len(await office.rows(OutboxRow)) == 1
        pace = RateLimiter(Timer(lambda: 0.0, asyncio.sleep), 0, 0.0)
        told: list[Delivery] = []
        sender = Sender(bot, pace, told.append, may=office.store.is_visible)
        for what in TAKEN_BACK[how]:
            await office.all([kim], what)
        assert await office.rows(OutboxRow) == [], "struck off at once, for after a crash"
        for reply in replies:
            sender.send(decode(encode(reply)))
        await sender.wait_idle()
        assert telegram.sent_to(there.chat_id) == []
        assert told == []
        # What still may go does.
        (fresh,) = await office.dispatcher.process([IncomingUpdate(9_002, sam.chat, read, time())])
        sender.send(replace(fresh, chat=there.chat_id, button_press=None))
        await sender.wait_idle()
        (delivery,) = told
        assert delivery.status is DeliveryStatus.SENT
        assert "What would you like" not in there.transcript()
        assert ("going wrong" in there.transcript()) is (how == "taken back")
