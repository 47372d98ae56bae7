"""Words that sound like danger and are on no list: kept, asked about gently once, and no more."""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from tests.conftest import Time
from tests.conversation.safety.asked.asked_if_safe import (
    ASKS,
    BUTTONS,
    HARD,
    NUMBERS,
    SEEN,
    THANKS,
    act,
    labels,
    words_of,
)
from tests.danger_model.model_folder import WORD
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


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


@pytest.mark.parametrize("way", ["I am not safe", "no", f"the {WORD}, the {WORD}", "I want to die"])
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
    more = f"\n{way}" if way in (f"the {WORD}, the {WORD}", "I want to die") else ""
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
