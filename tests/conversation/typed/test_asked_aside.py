"""A question that the bot asks aside is answered in words: a yes to it is no answer to another."""

from __future__ import annotations

import pytest

from bot.domain.states import ParticipantState
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.participants import allow_messages, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import an_office


async def is_stopped(running: Running) -> bool:
    (row,) = await running.rows(ParticipantRow)
    return ParticipantState(row.state) is ParticipantState.STOPPED


ASKS_ONCE_MORE = "I am not sure which you mean. Do you want me to stop messaging you?"


@pytest.mark.parametrize("said", ["yes stop", "ok stop", "Stop messaging me", "stop"])
async def test_a_yes_to_stopping_stops(running: Running, sam: Person, said: str) -> None:
    await sam.says("go away")
    assert "Do you want me to stop" in sam.last.text
    await sam.says(said)
    assert "I have stopped" in sam.last.text, sam.transcript()
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []


@pytest.mark.parametrize("said", ["yes", "yeah", "ok", "👍", "that's right", "not sure"])
async def test_a_yes_to_two_questions_is_asked_about_once_and_then_stops(
    running: Running, sam: Person, said: str
) -> None:
    await sam.says("go away")
    under = sam.last
    await sam.says(said)
    assert sam.last.text == ASKS_ONCE_MORE, sam.transcript()
    assert sam.last.buttons == under.buttons
    assert not await is_stopped(running)
    await sam.says(said)
    assert "I have stopped" in sam.last.text, sam.transcript()
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []


