"""Words that are answered at once with help or an offer, and may have been an answer too."""

from __future__ import annotations

import pytest

from bot.messages.incoming import Command
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.data_rights_tables import ComplaintRow
from tests.conftest import Time
from tests.support.participants import agree, allow_messages, answers_of, before
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
    await sam.says("/help")
    assert BUTTON not in labels(sam.last), "a command is no answer"
    time.pass_(days=2)
    await sam.says("help")
    assert BUTTON not in labels(sam.last), "the question is old"
    await sam.says("START")
    await before(sam)
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes")
    assert "Can I ask how it went" in sam.last.text
    await sam.says("help")
    assert BUTTON not in labels(sam.last), "nothing is asked yet"
    await sam.taps("Back")
    assert "Can I ask how it went" in sam.last.text


@pytest.mark.parametrize(
    ("said", "sees"),
    [
        ("Ask someone to contact me", "I do not know who your worker is"),
        ("Safety first", "This is how it is now"),
        ("Clear this chat", "I have cleared all I could"),
        ("Back", "2 of 5"),
        (BUTTON, "3 of 5"),
        ("it was my answer", "3 of 5"),
    ],
)
async def test_the_words_on_a_button_under_help_press_it(
    running: Running, sam_half_way: Person, said: str, sees: str
) -> None:
    sam = sam_half_way
    await sam.says("help")
    await sam.says(said)
    assert sees in sam.fresh[-1].text, sam.transcript()
    kept = {step: answer.words for step, answer in (await answers_of(running, sam)).items()}
    first = {"b1": "Somewhere safe, and quiet"}
    assert kept == (first | {"b2": "help"} if "3 of 5" in sees else first)


async def test_under_help_an_answer_is_still_one(running: Running, sam_half_way: Person) -> None:
    await sam_half_way.says("help")
    await sam_half_way.says("I feel safe first thing")
    assert (await answers_of(running, sam_half_way))["b2"].words == "I feel safe first thing"


async def test_a_complaint_waits_while_a_button_under_help_is_typed(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says("help")
    await sam.says("Safety first")
    assert "This is how it is now" in sam.last.text, sam.transcript()
    assert await running.rows(ComplaintRow) == []


@pytest.mark.parametrize("said", ["numbers", "show me the numbers", "Show me numbers"])
async def test_numbers_typed_where_help_is_offered_shows_them(
    database_url: str, time: Time, said: str
) -> None:
    async with an_office(database_url, time) as office:
        kim = await office.joined(await office.worker("Sam"))
        await office.before(kim)
        time.pass_(days=14)
        await office.tick()
        for choice in ("open", "start", "y"):
            await office.all([kim], choice)
        await office.say(kim, "it is quiet")
        await office.all([kim], "y")
        await office.all([kim], "y")
        assert "Do you want help with this?" in kim.said
        await office.say(kim, said)
        assert "Here is who can help" in kim.said
        assert "Sorry" not in kim.said


# --- under an opening line -----------------------------------------------------------------------


async def test_after_help_a_hello_stands_as_it_did(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    ways = ("tap Back", "Back", "tap Yes", "yes", "later", "tap Not today", "stop", "I owe money")
    people = {way: telegram.person(f"Person {n}") for n, way in enumerate(ways)}
    for person in people.values():
        await agree(person)
        await before(person)
    time.pass_(days=14)
    await running.tick()
    for way, person in people.items():
        hello, kept = person.last, await answers_of(running, person)
        await person.says("HELP")
        assert "Here is who can help" in person.last.text
        assert BUTTON not in labels(person.last), "it answers nothing"
        label = way.removeprefix("tap ")
        if label == "Back":
            await (person.says(way) if way == label else person.taps(label))
            assert (person.last.text, person.last.buttons) == (hello.text, hello.buttons)
            await person.taps("Yes")
        elif way == label:
            await person.says(way)
        else:
            await person.taps(label)
        expected = {
            "Back": "Can I ask how it went",
            "Yes": "Can I ask how it went",
            "yes": "Can I ask how it went",
            "later": "I will say hello on",
            "Not today": "I will say hello on",
            "stop": "I have stopped",
            "I owe money": "Shall we carry on?",
        }[label]
        assert expected in person.last.text, person.transcript()
        assert await answers_of(running, person) == kept


async def test_after_help_a_hello_half_way_stands_as_it_did(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    time.pass_(days=2)
    await running.tick()
    hello = sam.last
    assert "Is now an OK time?" in hello.text
    await sam.says("help")
    await sam.taps("Back")
    assert (sam.last.text, sam.last.buttons) == (hello.text, hello.buttons)
    await sam.says("yes")
    assert "2 of 5" in sam.last.text
    await sam.says("help")
    await sam.taps("Back")
    assert "2 of 5" in sam.last.text, "it is opened: the question is what there is to go back to"


async def test_in_a_pause_help_is_no_answer(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await sam.says("/pause")
    await sam.taps("4 weeks")
    await sam.says("help")
    assert "Here is who can help" in sam.last.text
    assert BUTTON not in labels(sam.last)
    await sam.says("not today")
    assert "I will be quiet until" in sam.last.text
    assert set(await answers_of(running, sam)) == {"b1"}


async def test_who_asks_for_a_person_as_an_answer_keeps_it_and_is_offered_one(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        worker = await office.worker("Sam")
        kim = await office.joined(worker)
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
