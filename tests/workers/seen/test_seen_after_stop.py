"""Who asks for a person after a stop, or before a yes, learns too that a worker has seen it."""

from __future__ import annotations

import pytest

from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.contact_requests import (
    ADULT,
    ALONE,
    OTHERS,
    asks,
    asks_after_stop,
    edits,
    goes_round,
    joined,
    link,
    restarts,
    seen_but_not_sent,
    sees,
    sent,
    text,
    worker,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

SEEN = "Wanda has seen it at 10:04."


async def is_stopped(running: Running) -> bool:
    (row,) = await running.rows(ParticipantRow)
    return ParticipantState(row.state) is ParticipantState.STOPPED


async def test_after_a_stop_the_answer_to_a_request_is_edited_without_a_sound(
    telegram: FakeTelegram, running: Running, time: Time, wanda: Person, kim: Person
) -> None:
    said = await asks_after_stop(kim, time)
    assert "I have asked Wanda just now" in said.text
    before = sent(telegram, kim)
    time.pass_(minutes=3)
    await sees(wanda)
    assert SEEN in text(kim, said)
    assert sent(telegram, kim) == before, "nothing new: no phone rings"
    assert await is_stopped(running)
    assert await running.rows(OutboxRow) == []


async def test_asked_before_a_stop_and_again_after_it(
    time: Time, wanda: Person, kim: Person
) -> None:
    first = await asks(kim)
    time.pass_(minutes=1)
    await kim.says("stop")
    time.pass_(minutes=1)
    again = await asks(kim)
    assert "Nobody has said yet" in again.text
    time.pass_(minutes=2)
    await sees(wanda)
    assert SEEN in text(kim, again)
    assert text(kim, first) == first.text, "the stop ended that one"


async def test_another_stop_ends_it(
    telegram: FakeTelegram, running: Running, time: Time, wanda: Person, kim: Person
) -> None:
    said = await asks_after_stop(kim, time)
    time.pass_(minutes=1)
    await kim.says("stop")
    await sees(wanda)
    await goes_round(running)
    assert text(kim, said) == said.text
    assert edits(telegram, kim) == 0
    (alert,) = await running.rows(AlertRow)
    assert (alert.said_message, alert.chat_hash) == (None, None)


@pytest.mark.parametrize("meanwhile", [False, True], ids=["seen later", "seen meanwhile"])
async def test_a_stop_that_is_taken_back_ends_no_news_of_a_request(
    running: Running, time: Time, meanwhile: bool, wanda: Person, kim: Person
) -> None:
    first = await asks(kim)
    time.pass_(minutes=1)
    await kim.says("Quit")
    assert await is_stopped(running)
    time.pass_(minutes=1)
    if meanwhile:
        await sees(wanda)
        await goes_round(running)
    await kim.taps("That was my answer")
    assert not await is_stopped(running)
    assert "2 of 5" in kim.last.text
    told = [b for b in kim.fresh if "Wanda" in b.text]
    assert len(told) == 1, kim.transcript()
    if meanwhile:
        assert "10:02" in told[0].text
        return
    assert "Nobody has said yet" in told[0].text
    time.pass_(minutes=2)
    await sees(wanda)
    assert SEEN in text(kim, told[0])
    assert text(kim, first) == first.text


async def test_what_was_known_before_the_stop_is_not_told_again(
    time: Time, wanda: Person, kim: Person
) -> None:
    await asks(kim)
    await sees(wanda)
    time.pass_(minutes=1)
    await kim.says("Quit")
    await kim.taps("That was my answer")
    assert "2 of 5" in kim.last.text
    assert not any("Wanda" in b.text for b in kim.fresh), kim.transcript()


async def test_a_stop_of_another_on_the_same_phone_ends_no_news(
    telegram: FakeTelegram, running: Running, time: Time, wanda: Person, kim: Person
) -> None:
    kim.tap_data(PhraseButton("safety_first", "word").encode(), kim.last)
    await running.quiet()
    await kim.says("badger")
    said = await asks(kim)
    kim.tap_data(PhraseButton("other_person", "ask").encode(), kim.last)
    await running.quiet()
    await kim.taps("No, I am someone else")
    await agrees(running, kim, ALONE)
    await kim.says("stop")
    (alert,) = await running.rows(AlertRow)
    assert alert.said_message == said.message_id, "Kim has stopped nothing"
    before = sent(telegram, kim), edits(telegram, kim)
    await sees(wanda)
    await goes_round(running)
    assert (sent(telegram, kim), edits(telegram, kim)) == before, "nothing comes after the stop"


async def test_seen_after_a_stop_and_a_restart(
    running: Running, time: Time, wanda: Person, kim: Person
) -> None:
    said = await asks_after_stop(kim, time)
    await restarts(running)
    await seen_but_not_sent(running, wanda)
    assert text(kim, said) == said.text
    await restarts(running)
    assert "Wanda has seen it" in text(kim, said)


async def test_on_a_phone_that_others_see_nobody_is_named_after_a_stop(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda, phone=OTHERS)
    await kim.says("stop")
    time.pass_(minutes=4)
    said = await asks(kim)
    await sees(wanda)
    assert "Someone has seen it at 10:04." in text(kim, said)
    assert "Wanda" not in text(kim, said)


# --- before a yes --------------------------------------------------------------------------------


async def asks_first(telegram: FakeTelegram, running: Running, wanda: Person) -> Person:
    """Kim, who came by this worker's link, and asks for a person before all else."""
    kim = telegram.person("Kim")
    kim.start(await link(running, wanda))
    await running.quiet()
    assert "I have asked Wanda just now" in (await asks(kim)).text
    kim.start()
    await running.quiet()
    return kim


async def agrees(running: Running, kim: Person, phone: str = ALONE) -> str:
    """Agrees; gives what is said to it."""
    await kim.taps(ADULT, "Yes, keep it", phone)
    said = "\n".join(bubble.text for bubble in kim.fresh)
    if phone == OTHERS:
        kim.tap_data(PhraseButton("safety_shared", "carry_on").encode(), kim.last)
        await running.quiet()
    return said


async def test_nothing_of_the_chat_is_remembered_before_a_yes(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await asks_first(telegram, running, wanda)
    (alert,) = await running.rows(AlertRow)
    assert (alert.said_message, alert.chat_hash) == (None, None)
    assert await running.rows(ChatMessageRow) == []
    await sees(wanda)
    assert edits(telegram, kim) == 0


@pytest.mark.parametrize("phone", [ALONE, OTHERS])
async def test_who_was_seen_before_the_yes_is_told_with_the_yes(
    telegram: FakeTelegram, running: Running, time: Time, phone: str
) -> None:
    wanda = await worker(telegram, running)
    kim = await asks_first(telegram, running, wanda)
    time.pass_(minutes=4)
    await sees(wanda)
    shown = await agrees(running, kim, phone)
    assert ("Someone has seen it at 10:04." if phone == OTHERS else SEEN) in shown
    assert ("Wanda has" in shown) is (phone == ALONE)


async def test_who_is_not_seen_by_the_yes_learns_it_by_an_edit(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await asks_first(telegram, running, wanda)
    await agrees(running, kim)
    said = next(b for b in kim.fresh if "Nobody has said yet" in b.text)
    time.pass_(minutes=4)
    await sees(wanda)
    assert SEEN in text(kim, said)


async def test_who_asked_for_nobody_is_told_nothing_of_it(
    telegram: FakeTelegram, running: Running
) -> None:
    kim = await joined(telegram, running, await worker(telegram, running))
    assert "seen" not in "\n".join(bubble.text for bubble in kim.fresh)
