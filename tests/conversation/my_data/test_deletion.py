"""Deleting: hidden at once, and for ten minutes undone as if it had not been.

What is gone then is in `test_erasure`; the words people see are in `test_my_data` too.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from telegram import Bot

from bot.cli import manage_complaints
from bot.domain.states import ParticipantState
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
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from bot.telegram.sending.delivery import Delivery, DeliveryStatus
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from bot.telegram.sending.sender import Sender
from tests.conftest import Time
from tests.conversation.my_data.deleting import CODE, HIDDEN, deletes, settled_in
from tests.support.participants import everything
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import WORDS, all_tables, an_office

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


@pytest.mark.parametrize("said", ["Undo", "undo"])
async def test_undo_can_be_typed(database_url: str, time: Time, said: str) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await deletes(office, kim)
        await office.say(kim, said)
        assert kim.said == office.words("delete_undone")
        (row,) = await office.rows(ParticipantRow)
        assert row.delete_at is None


async def test_undo_typed_too_late_is_answered(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await deletes(office, kim)
        time.pass_(minutes=11)
        await office.tick()
        await office.say(kim, "Undo")
        assert kim.said == office.words("delete_over")
        assert await office.rows(ParticipantRow) == []


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


@pytest.mark.parametrize(
    "said", [["yes"], ["ok"], ["yes, stop"], ["maybe", "yes"], ["not sure", "yes please"]]
)
async def test_a_yes_to_a_stop_stops_meanwhile(
    database_url: str, time: Time, said: list[str]
) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await deletes(office, kim)
        await office.say(kim, "go away")
        assert kim.said == office.words("stop_maybe")
        for text in said[:-1]:
            await office.say(kim, text)
            assert kim.said == office.words("stop_maybe_again")
        await office.say(kim, said[-1])
        assert office.words("stopped_bare").split(".")[0] in kim.said
        (row,) = await office.rows(ParticipantRow)
        assert (row.state, row.delete_at is None) == (ParticipantState.STOPPED, False)


@pytest.mark.parametrize("said", ["no", "the heron", "carry on"])
async def test_what_is_no_yes_to_a_stop_stops_nothing_meanwhile(
    database_url: str, time: Time, said: str
) -> None:
    async with an_office(database_url, time) as office:
        _sam, kim = await settled_in(office)
        await deletes(office, kim)
        await office.say(kim, "go away")
        await office.say(kim, said)
        assert kim.said == office.words("deleting_waits", time="10:10")
        (row,) = await office.rows(ParticipantRow)
        assert row.state is not ParticipantState.STOPPED


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
        assert ("What feels wrong" in there.transcript()) is (how == "taken back")
