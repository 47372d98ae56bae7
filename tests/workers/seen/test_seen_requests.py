"""Asking for a person is answered when a worker has seen it: by an edit, without a sound.

Over the fake Bot API, which shows what stands on the phone, and what made a sound there.
"""

from __future__ import annotations

import pytest

from bot.messages.callback_data import PhraseButton, WorkerButton
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.contact_requests import (
    ADULT,
    ASK,
    OTHERS,
    SEEN,
    YOUNG,
    asks,
    edits,
    goes_round,
    joined,
    now,
    remove,
    restarts,
    seen_but_not_sent,
    sees,
    sent,
    text,
    worker,
    workers,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


@pytest.mark.parametrize("age", [ADULT, YOUNG])
async def test_the_message_says_who_has_seen_it(
    age: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda, age)
    said = await asks(kim)
    assert "I have asked Wanda just now" in said.text
    before = sent(telegram, kim)
    time.pass_(minutes=4)
    await sees(wanda)
    assert text(kim, said) == (
        "I have asked for someone to contact you. Wanda has seen it at 10:04. "
        "This is not an emergency service. If you need help now, send HELP."
    )
    assert sent(telegram, kim) == before, "nothing new: no phone rings"
    assert await running.rows(OutboxRow) == []
    (alert,) = await running.rows(AlertRow)
    assert (alert.said_message, alert.chat_hash) == (None, None)
    # Twice "seen", and later rounds, edit once.
    wanda.tap_data(WorkerButton("seen", alert.id).encode())
    await running.quiet()
    await goes_round(running)
    assert edits(telegram, kim) == 1


async def test_from_a_question_the_message_before_the_next_one_is_edited(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda, YOUNG)
    await kim.taps("Home", "Done", "Yes", "The person helping me", "Done")
    said = next(b for b in kim.chat if "I have asked Wanda" in b.text)
    question = kim.last
    assert "3 of 3" in question.text
    await sees(wanda)
    assert "Wanda has seen it at 10:00." in text(kim, said)
    assert now(kim, question) == question


async def test_where_others_see_the_phone_nobody_is_named(
    telegram: FakeTelegram, running: Running
) -> None:
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda, phone=OTHERS)
    said = await asks(kim)
    await sees(wanda)
    assert text(kim, said) == (
        "Someone has seen it at 10:00. "
        "This is not an emergency service. If you need help now, send HELP."
    )


