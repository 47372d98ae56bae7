"""The clearing that an end or a stop sets takes nothing away that is said or needed after it."""

from __future__ import annotations

import pytest

from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.safety.clearing import shared
from tests.support.participants import allow_messages, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


async def clears_at(running: Running) -> object:
    (row,) = await running.rows(ParticipantRow)
    return row.clear_all_at


async def clears_when_done(sam: Person) -> Person:
    """Chooses that, and comes to the first question."""
    await sam.says("/times")
    await sam.taps("Clear when we are done", "Carry on")
    assert "1 of 5" in sam.last.text
    return sam


@pytest.mark.parametrize(
    ("said", "sees"),
    [("i want to die", "Is it safe to show help numbers"), ("help", "Here is who can help")],
)
async def test_what_is_said_after_a_stop_stays_ten_minutes(
    telegram: FakeTelegram, running: Running, time: Time, said: str, sees: str
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("stop texting me")
    time.pass_(minutes=9, seconds=50)
    await sam.says(said)
    time.pass_(seconds=30)
    await running.tick()
    assert sees in "\n".join(b.text for b in sam.chat if b.from_bot)
    time.pass_(minutes=10)
    await running.tick()
    assert sam.chat == []


async def test_who_takes_a_stop_back_is_not_cleared_half_way(
    running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = await clears_when_done(sam_agreed)
    await sam.says("quit")
    assert await clears_at(running) is not None
    time.pass_(minutes=9, seconds=50)
    await sam.taps("That was my answer")
    assert await clears_at(running) is None
    time.pass_(minutes=11)
    await running.tick()
    assert "2 of 5" in sam.last.text


async def test_the_undo_of_a_deletion_stays_its_ten_minutes(
    running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = await clears_when_done(sam_agreed)
    await sam.says("I owe money to Dave")
    await sam.says("stop texting me")
    time.pass_(minutes=9, seconds=30)
    await sam.taps("Delete them all")
    time.pass_(minutes=5)
    await running.tick()
    assert "will be deleted at" in "\n".join(b.text for b in sam.chat if b.from_bot)


async def test_asking_for_a_person_keeps_a_complaint_open(
    running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says("/person")
    await sam.says("The door was shut")
    assert "code" in "\n".join(b.text for b in sam.fresh), sam.transcript()


@pytest.mark.parametrize("said", ["Clear this chat", "Ask someone to contact me"])
async def test_the_words_of_the_menu_are_no_complaint(
    running: Running, sam_agreed: Person, said: str
) -> None:
    sam = sam_agreed
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says(said)
    assert await running.rows(ComplaintRow) == []


async def test_what_is_undone_is_cleared_when_it_is_over(
    running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = await clears_when_done(sam_agreed)
    await sam.says("I owe money to Dave")
    await sam.says("stop texting me")
    await sam.taps("Delete them all", "Undo")
    time.pass_(minutes=11)
    await running.tick()
    assert sam.chat == []


async def test_the_words_of_the_menu_under_an_opening_line_change_no_answer(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await allow_messages(sam)
    await sam.says("A door that locks")
    time.pass_(days=3)
    await running.tick()
    assert "Is now an OK time?" in sam.last.text
    await sam.says("Clear this chat")
    assert "2 of 5" not in "\n".join(b.text for b in sam.fresh)
    assert (await answers_of(running, sam))["b1"].words == "A door that locks"
    assert set(await answers_of(running, sam)) == {"b1"}
