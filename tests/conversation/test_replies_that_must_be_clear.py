"""What matters most is pressed only by a clear word: consent, a private phone, a deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.content.loading import read_meanings
from bot.messages.incoming import MalformedUpdate, TextMessage
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.running_bot import FLOWS, Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import an_office

TO_CONSENT = ("18 or over",)
TO_PHONE = (*TO_CONSENT, "Yes, keep it")


async def asked(telegram: FakeTelegram, *labels: str) -> Person:
    """Somebody who has tapped their way to a question before consent."""
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.taps(*labels)
    return sam


async def test_a_typed_question_mark_gives_no_consent(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = await asked(telegram, *TO_CONSENT)
    await sam.says("yes?")
    assert "Is it OK for" in sam.last.text
    assert await running.rows(ParticipantRow) == []


@pytest.mark.parametrize("said", ["yes", "yes?", "ok", "keep it", "oh god", "cool"])
async def test_only_the_words_on_the_button_delete(
    running: Running, said: str, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("/delete")
    await sam.says(said)
    assert "Are you sure" in sam.last.text, "a yes in words is asked again"
    await sam.says("no")
    assert "still here" in "\n".join(b.text for b in sam.fresh)
    await sam.says("/delete")
    await sam.says("Yes, delete them")
    assert "will be deleted at" in sam.last.text


async def test_an_answer_typed_instead_of_deleting_is_kept(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("/delete")
    await sam.says("My health, and the flat")
    assert "3 of 5" in sam.last.text


@pytest.mark.parametrize("between", ["help", "I can't do this any more"])
async def test_a_yes_after_something_else_deletes_nothing(
    running: Running, between: str, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("/delete")
    await sam.says(between)
    await sam.says("Yes, delete them")
    (row,) = await running.rows(ParticipantRow)
    assert row.delete_at is None


async def test_danger_is_heard_before_a_short_reply(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = await asked(telegram, *TO_PHONE)
    assert "Can anyone else see this phone" in sam.last.text
    await sam.says("he checks my phone")
    assert "It is not your fault" in "\n".join(b.text for b in sam.fresh)


async def test_on_a_shared_phone_a_typed_yes_to_who_it_is_goes_on(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("/times")
    await sam.taps("Who sees this phone", "Yes, sometimes", "Carry on")
    await sam.says("START")
    assert "Are you the same person" in sam.last.text
    await sam.says("yes")
    assert "2 of 5" in sam.last.text, sam.transcript()


HEDGED = ["probably not", "no i think", "i guess", "not really", "just me i think", "oh god"]
NOT_CLEAR = ["ha", "la", "nu", "ok 🤷", "yes 🤔", "no 🤔", "خير", "are", "good", "pode ser"]
"""False friends of other languages, and words with a sign that doubts them."""


@pytest.mark.parametrize("said", [*NOT_CLEAR, *HEDGED])
async def test_what_is_not_clear_makes_no_phone_private(
    telegram: FakeTelegram, running: Running, said: str
) -> None:
    sam = await asked(telegram, *TO_PHONE)
    await sam.says(said)
    rows = await running.rows(ParticipantRow)
    if not rows:
        assert "Can anyone else see this phone" in sam.last.text
        return
    (row,) = rows
    assert row.shared_phone, "only the careful answer is heard in what is not clear"


@pytest.mark.parametrize("said", [*NOT_CLEAR, *HEDGED])
async def test_what_is_not_clear_is_no_consent(
    telegram: FakeTelegram, running: Running, said: str
) -> None:
    sam = await asked(telegram, *TO_CONSENT)
    await sam.says(said)
    assert "Is it OK for" in sam.last.text or "Nothing is kept" in sam.last.text
    assert await running.rows(ParticipantRow) == []


async def asked_about_messages(telegram: FakeTelegram, where: str) -> Person:
    """Somebody who is asked if they may be written to: at the end of BEFORE, or aside."""
    sam = await asked(telegram, *TO_PHONE, "No, just me")
    if where == "aside":
        await sam.says("/pause")
    else:
        await sam.taps(*(["Skip"] * 6))
    assert "May I" in sam.last.text
    return sam


@pytest.mark.parametrize("where", ["at the end", "aside"])
@pytest.mark.parametrize("said", ["yes?", *NOT_CLEAR, *HEDGED])
async def test_what_is_not_clear_lets_nobody_be_written_to(
    telegram: FakeTelegram, running: Running, said: str, where: str
) -> None:
    sam = await asked_about_messages(telegram, where)
    await sam.says(said)
    (row,) = await running.rows(ParticipantRow)
    assert not row.may_message


@pytest.mark.parametrize("where", ["at the end", "aside"])
@pytest.mark.parametrize("said", ["👍", "yes", "OK", "sure"])
async def test_a_clear_yes_lets_them_be_written_to(
    telegram: FakeTelegram, running: Running, said: str, where: str
) -> None:
    sam = await asked_about_messages(telegram, where)
    await sam.says(said)
    (row,) = await running.rows(ParticipantRow)
    assert row.may_message


@pytest.mark.parametrize("said", ["👍", "👍🏿", "👌", "yes", "OK"])
async def test_a_thumb_of_any_colour_consents(
    telegram: FakeTelegram, running: Running, said: str
) -> None:
    sam = await asked(telegram, *TO_CONSENT)
    await sam.says(said)
    assert "Can anyone else see this phone" in sam.last.text


def test_every_clear_word_is_a_short_reply_of_its_language() -> None:
    meanings = read_meanings(FLOWS)
    assert set(meanings.clear_words) == {
        p.parent.name for p in Path("locales").glob("*/about.yaml")
    }
    for language, words in meanings.clear_words.items():
        for word in words:
            assert meanings.replies.read(word, language) is not None, (language, word)


async def test_a_tap_or_word_of_a_batch_that_failed_has_not_happened(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim, broken = office.phone(), office.phone()
        await office.open(kim, "x", who=None)
        await office.all([kim], "adult")
        assert "Is it OK for" in kim.said
        await office.act([(kim, TextMessage("yes")), (broken, MalformedUpdate("no such thing"))])
        assert "Can anyone else see this phone" in kim.said, "the first yes is one yes"
        assert await office.rows(ParticipantRow) == []
