"""People see exactly what they said, and can delete all of it in two taps.

Who else may read it is not tested here.
"""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.support.participants import agree, before, everything
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

BELONGING = (CheckinRow, AnswerRow, ConsentRow, TransitionRow, FollowUpRow)
ALL = (ParticipantRow, *BELONGING)


async def test_mydata_shows_exactly_what_was_said(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/mydata")
    assert sam.last.text == "I hold no answers from you."
    await before(sam)
    await sam.says("/mydata")
    assert sam.last.text == (
        "Here is all you have told me:\n\n"
        "What I would like\n“Somewhere safe, and quiet”\n\n"
        "What feels wrong\nDrink or drugs and Family or people\n\n"
        "What better looks like\n“I would sleep the whole night”\n\n"
        "Help with something first\nNot sure\n\n"
        "What helps me keep going\na voice note"
    )
    assert sam.last.buttons == [
        ["Change an answer", "Give me a copy"],
        ["Who may read it", "Who has read it"],
        ["I am not happy about this"],
        ["My phone", "Delete it all"],
        ["OK"],
    ]
    assert sam.last.protected


async def test_mydata_in_the_middle_and_ok_goes_on(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("A door that locks")
    await sam.says("/mydata")
    assert "“A door that locks”" in sam.last.text
    await sam.taps("OK")
    assert "going wrong" in sam.last.text


async def test_a_stranger_has_no_data(telegram: FakeTelegram, running: Running) -> None:
    sam = telegram.person("Sam", started=True)
    for command in ("/mydata", "/delete"):
        await sam.says(command)
        assert sam.last.text == "I hold no answers from you."


@pytest.mark.parametrize("way", ["/delete", "from my data", "from the check", "from the stop"])
async def test_delete_leaves_nothing_that_can_be_read(
    way: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
    await before(kim)
    if way == "from the check":
        await sam.says("Somewhere safe, and quiet")
        for _ in range(4):
            await sam.taps("Skip")
        await sam.taps("Delete it all")
    else:
        await before(sam)
    key = next(
        p.data_key for p in await running.rows(ParticipantRow) if p.chat_hash == _hash(running, sam)
    )
    both = {table: len(await running.rows(table)) for table in ALL}

    if way == "from the stop":
        await sam.says("stop")
        both = {table: len(await running.rows(table)) for table in ALL}
        await sam.taps("Delete them all")
    else:
        if way == "from my data":
            await sam.says("/mydata")
            await sam.taps("Delete it all")
        elif way == "/delete":
            await sam.says("/delete")
        assert "Are you sure?" in sam.last.text
        assert {t: len(await running.rows(t)) for t in ALL} == both
        await sam.taps("Yes, delete them")
    assert sam.last.text.startswith("All of it will be deleted at 10:10.")
    assert {t: len(await running.rows(t)) for t in ALL} == both
    said = len(sam.chat)
    time.pass_(minutes=10)
    await running.tick()
    assert len(sam.chat) == said, "a word about it would show that there was something"

    (left,) = await running.rows(ParticipantRow)
    for table in BELONGING:
        assert {row.participant_id for row in await running.rows(table)} == {left.id}, table
    assert key not in await everything(running.bot.store)

    await sam.says("/start")
    assert "Hello. I am a computer" in sam.last.text
    await sam.taps("18 or over", "Yes, keep it")
    await sam.taps("No, just me")
    assert "There are 5 short questions" in sam.last.text
    assert len(await running.rows(ParticipantRow)) == 2


async def test_delete_can_be_thought_over(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("A door that locks")
    await sam.says("/delete")
    asked = sam.last
    await sam.taps("No, keep them")
    assert "Your answers are still here" in "\n".join(b.text for b in sam.fresh)
    assert "going wrong" in sam.last.text
    assert len(await running.rows(AnswerRow)) == 1
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    time.pass_(minutes=10)
    await running.tick()
    sam.tap_old(asked, "Yes, delete them")  # a tap after all is gone
    await running.quiet()
    await sam.answered()
    assert sam.toasts[-1] == "That button is from before. Nothing has changed."
    assert await running.rows(ParticipantRow) == []


async def test_keep_them_keeps_them(
    telegram: FakeTelegram, running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("stop")
    await sam.taps("Keep them")
    assert sam.last.text == "OK. Take care. Send START if you ever want to come back."
    assert len(await running.rows(AnswerRow)) == 7
    await sam.says("/mydata")
    assert "“Somewhere safe, and quiet”" in sam.last.text


def _hash(running: Running, person: Person) -> bytes:
    house = running.bot.store._system_keys
    assert house is not None
    return house.chat_hash(person.chat_id)
