"""The clearing that an end or a stop sets takes nothing away that is said or needed after it."""

from __future__ import annotations

from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.safety.clearing import shared
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


async def clears_at(running: Running) -> object:
    (row,) = await running.rows(ParticipantRow)
    return row.clear_all_at


async def clears_when_done(sam: Person) -> Person:
    """Chooses that, and comes to the first question."""
    await sam.says("/times")
    await sam.taps("Safety first", "Clear when we are done", "Carry on", "Start")
    return sam


async def test_what_is_said_after_a_stop_stays_ten_minutes(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.taps("Start")
    await sam.says("stop texting me")
    time.pass_(minutes=9, seconds=50)
    await sam.says("i want to die")
    time.pass_(seconds=30)
    await running.tick()
    assert "Is it safe to show help numbers" in "\n".join(b.text for b in sam.chat if b.from_bot)
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
    await sam.taps("Start")
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says("/person")
    await sam.says("The door was shut")
    assert "code" in "\n".join(b.text for b in sam.fresh), sam.transcript()
