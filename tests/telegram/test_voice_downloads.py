"""Voice notes are fetched once they are committed, kept sealed, and played from there.

What is said in them is listened to by nobody here.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa

from bot.store.repositories.delivery import voice_note_repository
from bot.store.repositories.delivery.voice_note_repository import PAUSES, VoiceNoteDeleted
from bot.store.tables.checkin_tables import AnswerRow, VoiceRow
from flows.engine import Answer, AnswerState
from tests.conftest import Time
from tests.support.participants import agree, answers_of, everything
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

SOUND = b"OggS canary-7319 what they said aloud"


async def speak(person: Person, running: Running, data: bytes = SOUND, **more: Any) -> str:
    """Sends a voice note, waits for all that comes of it, and gives Telegram's name for it."""
    person.voice(data=data, **more)
    await running.quiet()
    return list(running.telegram.files)[-1]


async def heard(person: Person, running: Running) -> list[bytes | None]:
    """The voice notes that somebody gets who asks for what they said."""
    before = len(running.telegram.sent_to(person.chat_id))
    await person.says("/mydata")
    new = running.telegram.sent_to(person.chat_id)[before:]
    return [bubble.file for bubble in new if bubble.kind == "voice"]


async def later(running: Running) -> None:
    """What the next tick does."""
    running.bot.voice_downloader.wake()
    await running.bot.settled()


async def test_a_voice_note_is_kept_sealed_and_outlives_telegrams_copy(
    sam: Person, running: Running, telegram: FakeTelegram
) -> None:
    name = await speak(sam, running)
    (row,) = await running.rows(VoiceRow)
    assert row.body is not None
    assert row.next_at is None
    held = await everything(running.bot.store)
    assert SOUND not in held
    assert b"canary-7319" not in held
    assert await heard(sam, running) == [SOUND]
    telegram.forget_file(name)
    assert await heard(sam, running) == [SOUND]
    sent = telegram.calls_of("sendVoice")[-1]
    assert sent.outcome == "ok"
    assert sent.params["voice"] not in telegram.files, "as bytes, not by name"
    assert sent.params["protect_content"] is True


async def test_no_reply_waits_for_it_and_what_was_not_fetched_is_found_at_the_next_start(
    sam: Person, running: Running, telegram: FakeTelegram, time: Time
) -> None:
    stuck = telegram.faults.add(kind="timeout", method="getFile", times=None)
    sam.voice(data=SOUND)
    await sam.sees("I have kept your voice note")
    (row,) = await running.rows(VoiceRow)
    assert (row.body, row.tries) in {(None, 0), (None, 1)}
    assert await voice_note_repository.load_body(running.bot.store, row.id) is None
    stuck.times = 0
    await running.stop()
    telegram.faults.release()
    time.pass_(minutes=2)
    await running.start()
    await running.quiet()
    await running.bot.started.wait()
    await running.bot.settled()
    (row,) = await running.rows(VoiceRow)
    assert await voice_note_repository.load_body(running.bot.store, row.id) == SOUND


async def test_until_it_is_fetched_telegrams_own_copy_is_played(
    sam: Person, running: Running, telegram: FakeTelegram
) -> None:
    telegram.faults.add(kind="500", method="getFile", times=None)
    name = await speak(sam, running)
    assert await heard(sam, running) == [SOUND]
    assert telegram.calls_of("sendVoice")[-1].params["voice"] == name


async def test_one_that_cannot_be_had_holds_up_no_other_and_is_given_up(
    sam: Person,
    running: Running,
    telegram: FakeTelegram,
    time: Time,
    capfd: pytest.CaptureFixture[str],
) -> None:
    telegram.faults.add(kind="500", method="getFile", times=1)
    lost = await speak(sam, running)
    telegram.forget_file(lost)
    await speak(sam, running, b"OggS huge", size=3_000_001)
    await speak(sam, running)
    rows = await running.rows(VoiceRow)
    assert len(rows) == 3
    assert sum(row.body is not None for row in rows) == 1
    asked = len(telegram.calls_of("getFile"))
    time.pass_(minutes=2)
    await later(running)
    assert len(telegram.calls_of("getFile")) == asked + 1, "the huge one is not even asked for"
    assert all(row.next_at is None for row in await running.rows(VoiceRow))
    said = capfd.readouterr().out
    ids = {str(row.id) for row in await running.rows(VoiceRow) if row.body is None}
    assert {each for each in ids if f"voice={each}" in said} == ids
    assert "voice.given_up" in said
    assert lost not in said