@pytest.mark.parametrize("again", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("said", ["yes it is", "it is", "Something is hard", "yes something is"])
async def test_a_yes_that_names_what_is_hard_shows_who_can_help(
    running: Running, sam: Person, said: str, again: bool
) -> None:
    await sam.says("go away")
    if again:
        await sam.says("yes")
    await sam.says(said)
    assert "I am sorry it is this hard" in sam.last.text, sam.transcript()
    assert not await is_stopped(running)
    assert await running.rows(AnswerRow) == []


@pytest.mark.parametrize("again", [False, True], ids=["first", "second"])
@pytest.mark.parametrize("said", ["that was my answer", "yes it is my answer", "It was my answer."])
async def test_who_says_that_it_was_the_answer_has_answered(
    running: Running, sam: Person, said: str, again: bool
) -> None:
    await sam.says("go away")
    if again:
        await sam.says("ok")
    await sam.says(said)
    assert not await is_stopped(running)
    assert (await answers_of(running, sam))["b1"].words == "go away"
    assert "2 of 5" in sam.last.text


async def test_a_no_to_stopping_asks_if_it_is_kept(running: Running, sam: Person) -> None:
    await sam.says("go away")
    await sam.says("yes")
    await sam.says("no")
    assert "Shall I keep what you wrote" in sam.last.text
    await sam.says("Yes, keep it")
    assert (await answers_of(running, sam))["b1"].words == "go away"


async def test_a_yes_to_stopping_stops_under_an_opening_line_that_others_see(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/times")
    await sam.taps("Safety first", "Who sees this phone", "Yes, sometimes")
    time.pass_(days=14)
    await running.tick()
    await sam.says("go away")
    assert "Do you want me to stop" in sam.last.text
    await sam.says("yes")
    await sam.says("yes")
    assert "I have stopped" in sam.last.text, sam.transcript()
    assert await is_stopped(running)


async def test_something_hard_typed_is_that_button(running: Running, sam: Person) -> None:
    await sam.says("go away")
    (label,) = [each for row in sam.last.buttons for each in row if "hard" in each]
    await sam.says(label)
    assert await running.rows(AnswerRow) == []
    assert not await is_stopped(running)


async def test_a_yes_to_stopping_stops_before_consent(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await sam.waits()
    await sam.says("go away")
    await sam.says("yes")
    assert sam.last.text == ASKS_ONCE_MORE
    await sam.says("yes")
    assert "How old are you" not in sam.last.text, sam.transcript()
    assert "stopped" in sam.last.text


@pytest.mark.parametrize("said", ["yes please", "yes", "can someone call me"])
async def test_a_yes_to_being_called_asks_the_worker(
    database_url: str, time: Time, said: str
) -> None:
    async with an_office(database_url, time) as office:
        kim = await office.joined(await office.worker("Sam"))
        await office.say(kim, "can someone call me")
        await office.say(kim, said)
        assert "I have asked Sam" in kim.said
        assert "2 of 5" in kim.said, "and the question stands"
        assert len(await office.rows(AlertRow)) == 1
        assert len(await office.rows(AnswerRow)) == 1


async def test_the_label_of_the_next_question_is_no_yes_to_being_called(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await office.joined(await office.worker("Sam"))
        for text in ("a door", "the damp"):
            await office.say(kim, text)
        await office.say(kim, "can someone call me")
        assert "4 of 5" in kim.said
        await office.say(kim, "Yes")
        assert await office.rows(AlertRow) == []
        assert "What is it?" in kim.said
        answers = [row.step for row in await office.rows(AnswerRow)]
        assert sorted(answers) == ["b1", "b2", "b3", "first"]


async def test_where_the_next_question_has_no_yes_it_is_one_to_being_called(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await office.joined(await office.worker("Sam"))
        for text in ("a door", "the damp", "sleep"):
            await office.say(kim, text)
        await office.all([kim], "n")
        await office.say(kim, "can someone call me")
        assert "If this is right, who may read it?" in kim.said
        await office.say(kim, "Yes")
        assert len(await office.rows(AlertRow)) == 1
        assert "If this is right, who may read it?" in kim.said, "that is still asked"
        assert "strength" in [row.step for row in await office.rows(AnswerRow)]


@pytest.mark.parametrize("said", ["no", "nope"])
async def test_no_to_the_same_person_begins_anew(
    telegram: FakeTelegram, running: Running, sam_agreed: Person, said: str
) -> None:
    sam = sam_agreed
    await sam.says("stop texting me")
    sam.start()
    await sam.waits()
    assert "Are you the same person" in sam.last.text
    await sam.says(said)
    assert "I am a computer" in sam.last.text, sam.transcript()


@pytest.mark.parametrize("said", ["delete them pls", "ok", "yes", "undo"])
async def test_what_becomes_of_the_answers_is_asked_again(
    running: Running, sam_half_way: Person, said: str
) -> None:
    sam = sam_half_way
    await sam.says("stop texting me")
    await sam.says(said)
    assert "You have stopped" in sam.last.text
    assert sam.last.buttons == [["Keep them", "Delete them all"]], sam.transcript()
    await sam.says("Delete them all")
    assert "will be deleted at" in "\n".join(b.text for b in sam.fresh)


async def test_the_button_under_help_takes_no_stop_back(running: Running, sam: Person) -> None:
    await sam.says("help")
    under = sam.last
    await sam.says("Quit")
    sam.tap_old(under, "That was my answer")
    await running.quiet()
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []


async def test_help_while_an_answer_is_changed_is_no_answer(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("/mydata")
    await sam.taps("Change an answer")
    if "takes its place" not in sam.last.text:
        await sam.taps(sam.last.buttons[0][0])
    await sam.says("help")
    assert "That was my answer" not in str(sam.last.buttons)
    assert set(await answers_of(running, sam)) == {"b1"}


@pytest.mark.parametrize(
    ("said", "sees"),
    [
        ("Clear this chat", ""),
        ("What is kept", ""),
        ("Delete what is kept", "Are you sure"),
        ("Change the language", "English"),
        ("Be quiet for a while", "How long"),
        ("Ask someone to contact me", "HELP"),
    ],
)
async def test_the_words_of_the_menu_typed_out_are_no_answer(
    running: Running, sam_half_way: Person, said: str, sees: str
) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await sam.says(said)
    assert set(await answers_of(running, sam)) == {"b1"}
    new = "\n".join(b.text for b in sam.fresh)
    assert sees.casefold() in new.casefold(), sam.transcript()


async def test_what_is_kept_typed_out_shows_what_is_kept(
    running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("What is kept")
    assert "I hold no answers" not in "\n".join(b.text for b in sam.fresh)
    assert any("Somewhere safe" in b.text for b in sam.fresh)


async def test_a_no_to_being_called_is_no_answer_to_the_next_question(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        kim = await office.joined(await office.worker("Sam"))
        await office.say(kim, "can someone call me")
        await office.say(kim, "no")
        assert "2 of 5" in kim.said
        assert len(await office.rows(AnswerRow)) == 1
        assert await office.rows(AlertRow) == []
