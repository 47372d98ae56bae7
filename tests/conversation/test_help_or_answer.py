"""Words that are answered at once with help or an offer, and may have been an answer too."""

from __future__ import annotations

import pytest

from bot.messages.incoming import Command
from bot.store.tables.checkin_tables import AnswerRow
from tests.conftest import Time
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person
from tests.support.worker_scenario import an_office

BUTTON = "That was my answer"
ASK = "Ask someone to contact me"


def labels(bubble: Bubble) -> list[str]:
    return [label for row in bubble.buttons for label in row]


@pytest.mark.parametrize("word", ["Help", "help me", "Pomocy", "مساعدة"])
async def test_help_comes_at_once_and_the_button_keeps_the_word(
    running: Running, sam: Person, word: str
) -> None:
    await sam.says(word)
    assert "Here is who can help" in sam.last.text
    assert BUTTON in labels(sam.last)
    assert await running.rows(AnswerRow) == []
    await sam.taps(BUTTON)
    assert "2 of 5" in sam.last.text
    assert (await answers_of(running, sam))["b1"].words == word


async def test_tapped_twice_it_is_kept_once(running: Running, sam: Person) -> None:
    await sam.says("help")
    under = sam.last
    await sam.taps(BUTTON)
    sam.tap_old(under, BUTTON)
    await running.quiet()
    assert "2 of 5" in sam.last.text
    assert (await answers_of(running, sam))["b1"].words == "help"
    assert list(await answers_of(running, sam)) == ["b1"]


async def test_who_answers_instead_leaves_no_help_word(running: Running, sam: Person) -> None:
    await sam.says("help")
    under = sam.last
    await sam.says("Somewhere quiet")
    sam.tap_old(under, BUTTON)
    await running.quiet()
    assert (await answers_of(running, sam))["b1"].words == "Somewhere quiet"
    assert list(await answers_of(running, sam)) == ["b1"]


async def test_after_a_restart_the_word_is_asked_again(running: Running, sam: Person) -> None:
    await sam.says("help")
    await running.stop()
    await running.start()
    await sam.taps(BUTTON)
    assert await running.rows(AnswerRow) == []
    assert "1 of 5" in sam.last.text, "the question stands again"


async def test_the_button_is_only_where_words_are_an_answer(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.says("help")
    assert BUTTON not in labels(sam.last)
    await agree(sam)
    await sam.says("help")
    assert BUTTON not in labels(sam.last), "nothing is asked yet"
    await sam.taps("Back")
    await sam.taps("Start")
    await sam.says("/help")
    assert BUTTON not in labels(sam.last), "a command is no answer"
    time.pass_(days=2)
    await sam.says("help")
    assert BUTTON not in labels(sam.last), "the question is old"


async def test_who_asks_for_a_person_as_an_answer_keeps_it_and_is_offered_one(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        worker = await office.worker("Sam")
        kim = await office.joined(worker)
        await office.all([kim], "start")
        await office.say(kim, "can someone call me")
        assert "Shall I ask someone to contact you?" in kim.said
        assert "2 of 5" in kim.said
        assert worker.work == [] or "contact" not in worker.said
        await office.aside(kim, "contact_offer", "contact")
        assert "I have asked" in kim.said


async def test_the_command_asks_for_a_person_at_once(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        worker = await office.worker("Sam")
        kim = await office.joined(worker)
        await office.act([(kim, Command("person"))])
        assert "I have asked Sam just now" in kim.said
        assert len(kim.said.split()) <= 60
        alone = office.phone()
        await office.open(alone, "x", who=None)
        await office.act([(alone, Command("person"))])
        assert "HELP" in alone.said, "the truth, and a way on"
