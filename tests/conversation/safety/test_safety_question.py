"""Words that sound like danger and are on no list: kept, asked about gently once, and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from tests.conftest import Time
from tests.danger_model.model_folder import SOUNDS_LIKE_DANGER, WORD, with_model
from tests.support.participants import agree, allow_messages, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.telegram_fake.chats import Bubble

ASKS = "That sounds hard. Are you safe right now?"
SEEN = "Thank you. Are you OK right now?"
THANKS = "Thank you for telling me."
NUMBERS = "These people can help"
HARD = SOUNDS_LIKE_DANGER
BUTTONS = ["I am safe", "I am not safe", "Show me numbers", "Carry on"]


@pytest.fixture
async def running(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> AsyncIterator[Running]:
    """A bot whose model knows one word."""
    flows = with_model(tmp_path)
    async with Running(telegram, database_url, time, flows=flows) as bot:
        yield bot


def labels(message: Bubble) -> list[str]:
    return [label for row in message.buttons for label in row]


async def words_of(running: Running, person: Person, step: str) -> str:
    """What is stored as their answer to one question."""
    found = (await answers_of(running, person)).get(step)
    return (found.words or "") if found is not None else ""


async def act(person: Person, way: str) -> None:
    """Taps a button of this name, or types it."""
    if way in labels(person.last):
        await person.taps(way)
    else:
        await person.says(way)


async def test_it_is_kept_and_asked_about_and_the_next_question_waits(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    assert sam.last.text == ASKS
    assert labels(sam.last) == BUTTONS
    assert await words_of(running, sam, "b2") == HARD
    assert not any("3 of 5" in bubble.text for bubble in sam.chat)


@pytest.mark.parametrize("way", ["I am safe", "yes", "i am safe", "Carry on", "It is quiet now"])
async def test_safe_or_more_words_go_on_with_the_next_question(
    running: Running, sam_half_way: Person, way: str
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await act(sam, way)
    assert "3 of 5" in sam.last.text
    assert sam.last.text.startswith(THANKS) == (way not in ("Carry on", "It is quiet now"))
    assert not any(NUMBERS in bubble.text for bubble in sam.chat)
    more = f"\n{way}" if way == "It is quiet now" else ""
    assert await words_of(running, sam, "b2") == HARD + more
    await sam.says("A door")
    assert "4 of 5" in sam.last.text
    assert await words_of(running, sam, "b3") == "A door"


@pytest.mark.parametrize("way", ["I am not safe", "no", f"{WORD}, {WORD}", "I want to die"])
async def test_not_safe_or_danger_again_gives_numbers(
    running: Running, sam_half_way: Person, way: str
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await act(sam, way)
    assert "These people can help" in sam.last.text
    await sam.taps("I am OK, carry on")
    if way == "I want to die":
        await sam.taps("Yes, keep it")
    assert "3 of 5" in sam.last.text
    more = f"\n{way}" if way in (f"{WORD}, {WORD}", "I want to die") else ""
    assert await words_of(running, sam, "b2") == HARD + more


async def test_numbers_are_shown_and_the_way_goes_on(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await sam.taps("Show me numbers")
    assert "116 123" in sam.last.text
    await sam.taps("Back")
    assert "3 of 5" in sam.last.text


async def test_it_is_asked_once_a_checkin(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await sam.taps("I am safe")
    await sam.says(HARD)
    assert "4 of 5" in sam.last.text
    await sam.taps("Back")
    await sam.says(HARD)
    assert "4 of 5" in sam.last.text


async def test_nothing_of_what_they_say_to_it_is_stored(
    running: Running, telegram: FakeTelegram
) -> None:
    rows = []
    for way in ("I am safe", "I am not safe", "Carry on"):
        person = telegram.person(way)
        await agree(person)
        await person.says(HARD)
        await person.taps(way)
        if way == "I am not safe":
            await person.taps("I am OK, carry on")
        (row,) = [r for r in await running.rows(CheckinRow) if r not in rows]
        rows.append(row)
    for row in rows:
        assert (row.step, row.passed) == ("b2", rows[0].passed)


async def test_it_shows_nothing_of_why_where_others_see(
    running: Running, telegram: FakeTelegram
) -> None:
    kim = telegram.person("Kim")
    await agree(kim, way=("18 or over", "Yes, keep it", "Yes, sometimes"))
    await act(kim, "Carry on")
    await kim.says(HARD)
    assert kim.last.text == SEEN
    assert labels(kim.last) == ["I am OK", "I am not OK", "Show me numbers", "Carry on"]
    await kim.taps("I am not OK")
    assert "116 123" not in kim.last.text
    assert "Is it safe to show help numbers here?" in kim.last.text


async def test_pieces_of_one_thought_are_all_kept_before_it(
    running: Running, telegram: FakeTelegram, sam_half_way: Person
) -> None:
    sam = sam_half_way
    sam.say(HARD)
    sam.say("and it is cold")
    sam.say(f"the {WORD} too")
    await sam.waits()
    assert sam.last.text == ASKS
    assert await words_of(running, sam, "b2") == f"{HARD}\nand it is cold\nthe {WORD} too"
    await sam.taps("I am safe")
    assert "3 of 5" in sam.last.text


async def test_a_voice_note_of_the_same_thought_is_kept_before_it(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    sam.say(HARD)
    sam.voice()
    await sam.waits()
    assert sam.last.text == ASKS
    found = (await answers_of(running, sam))["b2"]
    assert (found.words, len(found.voice)) == (HARD, 1)
    await sam.taps("I am safe")
    assert "3 of 5" in sam.last.text


async def test_words_beside_a_choice_are_kept_and_the_choice_is_asked_again(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("the stairs")
    await sam.says("a door")
    assert "4 of 5" in sam.last.text
    await sam.says(HARD)
    assert sam.last.text == ASKS
    await sam.taps("I am safe")
    assert "4 of 5" in sam.last.text
    await sam.taps("Yes")
    found = [a for a in (await answers_of(running, sam)).values() if a.words == HARD]
    assert [a.choices for a in found] == [("y",)]


async def test_picks_are_kept_with_the_words(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await sam.taps("Money")
    await sam.says(HARD)
    assert sam.last.text == ASKS
    await sam.taps("Drink or drugs", "Carry on")
    assert "3 of 5" in sam.last.text
    found = (await answers_of(running, sam))["b2"]
    assert (found.words, {*found.choices}) == (HARD, {"money", "drink_drugs"})


async def test_a_changed_answer_is_asked_about_too(
    running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/change")
    await sam.taps("What feels wrong")
    await sam.says(HARD)
    assert sam.last.text == ASKS
    assert await words_of(running, sam, "b2") == HARD
    await sam.taps("I am safe")
    assert THANKS in sam.last.text


async def test_a_restart_and_a_day_lose_nothing(
    running: Running, sam_half_way: Person, time: Time
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await running.stop()
    time.pass_(days=2)
    await running.start()
    await sam.says("hello?")
    await act(sam, "Carry on")
    assert "3 of 5" in sam.last.text
    assert await words_of(running, sam, "b2") == HARD


async def test_stop_stops_while_it_stands(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await sam.says("stop")
    assert "stopped" in sam.last.text.lower()
    await sam.taps("Keep them")
    sam.start()
    await sam.waits()
    assert ASKS not in sam.last.text


async def test_it_is_asked_before_consent_and_keeps_nothing(
    running: Running, telegram: FakeTelegram
) -> None:
    kim = telegram.person("Kim")
    kim.start()
    await kim.waits()
    await kim.says(HARD)
    assert kim.last.text == ASKS
    await kim.taps("Carry on")
    assert "How old are you" in kim.last.text
    await kim.says(HARD)
    assert kim.last.text != ASKS, "once a day"


async def test_it_is_asked_after_a_checkin(running: Running, sam_after_before: Person) -> None:
    sam = sam_after_before
    await sam.says(HARD)
    assert sam.last.text == ASKS
    await sam.taps("I am safe")
    assert sam.last.text == THANKS


UNSAFE = ("no", "not safe", "I don't feel safe", "No, I am not", "i am scared", "no?", "not ok")


@pytest.mark.parametrize("said", UNSAFE)
async def test_every_way_to_say_no_gives_numbers(
    running: Running, sam_half_way: Person, said: str
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await sam.says(said)
    assert NUMBERS in sam.last.text
    assert await words_of(running, sam, "b2") == HARD


@pytest.mark.parametrize("between", ["help", "sticker", "edit", "tick", "piece", "a day"])
async def test_a_no_is_a_no_whatever_came_between(
    running: Running, sam_half_way: Person, time: Time, between: str
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    if between == "help":
        await sam.says("HELP")
    elif between == "sticker":
        sam.sticker()
    elif between == "edit":
        sam.edit(next(b for b in sam.chat if b.text == HARD), "The heron stands")
    elif between == "tick":
        await sam.taps("Money")
    elif between == "piece":
        time.pass_(seconds=0.5)
        await sam.says("and it is cold")
    else:
        time.pass_(hours=25)
    await sam.waits()
    time.pass_(seconds=20)
    await sam.says("no")
    assert NUMBERS in sam.last.text
    assert "no" not in (await words_of(running, sam, "b2")).split()


@pytest.mark.parametrize("way", ["/start", "I am safe"])
async def test_what_danger_held_is_asked_about_before_it_goes_on(
    running: Running, sam_half_way: Person, way: str
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await sam.says("I want to die")
    assert NUMBERS in sam.last.text
    if way == "/start":
        await sam.says(way)
    else:
        sam.tap_old(next(b for b in sam.chat if b.text == ASKS), way)
        await sam.waits()
    assert sam.last.text == "Shall I keep what you wrote as your answer?"
    await sam.taps("Yes, keep it")
    assert await words_of(running, sam, "b2") == f"{HARD}\nI want to die"


@pytest.mark.parametrize("second", [f"the {WORD} too", "yes", "no", "and then he left"])
async def test_a_piece_sent_before_it_could_be_read_answers_nothing(
    running: Running, sam_half_way: Person, second: str
) -> None:
    sam = sam_half_way
    sam.say(HARD)
    sam.say(second)
    await sam.waits()
    assert sam.last.text == ASKS
    assert await words_of(running, sam, "b2") == f"{HARD}\n{second}"


async def test_a_thought_in_three_pieces_is_one_answer(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    for piece in ("the stairs", HARD, "and then he left"):
        sam.say(piece)
    await sam.waits()
    assert sam.last.text == ASKS
    assert await words_of(running, sam, "b2") == f"the stairs\n{HARD}\nand then he left"
    await sam.says("no")
    assert NUMBERS in sam.last.text


async def test_hello_after_the_last_question_ends_well(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("the stairs")
    await sam.says("a door")
    await sam.taps("Not sure")
    await sam.says("my sister")
    await sam.taps("Only me", "No, just this time", "Some were hard")
    await sam.says(HARD)
    assert sam.last.text == ASKS
    await sam.says("hi")
    assert "I have kept it" in sam.last.text
    assert not any("could not take in" in bubble.text for bubble in sam.chat)


async def test_not_safe_gives_numbers_while_a_deletion_waits(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    asked = sam.last
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    sam.tap_old(asked, "I am not safe")
    await sam.waits()
    assert NUMBERS in sam.last.text


async def test_the_same_words_are_not_asked_about_twice(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    await sam.taps("I am safe")
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says(HARD)
    assert sum(bubble.text == ASKS for bubble in sam.chat) == 1


async def test_a_tick_taken_back_is_not_kept(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await sam.taps("Money")
    await sam.says(HARD)
    await sam.taps("✓ Money", "I am safe")
    assert "3 of 5" in sam.last.text
    assert (await answers_of(running, sam))["b2"].choices == ()


async def test_what_is_written_under_a_hello_is_no_answer(
    running: Running, sam_after_before: Person, time: Time
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    assert "OK time" in sam.last.text
    await sam.says(HARD)
    assert sam.last.text == ASKS
    assert HARD not in {answer.words for answer in (await answers_of(running, sam)).values()}
    await sam.says("no")
    assert NUMBERS in sam.last.text


async def test_days_later_it_asks_who_holds_a_phone_that_others_see(
    running: Running, telegram: FakeTelegram, time: Time
) -> None:
    kim = telegram.person("Kim")
    await agree(kim, way=("18 or over", "Yes, keep it", "Yes, sometimes"))
    await act(kim, "Carry on")
    await kim.says(HARD)
    assert kim.last.text == SEEN
    questions = [bubble.text for bubble in kim.chat if " of 5" in bubble.text]
    time.pass_(days=3)
    await kim.taps("I am OK")
    assert "Are you the same person" in kim.last.text
    assert [bubble.text for bubble in kim.chat if " of 5" in bubble.text] == questions


async def test_a_no_to_a_hello_is_for_the_hello(
    running: Running, sam_half_way: Person, time: Time
) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await sam.says(HARD)
    assert sam.last.text == ASKS
    time.pass_(days=3)
    await running.tick()
    assert "OK time" in sam.last.text
    await sam.says("no")
    assert NUMBERS not in sam.last.text