async def test_tries_are_counted_and_a_wait_telegram_asks_for_is_none(
    sam: Person, running: Running, telegram: FakeTelegram, time: Time
) -> None:
    telegram.faults.add(kind="429", method="getFile", times=2, retry_after=30)
    telegram.faults.add(kind="500", method="getFile", times=None)
    await speak(sam, running)
    for _ in range(2):
        assert [row.tries for row in await running.rows(VoiceRow)] == [0]
        time.pass_(seconds=31)
        await later(running)
    for _ in PAUSES:
        time.pass_(days=2)
        await later(running)
    asked = len(telegram.calls_of("getFile"))
    assert asked == 2 + len(PAUSES)
    time.pass_(days=2)
    await later(running)
    assert len(telegram.calls_of("getFile")) == asked
    (row,) = await running.rows(VoiceRow)
    assert (row.body, row.next_at) == (None, None)


async def test_it_goes_when_its_answer_is_changed_or_withdrawn_or_forgotten(
    sam: Person, running: Running
) -> None:
    await speak(sam, running)
    (one,) = await running.rows(VoiceRow)
    store = running.bot.store

    async def write(answer: Answer | None) -> None:
        async with store.unit_of_work() as uow:
            person = (await uow.participants.load([sam.chat_id]))[sam.chat_id]
            assert person.open_checkin is not None
            if answer is None:
                uow.checkins.drop_answers(person.open_checkin, [one.step])
            else:
                uow.checkins.save_answers(person, person.open_checkin, [answer], running.clock())

    first = (await answers_of(running, sam))[one.step]
    more = {key: value for key, value in first.voice[0].items() if key != "id"}
    await write(dataclasses.replace(first, voice=(*first.voice, more)))
    await later(running)
    both = (await answers_of(running, sam))[one.step]
    (two,) = [row for row in await running.rows(VoiceRow) if row.id != one.id]
    assert [note["id"] for note in both.voice] == [one.id, two.id]
    await write(dataclasses.replace(both, voice=both.voice[1:]))
    assert [row.id for row in await running.rows(VoiceRow)] == [two.id]
    assert await voice_note_repository.load_body(store, two.id) == SOUND, (
        "the other stays, and is not fetched again"
    )
    with pytest.raises(VoiceNoteDeleted):
        await voice_note_repository.load_body(store, one.id)
    await write(Answer(one.step, AnswerState.ANSWERED, words="words instead"))
    assert await running.rows(VoiceRow) == []

    await write(both)
    assert len(await running.rows(VoiceRow)) == 2
    await write(None)
    assert await running.rows(VoiceRow) == []

    await write(both)
    async with store.unit_of_work() as uow:
        person = (await uow.participants.load([sam.chat_id]))[sam.chat_id]
        await uow.erasure.erase(person, running.clock())
    assert await running.rows(VoiceRow) == []


async def test_bytes_put_elsewhere_are_not_played(
    telegram: FakeTelegram, sam: Person, running: Running
) -> None:
    kim = telegram.person("Kim")
    await agree(kim)
    await speak(sam, running)
    await speak(kim, running, b"OggS of Kim")
    one, two = await running.rows(VoiceRow)
    async with running.bot.store.engine.begin() as connection:
        for row, other in ((one, two), (two, one)):
            change = sa.update(VoiceRow).where(VoiceRow.id == row.id).values(body=other.body)
            await connection.execute(change)
    for person in (sam, kim):
        assert await heard(person, running) == []
        assert "a voice note" in person.last.text, "and the rest of what they said is there"
    assert len(await running.rows(AnswerRow)) == 2
