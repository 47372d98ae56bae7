"""On a shared phone nothing comes unasked but a first line, and nothing opens without a Yes.

Who sees the phone is asked in `test_phone_question`, what is cleared is in `test_clear_chat`, and
what may stand on a lock screen in `test_lock_screen`.
"""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from tests.conftest import Time
from tests.support.participants import allow_messages
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

YOU = "Is it you? Is now OK?"
LINE = "Hello. Are you free?"


async def shared(person: Person, running: Running, line: str | None = LINE) -> None:
    """Agrees on a phone that others see, with a first line of their own, and to messages."""
    person.start()
    await running.quiet()
    await person.taps("18 or over", "Yes, keep it", "Yes, sometimes")
    if line is not None:
        await person.taps("My first line", line, "Carry on")
    await allow_messages(person)


async def test_the_screen_says_how_it_is_and_each_thing_can_be_changed(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("help")
    await sam.taps("Safety first")
    assert "Someone else may see this phone" in sam.last.text
    assert LINE in sam.last.text
    assert "I clear this chat when we are done" in sam.last.text
    labels = [label for row in sam.last.buttons for label in row]
    assert "Do not clear when we are done" in labels
    assert "Clear when we are done" not in labels
    await sam.taps("Do not clear when we are done")
    assert "I clear this chat when you say so" in sam.last.text
    await sam.taps("Clear when we are done", "Do not clear when we are done", "When to message me")
    await sam.taps("Only if I message first")
    await sam.says("/times")
    await sam.taps("Safety first")
    assert "I only talk when you message me first" in sam.last.text
    await sam.taps("Who sees this phone", "No, just me")
    await sam.says("/times")
    await sam.taps("Safety first", "Clear this chat now")
    assert "I have cleared all I could" in sam.last.text


# --- the first line ------------------------------------------------------------------------------


async def test_on_a_shared_phone_their_line_comes_and_then_is_it_you(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await running.tick()
    time.pass_(days=2)
    await running.tick()
    assert {b.text for b in sam.chat} == {"Hello.", LINE}, "two days old, so they say nothing"
    hello = sam.last
    assert hello.text == LINE
    assert hello.buttons == [["Yes", "Later"], ["Not today", "Stop"]]
    await sam.taps("Yes")
    assert sam.last.text == YOU
    sam.tap_old(hello, "Yes")
    await running.quiet()
    assert sam.last.text == YOU, "never past it by the first line's own button"
    await sam.taps("Yes")
    assert "1 of 5" in sam.last.text
    (row,) = [r for r in await running.rows(FollowUpRow) if r.kind == "unfinished"]
    assert row.outcome == "opened"


@pytest.mark.parametrize("words", ["who is this", "/start", "START", "voice", "/mydata"])
async def test_whatever_somebody_writes_under_it_only_a_yes_opens(
    words: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    time.pass_(days=2)
    await running.tick()
    if words == "voice":
        sam.voice()
        await running.quiet()
    else:
        await sam.says(words)
    assert sam.last.text == LINE, "the neutral line once more, and nothing else"
    already = len(telegram.sent_to(sam.chat_id))
    await sam.says("Who are you?")
    await sam.says("I would like a room")
    assert len(telegram.sent_to(sam.chat_id)) == already, "and then nothing"
    assert await running.rows(AnswerRow) == [], "and it is no answer"
    await sam.says("yes")
    assert sam.last.text == YOU
    await sam.says("who?")
    assert sam.last.text == LINE
    await sam.taps("Yes", "Yes")
    assert "What would you like" in sam.last.text
    (row,) = [r for r in await running.rows(FollowUpRow) if r.kind == "unfinished"]
    assert row.outcome == "opened"


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("no", ["No", "not me", "No, I am someone else"])
async def test_a_no_ends_it_for_the_day_and_the_hello_comes_another_day(
    no: str, asked: bool, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("I drink because of HIM")
    time.pass_(days=2)
    await running.tick()
    if asked:
        await sam.taps("Yes")
    already = len(telegram.sent_to(sam.chat_id))
    await sam.says(no)
    await sam.says("who is this")
    await sam.says(no)
    assert "I will say hello" in sam.last.text
    assert len(telegram.sent_to(sam.chat_id)) == already + 1, "told once"
    assert len(await running.rows(AnswerRow)) == 1
    await sam.says("/mydata")
    assert "Are you the same person" in sam.last.text
    time.pass_(days=1)
    await running.tick()
    assert sam.last.text == LINE
    await sam.taps("Yes", "Yes")
    assert "going wrong" in sam.last.text


async def test_later_under_is_it_you_is_the_same_hello_later(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    time.pass_(days=2)
    await running.tick()
    await sam.taps("Yes", "Not today")
    assert "I will say hello" in sam.last.text
    time.pass_(days=1)
    await running.tick()
    assert [b.text for b in telegram.sent_to(sam.chat_id)].count(LINE) == 2
    await sam.says("stop")
    assert "I have stopped" in sam.last.text


# --- a reply that comes late ---------------------------------------------------------------------


async def kept_back(person: Person, running: Running, telegram: FakeTelegram, text: str) -> None:
    """Says something that is committed, whose answer cannot be sent before the bot ends."""
    fault = telegram.faults.add(kind="500", method="sendMessage", times=None)
    person.say(text)
    await telegram.drained()
    await running.stop()
    fault.times = 0


@pytest.mark.parametrize("text", ["I would like a room", "/mydata"])
async def test_a_late_reply_waits_behind_the_first_line(
    text: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await kept_back(sam, running, telegram, text)
    time.pass_(minutes=11)
    already = len(telegram.sent_to(sam.chat_id))
    await running.start()
    await running.bot.started.wait()
    await running.quiet()
    (late,) = telegram.sent_to(sam.chat_id)[already:]
    assert late.text == LINE
    (owed,) = await running.rows(OutboxRow)
    assert owed.held
    await sam.says("hm?")
    assert sam.last.text == LINE
    await sam.taps("Yes")
    assert sam.last.text == YOU
    await sam.taps("Yes")
    wanted = "going wrong" if text.startswith("I") else "I hold no answers from you"
    assert wanted in sam.last.text
    assert await running.rows(OutboxRow) == []


async def test_a_late_reply_says_nothing_at_a_time_that_is_not_safe_or_after_a_stop(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await kept_back(sam, running, telegram, "/mydata")
    already = len(telegram.sent_to(sam.chat_id))
    time.pass_(hours=12)  # ten in the evening
    await running.start()
    await running.bot.started.wait()
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) == already
    await running.stop()
    time.pass_(hours=12)
    await running.start()
    await running.bot.started.wait()
    await running.quiet()
    assert [b.text for b in telegram.sent_to(sam.chat_id)[already:]] == [LINE]


@pytest.mark.parametrize("says", ["stop", "Only if I message first"])
async def test_a_late_reply_says_nothing_to_who_wants_no_message(
    says: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    if says != "stop":
        await sam.says("/times")
        await sam.taps(says)
    await kept_back(sam, running, telegram, "stop" if says == "stop" else "/mydata")
    already = len(telegram.sent_to(sam.chat_id))
    time.pass_(minutes=11)
    for _ in range(2):
        await running.start()
        await running.bot.started.wait()
        await running.quiet()
        assert len(telegram.sent_to(sam.chat_id)) == already
        await running.stop()
    await running.start()
    (owed,) = await running.rows(OutboxRow)
    assert owed.held
    if says != "stop":
        await sam.says("hello")
        await sam.taps("Yes", "Yes")
        assert "I hold no answers" in sam.last.text


async def test_a_reply_in_time_and_on_a_phone_of_ones_own_is_sent_as_it_is(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await kept_back(sam, running, telegram, "/mydata")
    time.pass_(minutes=9)
    await running.start()
    await running.bot.started.wait()
    await running.quiet()
    assert "I hold no answers" in sam.last.text


# --- what quotes them ----------------------------------------------------------------------------


async def test_what_quotes_their_words_cannot_be_passed_on(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/mydata")
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes", "Start")
    sent = telegram.sent_to(sam.chat_id)
    quoting = [b for b in sent if "“" in b.text or b.kind == "voice"]
    assert len(quoting) >= 4
    assert all(b.protected for b in quoting)
    assert not any(b.protected for b in sent if b not in quoting)


async def test_that_others_see_it_does_not_stay_under_the_question(
    time: Time, running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=15)
    await sam.says("START")
    asked = sam.last
    await sam.taps("Someone else sees this phone")
    assert "1 of 5" in sam.last.text
    assert "“" not in sam.last.text
    (left,) = [b.buttons for b in sam.chat if b.message_id == asked.message_id]
    assert left == [["✓ Done"]]