async def test_another_worker_than_asked_is_named(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    wanda = await worker(telegram, running)
    lou = await worker(telegram, running, "Lou", lead=True)
    kim = await joined(telegram, running, wanda)
    said = await asks(kim)
    time.pass_(minutes=31)
    await running.bot.send_worker_notifications()
    await running.quiet()
    await sees(lou)
    assert "Lou has seen it at 10:31." in text(kim, said)
    await sees(wanda)
    assert "Lou has seen it at 10:31." in text(kim, said)
    assert edits(telegram, kim) == 1


async def test_asked_again_the_newest_message_is_edited(
    time: Time, wanda: Person, kim: Person
) -> None:
    await asks(kim)
    time.pass_(minutes=10)
    said = await asks(kim)
    assert "Nobody has said yet" in said.text
    time.pass_(days=1)
    await sees(wanda)
    assert "Wanda has seen it at 10:10 (24 November 2026)." in text(kim, said)


async def stop(kim: Person, running: Running) -> None:
    await kim.says("stop")


async def delete(kim: Person, running: Running) -> None:
    await kim.says("/delete")
    await kim.taps("Yes, delete them")


async def clear(kim: Person, running: Running) -> None:
    await kim.says("/hide")


async def clear_old(kim: Person, running: Running) -> None:
    """What is too old to be deleted is blanked instead."""
    running.clock.pass_(days=3)  # type: ignore[attr-defined]
    await kim.says("/hide")


async def pass_on(kim: Person, running: Running) -> None:
    """Somebody else uses the phone from now on."""
    kim.tap_data(PhraseButton("other_person", "new").encode(), kim.last)
    await running.quiet()
    kim.start()
    await running.quiet()
    await kim.taps("No, I am someone else")
    await kim.taps(ADULT, "Yes, keep it", OTHERS)
    kim.tap_data(PhraseButton("safety_shared", "carry_on").encode(), kim.last)
    await running.quiet()


GONE = {f.__name__: f for f in (stop, delete, clear, clear_old, pass_on)}


@pytest.mark.parametrize("owed", [False, True], ids=["then seen", "seen, but not sent yet"])
@pytest.mark.parametrize("name", GONE)
async def test_nothing_is_edited_where_they_are_gone(
    name: str, owed: bool, running: Running, wanda: Person, kim: Person
) -> None:
    said = await asks(kim)
    if owed:
        await seen_but_not_sent(running, wanda)
    await GONE[name](kim, running)
    stood = now(kim, said)
    if not owed:
        await sees(wanda)
    await goes_round(running)
    await restarts(running)
    assert now(kim, said) == stood
    assert await running.rows(OutboxRow) == []
    if name != "pass_on":
        kim.start()
        await running.quiet()
    await goes_round(running)
    assert now(kim, said) == stood, "nor later"
    assert not any("Wanda has seen it" in b.text for b in kim.chat)


async def test_after_a_restart_before_and_behind_the_yes_of_the_worker(
    telegram: FakeTelegram, running: Running, wanda: Person, kim: Person
) -> None:
    said = await asks(kim)
    await restarts(running)
    await seen_but_not_sent(running, wanda)
    assert text(kim, said) == said.text
    await restarts(running)
    assert "Wanda has seen it at 10:01." in text(kim, said)
    await restarts(running)
    await goes_round(running)
    assert edits(telegram, kim) == 1
    assert await running.rows(OutboxRow) == []


async def test_a_name_does_not_come_to_a_phone_that_others_see_by_now(
    running: Running, wanda: Person, kim: Person
) -> None:
    said = await asks(kim)
    await seen_but_not_sent(running, wanda)
    async with running.bot.store.unit_of_work() as uow:
        participant = (await uow.participants.load([kim.chat_id]))[kim.chat_id]
        participant.shared_phone = True
        uow.participants.save(participant)
    await restarts(running)
    assert text(kim, said) == said.text
    assert await running.rows(OutboxRow) == []


async def test_seen_before_it_was_delivered(
    telegram: FakeTelegram, running: Running, time: Time, wanda: Person, kim: Person
) -> None:
    await kim.says("help")
    telegram.faults.add(kind="timeout", method="sendMessage", chat=kim.chat_id)
    kim.tap(ASK)
    await wanda.sees("Please look")
    wanda.tap(SEEN)
    await wanda.sees("Nobody else is told")
    await goes_round_early(running)
    telegram.faults.release()
    await running.quiet()
    assert "I have asked Wanda" in kim.last.text
    await goes_round(running)
    assert "Wanda has seen it at 10:00." in kim.last.text
    await goes_round(running)
    assert edits(telegram, kim) == 1


async def goes_round_early(running: Running) -> None:
    """A round while the message is on its way: there is nothing to edit yet."""
    assert await running.bot.worker_notifications.send_seen() == []


async def test_two_workers_see_it_at_once(telegram: FakeTelegram, running: Running) -> None:
    lou = await worker(telegram, running, "Lou", lead=True)
    pat = await worker(telegram, running, "Pat", lead=True)
    wanda = await worker(telegram, running)
    kim = await joined(telegram, running, wanda)
    await remove(running, "Wanda")
    said = await asks(kim)
    assert "Lou and Pat" in said.text, "without a worker the leads are asked"
    for phone in (pat, lou, pat):
        phone.tap(SEEN)
    await running.quiet()
    await goes_round(running)
    (alert,) = await running.rows(AlertRow)
    names = {row.id: name for row, name in await workers(running)}
    assert f"{names[alert.seen_by]} has seen it at 10:00." in text(kim, said)
    assert edits(telegram, kim) == 1


REFUSALS = (
    "Bad Request: message to edit not found",
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same",
    "Bad Request: message can't be edited",
)


async def test_an_edit_that_telegram_refuses_is_not_tried_again(
    telegram: FakeTelegram, running: Running, wanda: Person, kim: Person
) -> None:
    for number, refusal in enumerate(REFUSALS, 1):
        await asks(kim)
        telegram.faults.add(kind="400", method="editMessageText", description=refusal)
        before = sent(telegram, kim)
        await sees(wanda)
        await goes_round(running)
        assert edits(telegram, kim) == number
        assert sent(telegram, kim) == before
        assert await running.rows(OutboxRow) == []
    await restarts(running)
    assert edits(telegram, kim) == len(REFUSALS)
    await kim.says("help")
    assert "Here is who can help" in kim.last.text


async def test_an_edit_is_tried_again_where_telegram_is_away(
    telegram: FakeTelegram, running: Running, wanda: Person, kim: Person
) -> None:
    said = await asks(kim)
    telegram.faults.add(kind="502_html", method="editMessageText", times=2)
    telegram.faults.add(kind="drop_after", method="editMessageText")
    await sees(wanda)
    assert "Wanda has seen it at 10:00." in text(kim, said)
    assert await running.rows(OutboxRow) == []
