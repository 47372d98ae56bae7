"""What was meant is shown: what stands at a question, nothing twice, and voices as they were."""

from __future__ import annotations

import pytest

from bot.messages.incoming import MalformedUpdate
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.participants import CONSENT, TO_KEEP_YOUNG, agree, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import Ear, Office, an_office

SECRET = "I owe money to Dave"


def buttons(person: Person) -> list[str]:
    return [label for row in person.last.buttons for label in row]


def texts(person: Person, since: int = 0) -> str:
    return "\n".join(bubble.text for bubble in person.chat[since:])


async def shared(person: Person) -> None:
    """Agrees on a phone that others see."""
    person.start()
    await person.waits()
    await person.taps(*("Yes, sometimes" if way == "No, just me" else way for way in CONSENT))
    assert "1 of 5" in person.last.text


async def test_coming_back_shows_what_stands_and_keeps_or_takes_it_back(
    running: Running, sam: Person
) -> None:
    await sam.says(SECRET)
    await sam.taps("Back")
    assert f"You said:\n“{SECRET}”" in sam.last.text
    assert {"Keep it", "Take it back"} < {*buttons(sam)}
    assert "Skip" not in buttons(sam)
    await sam.taps("Keep it")
    assert "2 of 5" in sam.last.text
    await sam.taps("Back", "Take it back")
    assert await running.rows(AnswerRow) == []
    assert "1 of 5" in sam.last.text
    assert SECRET not in sam.last.text
    assert "Skip" in buttons(sam)


async def test_next_typed_at_a_question_come_back_to_keeps_it(
    running: Running, sam: Person
) -> None:
    await sam.says(SECRET)
    await sam.taps("Back")
    await sam.says("next")
    assert "2 of 5" in sam.last.text
    assert len(await running.rows(AnswerRow)) == 1


async def test_a_shared_phone_shows_no_answer_again(
    running: Running, telegram: FakeTelegram, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam)
    began = len(sam.chat)
    await sam.says(SECRET)
    await sam.taps("Back")
    assert "You have answered this one" in sam.last.text
    await sam.taps("Keep it", "Money", "Done", "Skip", "Skip", "Skip")
    shown = texts(sam, began)
    assert "Who may read this? You can change it later." in shown
    assert "Here is what you said" not in shown
    assert SECRET not in shown.replace(SECRET, "", 1)  # only where they typed it themselves
    assert not any(
        "✓ Money" in label for bubble in sam.chat for row in bubble.buttons for label in row
    )
    (row,) = await running.rows(ParticipantRow)
    assert row.clear_after


async def test_a_private_phone_is_cleared_only_when_asked(running: Running, sam: Person) -> None:
    (row,) = await running.rows(ParticipantRow)
    assert not row.clear_after


async def test_every_double_tap_before_consent_is_one_tap(
    running: Running, telegram: FakeTelegram
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    for label in CONSENT[:-1]:
        under = sam.last
        await sam.taps(label)
        shown = len(sam.chat)
        sam.tap_old(under, label)
        await running.quiet()
        assert len(sam.chat) == shown, label


async def test_start_after_a_stop_greets_once(running: Running, sam: Person) -> None:
    await sam.says("stop")
    began = len(sam.chat)
    await sam.says("START")
    await sam.taps("Yes, it is me")
    assert texts(sam, began).count("I am a computer") == 1


async def test_a_voice_note_is_given_back_as_it_was(
    running: Running, telegram: FakeTelegram, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    sam.voice()
    await sam.waits()
    assert "kept your voice note" in texts(sam)
    assert "cannot hear" not in texts(sam)
    began = len(sam.chat)
    await sam.taps("Skip", "Skip", "Skip", "Skip")
    assert [b.kind for b in sam.chat[began:]].count("voice") == 1  # with the recap
    await sam.taps("Only me", "Yes", "OK")
    time.pass_(days=15)
    await running.tick()
    began = len(sam.chat)
    await sam.taps("Yes", "Start")
    assert [b.kind for b in sam.chat[began:]].count("voice") == 1  # where it is quoted
    began = len(sam.chat)
    await sam.says("/story")
    assert [b.kind for b in sam.chat[began:]].count("voice") == 1


@pytest.mark.parametrize("command", ["/times", "/pause"])
async def test_who_said_no_to_messages_is_told_the_truth(
    command: str, running: Running, telegram: FakeTelegram
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    for _ in range(6):
        await sam.taps("Skip")
    await sam.taps("No, just this time")
    await sam.says(command)
    if command == "/times":
        assert "only talk when you message me first" in sam.last.text
        await sam.taps("When to message me")
    assert sam.last.text == "I never write to you first, as things are. May I?"
    await sam.taps("No")
    assert "I will not write to you first" in texts(sam)
    (row,) = await running.rows(ParticipantRow)
    assert not row.may_message


async def picks_their_worker(office: Office) -> Ear:
    """A young person at "pick someone to talk to", who has ticked their worker."""
    kim = await office.joined(await office.worker("Wanda"), way=TO_KEEP_YOUNG)
    for choice in ("skip", "y", "+worker"):
        await office.all([kim], choice)
    return kim


async def test_a_young_person_who_picks_their_worker_is_heard(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await picks_their_worker(office)
        await office.all([kim], "done")
        assert "I have asked Wanda" in "\n".join(m.text for m in kim.messages)
        assert len(await office.rows(AlertRow)) == 1


async def test_all_answers_of_before_are_still_as_given(
    running: Running, telegram: FakeTelegram
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    await before(sam)
    assert len(await running.rows(AnswerRow)) >= 5


async def test_who_picks_their_worker_and_then_types_is_heard_too(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await picks_their_worker(office)
        await office.say(kim, "It is loud at home")
        assert "I have asked Wanda" in "\n".join(m.text for m in kim.messages)
        await office.all([kim], "back")
        await office.all([kim], "keep_it")
        assert len(await office.rows(AlertRow)) == 1


async def test_a_tap_that_was_not_stored_may_be_tried_again(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        kim, broken = office.phone(), office.phone()
        await office.open(kim, "x", who=None)
        shown = kim.said
        await office.act([(kim, kim.press("adult")), (broken, MalformedUpdate("no such thing"))])
        assert kim.said != shown


async def test_a_shared_phone_is_asked_how_it_went_without_what_was_said(
    running: Running, telegram: FakeTelegram, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam)
    await sam.says(SECRET)
    await sam.taps("Skip", "Skip", "Skip", "Skip", "Only me", "Yes", "OK")
    time.pass_(days=15)
    await running.tick()
    began = len(sam.chat)
    await sam.says("START")
    await sam.taps("Yes", "Yes", "Start")
    assert "Do you feel this has been a success" in texts(sam, began)
    assert SECRET not in texts(sam, began)
