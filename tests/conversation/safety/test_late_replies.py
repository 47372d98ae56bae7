"""After an outage nothing is said aloud at night, and on a shared phone only the first line comes.

What is late counts from when the person wrote, whatever was down meanwhile.
"""

from __future__ import annotations

import datetime as dt

import pytest

from bot.conversation.safety import late_replies
from bot.store.repositories.operation.heartbeats import last_alive, write_beats
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow
from tests.conftest import Time
from tests.support.database.unavailable_database import away
from tests.support.participants import CONSENT, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

EVENING = dt.datetime(2026, 11, 23, 16, 4, tzinfo=dt.UTC)
NIGHT = EVENING + dt.timedelta(hours=11)
MORNING = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
LINE = "Is now an OK time?"
WORDS = "A door that locks"
HELP = "Here is who can help"


async def at_question(telegram: FakeTelegram, running: Running, *, shared: bool = False) -> Person:
    """Somebody at the first question, in the afternoon."""
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    phone = "Yes, sometimes" if shared else "No, just me"
    await sam.taps(*(phone if label == "No, just me" else label for label in CONSENT))
    return sam


def sent(telegram: FakeTelegram, sam: Person) -> list[tuple[str, bool]]:
    """Every message to somebody: its text, and whether it made a sound."""
    return [
        (str(call.params["text"]), not call.params.get("disable_notification"))
        for call in telegram.calls_of("sendMessage", sam.chat_id)
        if call.outcome == "ok"
    ]


async def back(running: Running) -> None:
    """Starts the bot again, and waits for all that comes of it."""
    await running.start()
    await running.bot.started.wait()
    await running.quiet()


async def owed(running: Running) -> None:
    """Does what the round of owed replies does."""
    await running.bot.jobs.round("owed")
    await running.bot.settled()


async def test_words_written_while_the_bot_was_down_are_answered_in_the_morning(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = EVENING
    sam = await at_question(telegram, running)
    await running.stop()
    sam.say(WORDS)
    time.now = NIGHT
    place = len(sent(telegram, sam))
    await back(running)
    await owed(running)
    assert sent(telegram, sam)[place:] == []
    assert (await answers_of(running, sam))["b1"].words == WORDS
    time.now = MORNING
    await owed(running)
    ((text, _),) = sent(telegram, sam)[place:]
    assert "2 of 5" in text
    assert await running.rows(OutboxRow) == []
    await sam.says("the stairs")
    assert "3 of 5" in sam.last.text


async def test_on_a_shared_phone_only_the_first_line_comes_and_without_a_sound(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = EVENING
    sam = await at_question(telegram, running, shared=True)
    await running.stop()
    sam.say(WORDS)
    sam.say("/mydata")
    place = len(sent(telegram, sam))
    for now in (NIGHT, MORNING):
        time.now = now
        await back(running)
        await owed(running)
        if now is NIGHT:
            assert sent(telegram, sam)[place:] == []
            await running.stop()
    ((text, loud),) = sent(telegram, sam)[place:]
    assert LINE in text
    assert not loud
    await sam.taps("Yes")
    assert "Is it you?" in sam.last.text
    await sam.taps("Yes")
    assert any(WORDS in bubble.text for bubble in sam.chat)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("words", ["help", "/help", "I want to die", "stop"])
async def test_what_cannot_wait_comes_without_a_sound(
    words: str, shared: bool, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = EVENING
    sam = await at_question(telegram, running, shared=shared)
    await running.stop()
    sam.say(words)
    time.now = NIGHT
    place = len(sent(telegram, sam))
    await back(running)
    await owed(running)
    said = sent(telegram, sam)[place:]
    assert not any(loud for _, loud in said)
    if shared:
        assert said == []  # whoever holds the phone at night sees nothing of it
    else:
        assert len(said) == 1


async def test_a_late_stop_is_a_stop(telegram: FakeTelegram, running: Running, time: Time) -> None:
    time.now = EVENING
    sam = await at_question(telegram, running)
    await running.stop()
    sam.say(WORDS)
    sam.say("stop")
    time.now = NIGHT
    place = len(sent(telegram, sam))
    await back(running)
    ((text, loud),) = sent(telegram, sam)[place:]
    assert "I have stopped" in text
    assert not loud


async def test_a_tap_is_as_old_as_the_time_nobody_was_here(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = EVENING
    sam = await at_question(telegram, running)
    await write_beats(running.bot.store, [], time())
    assert await last_alive(running.bot.store) == EVENING
    await running.stop()
    sam.tap("A safe place to live")
    sam.tap("Done")
    time.now = NIGHT
    place = len(sent(telegram, sam))
    await back(running)
    assert sent(telegram, sam)[place:] == []
    # Whoever taps now is here now, and need not wait for the morning.
    await sam.taps("Skip")
    time.pass_(minutes=2)
    await owed(running)
    assert ["2 of 5" in text for text, _ in sent(telegram, sam)[place:]] == [True]


async def test_what_waited_for_the_database_is_late_too(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = EVENING
    sam = await at_question(telegram, running, shared=True)
    place = len(sent(telegram, sam))
    async with away(request, running):
        sam.tap("Done")
        assert await telegram.changes.until(
            lambda: telegram.inbox.waiting[0].handed_out > 1 if telegram.inbox.waiting else False,
            30,
        )
        time.now = MORNING
    await running.quiet()
    assert [LINE in text for text, _ in sent(telegram, sam)[place:]] == [True]


async def test_a_short_outage_changes_nothing(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = NIGHT
    sam = await at_question(telegram, running, shared=True)
    await running.stop()
    sam.say(WORDS)
    time.now += late_replies.LATE
    await back(running)
    assert "2 of 5" in sam.last.text
    assert len(await running.rows(AnswerRow)) == 1


async def test_a_stranger_is_greeted_without_a_sound_at_night(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    time.now = EVENING
    await running.stop()
    kim = telegram.person("Kim", started=True)
    kim.say("hello")
    time.now = NIGHT
    await back(running)
    said = sent(telegram, kim)
    assert "I am a computer" in said[-1][0]
    assert not any(loud for _, loud in said)
