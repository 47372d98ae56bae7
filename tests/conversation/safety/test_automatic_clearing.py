"""What is cleared by itself: on a phone that others see, and after a check-in."""

from __future__ import annotations

from bot.store.tables.delivery_tables import ChatMessageRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.safety.clearing import shared, words
from tests.support.participants import before, swept
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


async def test_on_a_shared_phone_what_they_type_goes_once_it_is_answered(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    for text in ("Somewhere safe, and quiet", "/times", "help", "i want to die"):
        await sam.says(text)
        assert text not in words(sam), "without any tick"
    sam.voice()
    await running.quiet()
    assert not [b for b in sam.chat if b.kind == "voice"]


async def test_what_could_not_be_taken_away_is_taken_by_the_next_look(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    telegram.faults.add(kind="500", method="deleteMessages")
    await sam.says("Somewhere safe, and quiet")
    assert "Somewhere safe, and quiet" in words(sam)
    time.pass_(seconds=30)
    await running.bot.clear()
    await running.quiet()
    assert words(sam) == []


async def test_everything_is_gone_before_it_is_47_hours_old_through_restarts(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("Somewhere safe, and quiet")
    began = time.now
    time.pass_(hours=20)
    await sam.taps("Skip")
    time.pass_(hours=25)
    await running.tick()
    assert min(b.sent_at for b in sam.chat) == began
    telegram.stick(next(b for b in sam.chat if "going wrong" in b.text))
    said = len(telegram.sent_to(sam.chat_id))
    await running.stop()
    time.pass_(hours=1, minutes=30)
    await running.start()  # what is due is taken away at the start, before anything else
    await running.bot.started.wait()
    await running.quiet()
    left = [b for b in sam.chat if (time.now - b.sent_at).total_seconds() > 30 * 3600]
    assert [b.text for b in left] == ["Hello."], "one that Telegram kept says nothing"
    assert len(telegram.sent_to(sam.chat_id)) == said, "silently"
    time.pass_(hours=20)
    await running.tick()
    assert [b.text for b in sam.chat] == ["Hello."]
    await sam.says("START")
    await sam.taps("Yes, it is me")  # for others see this phone
    assert "What would be different" in sam.last.text


async def test_switched_on_later_it_holds_for_what_stands_there_and_off_frees_it(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("Somewhere safe, and quiet")
    await running.tick()
    assert "Somewhere safe, and quiet" in words(sam)
    await sam.says("/times")
    await sam.taps("Who sees this phone", "Yes, sometimes")
    assert all(row.clear_at is not None for row in await running.rows(ChatMessageRow))
    await running.bot.clear()
    assert words(sam) == []
    ours = len(sam.chat)
    await sam.taps("Carry on")
    await sam.says("/times")
    await sam.taps("Who sees this phone", "No, just me")
    assert all(row.clear_at is None for row in await running.rows(ChatMessageRow))
    time.pass_(hours=60)
    await running.tick()
    assert len(sam.chat) > ours


async def test_clear_after_each_check_in_clears_ten_minutes_later(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/times")
    await sam.taps("Clear when we are done", "Carry on")
    await before(sam)
    time.pass_(minutes=9)
    await running.tick()
    assert len(sam.chat) > 20
    time.pass_(minutes=1)
    await running.tick()
    assert sam.chat == []
    (row,) = await running.rows(ParticipantRow)
    assert row.clear_all_at is None


async def test_a_stop_half_way_clears_a_phone_that_others_see(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("I owe money to Dave")
    await sam.says("stop texting me")
    assert "I have stopped" in sam.last.text
    sent = len(telegram.sent_to(sam.chat_id))
    time.pass_(minutes=10)
    await running.tick()
    assert sam.chat == []
    assert len(telegram.sent_to(sam.chat_id)) == sent, "without a word"


async def test_one_chat_that_cannot_be_cleared_now_holds_up_no_other(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await shared(person, running)
        await person.taps("Skip")
        await running.bot.clear()
    time.pass_(hours=46)
    fault = telegram.faults.add(kind="500", method="deleteMessages", chat=sam.chat_id, times=None)
    await running.bot.clear()
    assert (len(sam.chat) > 5, kim.chat) == (True, [])
    fault.times = 0
    await running.bot.clear()
    assert sam.chat == []


async def test_who_has_blocked_us_meanwhile_is_left_alone(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    sam.block()
    await running.quiet()
    time.pass_(hours=46)
    await running.bot.clear()
    tried = len(telegram.calls_of("deleteMessages"))
    await running.bot.clear()
    assert len(telegram.calls_of("deleteMessages")) == tried, "not again and again"
    sam.start()
    await running.quiet()
    time.pass_(minutes=11)
    await running.bot.clear()
    assert "18 or over" not in str(sam.chat), "once they are back it goes"


async def test_numbers_of_messages_are_kept_no_longer_than_answers(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    assert await running.rows(ChatMessageRow)
    time.pass_(days=370)
    await swept(running.bot.clean_up_job, time)
    assert await running.rows(ChatMessageRow) == []
