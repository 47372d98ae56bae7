"""A word that stops and may have been an answer: it stops at once, and one button takes it back."""

from __future__ import annotations

import pytest

from bot.domain.states import ParticipantState
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import CONSENT, allow_messages
from tests.support.running_bot import Running
from tests.support.telegram_fake import Person

WORD = "Quit"
BUTTON = "That was my answer"


def buttons(sam: Person) -> list[str]:
    return [label for row in sam.last.buttons for label in row]


async def is_stopped(running: Running) -> bool:
    (row,) = await running.rows(ParticipantRow)
    return ParticipantState(row.state) is ParticipantState.STOPPED


async def test_it_stops_at_once_and_the_button_keeps_the_word(
    running: Running, sam: Person
) -> None:
    await sam.says(WORD)
    assert "I have stopped" in sam.last.text
    assert BUTTON in buttons(sam)
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []
    await sam.taps(BUTTON)
    assert not await is_stopped(running)
    assert "2 of 5" in sam.last.text
    await sam.says("/mydata")
    assert any(f"“{WORD}”" in bubble.text for bubble in sam.chat)


@pytest.mark.parametrize("word", ["Arrêté", "arrêtés", "cessé", "paré", "stóp"])
async def test_a_form_of_it_that_means_something_else_stops_too(
    running: Running, sam: Person, word: str
) -> None:
    await sam.says(word)
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []
    await sam.taps(BUTTON)
    assert not await is_stopped(running)
    assert len(await running.rows(AnswerRow)) == 1


@pytest.mark.parametrize("word", ["dégagé", "rinunciò"])
async def test_a_form_of_what_may_be_one_is_asked_about(
    running: Running, sam: Person, word: str
) -> None:
    await sam.says(word)
    assert "Do you want me to stop?" in sam.last.text
    assert await running.rows(AnswerRow) == []


async def test_a_plain_stop_has_no_such_button(sam: Person) -> None:
    await sam.says("please stop texting me")
    assert "I have stopped" in sam.last.text
    assert BUTTON not in buttons(sam)


async def test_two_days_later_the_stop_stands(running: Running, sam: Person, time: Time) -> None:
    await sam.says(WORD)
    time.pass_(days=2)
    await sam.taps(BUTTON)
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []


async def test_after_another_stop_the_word_is_gone(running: Running, sam: Person) -> None:
    await sam.says(WORD)
    under = sam.last
    await sam.says("stop")
    sam.tap_old(under, BUTTON)
    await running.quiet()
    assert await is_stopped(running)
    assert await running.rows(AnswerRow) == []


async def test_tapped_twice_it_is_kept_once(running: Running, sam: Person) -> None:
    await sam.says(WORD)
    under = sam.last
    await sam.taps(BUTTON)
    shown = len(sam.chat)
    sam.tap_old(under, BUTTON)
    await running.quiet()
    assert len(await running.rows(AnswerRow)) == 1
    assert len(sam.chat) == shown


async def test_what_is_typed_meanwhile_keeps_the_word(running: Running, sam: Person) -> None:
    await sam.says(WORD)
    under = sam.last
    await sam.says("no, that was what I wanted to say")
    sam.tap_old(under, BUTTON)
    await running.quiet()
    assert not await is_stopped(running)
    assert len(await running.rows(AnswerRow)) == 1


async def test_a_voice_note_with_such_a_caption_comes_back(running: Running, sam: Person) -> None:
    sam.voice(caption=WORD)
    await sam.waits()
    assert await is_stopped(running)
    await sam.taps(BUTTON)
    assert len(await running.rows(AnswerRow)) == 1


async def test_on_a_phone_that_others_see_only_start_goes_on(running: Running, sam: Person) -> None:
    await sam.says("/times")
    await sam.taps("Who sees this phone", "Yes, sometimes")
    await sam.taps("Carry on")
    await sam.says(WORD)
    assert await is_stopped(running)
    assert BUTTON not in buttons(sam)


async def planned(running: Running) -> list[tuple[str, str, object]]:
    """What is to be sent later, and when; without what has ended."""
    rows = [r for r in await running.rows(FollowUpRow) if r.ended_at is None]
    return sorted((r.kind, r.state.value, r.due_at) for r in rows)


async def test_what_was_to_come_is_to_come_again(running: Running, sam: Person, time: Time) -> None:
    await allow_messages(sam)
    await sam.says("Somewhere quiet")
    before = await planned(running)
    assert [kind for kind, *_ in before] == ["unfinished"]
    await sam.says(WORD)
    assert await planned(running) == []
    time.pass_(hours=3)
    await sam.taps(BUTTON)
    assert await planned(running) == before
    time.pass_(days=2)
    await running.tick()
    assert "Is now an OK time" in sam.last.text


async def test_a_time_that_was_chosen_is_kept_too(running: Running, sam: Person) -> None:
    await sam.taps("Not now", "Tonight")
    sam.start()
    await sam.waits()
    before = await planned(running)
    assert [kind for kind, *_ in before] == ["not_now"]
    await sam.says(WORD)
    await sam.taps(BUTTON)
    assert await planned(running) == before


async def test_who_agrees_again_half_way_is_reminded_again(running: Running, sam: Person) -> None:
    await allow_messages(sam)
    await sam.says("Somewhere quiet")
    await sam.says("please stop texting me")
    assert await planned(running) == []
    sam.start()
    await sam.waits()
    await sam.taps("Yes, it is me", *CONSENT)
    assert "2 of 5" in sam.last.text, sam.transcript()
    assert await planned(running) == [], "the stop had taken back the yes to messages, too"
    await allow_messages(sam)
    assert [kind for kind, *_ in await planned(running)] == ["unfinished"]


@pytest.mark.parametrize("where", ["complaint", "changed answer"])
async def test_a_yes_to_it_stops_though_words_are_awaited(
    where: str, running: Running, sam: Person
) -> None:
    await sam.says("Somewhere safe, and quiet")
    if where == "complaint":
        await sam.says("/mydata")
        await sam.taps("I am not happy about this")
    else:
        await sam.says("/mydata")
        await sam.taps("Change an answer", "What I would like")
    await sam.says("go away")
    assert "Do you want me to stop" in sam.last.text
    for _ in range(2):
        if not await is_stopped(running):
            await sam.says("yes")
    assert await is_stopped(running)
    assert [a.step for a in await running.rows(AnswerRow)] == ["b1"]
    assert await running.rows(ComplaintRow) == []
