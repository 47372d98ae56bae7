"""The answer to "Are you safe right now?" is heard, whatever came between, and no word is lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store.tables.checkin_tables import AnswerRow
from tests.conftest import Time
from tests.conversation.safety.asked.asked_if_safe import (
    ASKS,
    HARD,
    NUMBERS,
    SEEN,
    act,
    words_of,
)
from tests.danger_model.model_folder import WORD, with_model
from tests.support.participants import agree, allow_messages, answers_of, half_way
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

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


async def test_a_piece_that_is_a_label_too_is_kept_as_words(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    sam.say(HARD)
    sam.say("Money")
    await sam.waits()
    assert sam.last.text == ASKS
    assert await words_of(running, sam, "b2") == f"{HARD}\nMoney"


async def test_a_no_is_heard_though_our_clock_is_ahead_of_telegrams(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> None:
    def ahead() -> dt.datetime:
        return time() + dt.timedelta(seconds=5)

    async with Running(telegram, database_url, ahead, flows=with_model(tmp_path)) as running:
        sam = telegram.person("Sam")
        await half_way(sam)
        await sam.says(HARD)
        time.pass_(seconds=3)  # Telegram's date of it is before the bot asked
        await sam.says("no")
        assert NUMBERS in sam.last.text
        assert await words_of(running, sam, "b2") == HARD


async def test_an_answer_taken_back_meanwhile_breaks_nothing(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says(HARD)
    async with running.bot.store.transaction() as connection:
        await connection.execute(sa.delete(AnswerRow).where(AnswerRow.step == "b2"))
    await sam.taps("I am safe")
    assert "2 of 5" in sam.last.text
    await sam.says("The stairs")
    assert "3 of 5" in sam.last.text
