"""Clear this chat: what the person then sees on the phone, and whether what they are told is true.

What Telegram lets a bot take away is the fake's to know (`telegram_fake/methods.py`).
"""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.database.unavailable_database import away
from tests.support.participants import agree, before, swept
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

DONE = "All that I know of is gone"
LEFT = "I took away what I could"


def seen(person: Person) -> list[str]:
    """What the phone shows, each message by its first line."""
    return [bubble.text.splitlines()[0] for bubble in person.chat]


def cleared(telegram: FakeTelegram, person: Person) -> None:
    """Nothing is left but the one message that says so."""
    (only,) = person.chat
    assert DONE in only.text
    assert only.buttons == []
    assert telegram.chats[person.chat_id].sent  # there was something


# --- asked for -----------------------------------------------------------------------------------


async def test_everything_of_today_is_gone_both_theirs_and_ours(
    telegram: FakeTelegram, running: Running, sam_after_before: Person
) -> None:
    sam = sam_after_before
    sam.sticker()
    await running.quiet()
    await sam.says("help")
    assert len(sam.chat) > 20
    await sam.says("/hide")
    cleared(telegram, sam)
    assert "still kept" in sam.last.text
    assert {len(c.params["message_ids"]) <= 100 for c in telegram.calls_of("deleteMessages")} == {
        True
    }
    assert [row.message_id for row in await running.rows(ChatMessageRow)] == [sam.last.message_id]


async def test_after_three_days_of_talk_with_some_deletions_failing(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.taps("Start")
    await sam.says("Somewhere safe, and quiet")
    await sam.taps("Drink or drugs", "Done")
    old = {bubble.message_id for bubble in sam.chat}
    time.pass_(days=3)
    await running.tick()
    await sam.taps("Yes")
    await sam.says("I would sleep")
    young = [bubble for bubble in sam.chat if bubble.message_id not in old]
    ours = next(b for b in young if b.from_bot and "help with first" in b.text)
    theirs = next(b for b in young if not b.from_bot)
    telegram.stick(ours, theirs)
    telegram.faults.add(kind="429", method="editMessageText", retry_after=3)
    telegram.faults.add(kind="429", method="deleteMessages", retry_after=3)
    await sam.says("/hide")

    said = [b for b in sam.chat if b.message_id != sam.last.message_id]
    assert {b.text for b in said if b.from_bot} == {"Hello."}, "ours say nothing any more"
    assert not any(b.buttons for b in said)
    assert [b.text for b in said if not b.from_bot] == [
        "/start",
        "Somewhere safe, and quiet",
        "I would sleep",
    ], "what Telegram does not let us take away"
    assert {b.message_id for b in said} <= old | {ours.message_id, theirs.message_id}
    assert LEFT in sam.last.text
    assert "more than 2 days old" in sam.last.text
    assert "Clear history" in sam.last.text

    edits = len(telegram.calls_of("editMessageText"))
    await sam.says("/hide")
    assert LEFT in sam.last.text, "said truly the second time too"
    assert len(telegram.calls_of("editMessageText")) == edits, "and nothing is reworded twice"
    await sam.says("START")
    assert "help with first" in sam.last.text, "the question that waited is not lost"


async def test_before_a_yes_from_memory_and_nothing_is_written_down(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("Tell me more", "18 or over")
    await sam.says("who are you")
    await sam.says("/hide")
    cleared(telegram, sam)
    assert "/delete" not in sam.last.text
    assert await running.rows(ChatMessageRow) == []
    assert await running.rows(ParticipantRow) == []
    await sam.says("START")
    assert "I am a computer" in sam.last.text


async def test_before_a_yes_it_goes_on_after_a_kill_too(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps("Tell me more")
    fault = telegram.faults.add(kind="500", method="deleteMessages", times=None)
    sam.say("/hide")
    await telegram.drained()
    await running.stop()
    fault.times = 0
    time.pass_(minutes=2)
    await running.start()
    await running.bot.started.wait()
    await running.quiet()
    assert [b.text for b in sam.chat if b.from_bot] == [sam.last.text]
    assert DONE in sam.last.text


async def test_what_stood_there_before_the_yes_is_known_after_it(
    telegram: FakeTelegram, running: Running, database_url: str, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await running.stop()
    await running.start()
    await sam.says("/hide")
    cleared(telegram, sam)


@pytest.mark.parametrize("stopped", [False, True])
async def test_by_a_button_and_also_after_a_stop(
    stopped: bool, telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    if stopped:
        await sam.says("stop")
    await sam.says("help")
    await sam.taps("Clear this chat")
    cleared(telegram, sam)
    await sam.answered()
    await sam.says("START")
    if stopped:
        await sam.taps("Yes, it is me")
    assert ("I am a computer" if stopped else "would you like") in sam.last.text


async def test_danger_is_answered_first_and_its_button_clears(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/hide i want to die")
    assert "I am sorry it is this hard" in sam.last.text, "read before it is taken away"
    await sam.taps("Clear this chat")
    cleared(telegram, sam)


async def test_killed_in_the_middle_it_goes_on(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    fault = telegram.faults.add(kind="500", method="deleteMessages", times=None)
    sam.say("/hide")
    await telegram.drained()
    await running.stop()
    fault.times = 0
    assert len(sam.chat) > 10
    time.pass_(minutes=2)  # before, on a shared database, another process might be at it
    await running.start()
    await running.bot.started.wait()
    await running.quiet()
    cleared(telegram, sam)
    assert await running.rows(OutboxRow) == []


async def test_a_database_that_is_away_for_a_while_only_makes_it_later(
    telegram: FakeTelegram, running: Running, request: pytest.FixtureRequest, sam_agreed: Person
) -> None:
    sam = sam_agreed
    async with away(request, running):
        sam.say("/hide")
    await running.quiet()
    cleared(telegram, sam)


async def test_a_block_in_the_middle_is_a_block(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    telegram.faults.add(kind="403_blocked", method="deleteMessages")
    await sam.says("/hide")
    (row,) = await running.rows(ParticipantRow)
    assert row.state == "stopped"


async def test_what_is_deleted_from_our_records_is_known_of_no_chat(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    await agree(sam)
    await agree(kim)
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    time.pass_(minutes=10)
    await running.tick()
    assert len(await running.rows(ParticipantRow)) == 1
    hashes = {row.chat_hash for row in await running.rows(ChatMessageRow)}
    assert len(hashes) == 1, "Kim's alone"


async def test_a_shared_chat_is_cleared_before_all_that_is_known_of_it_is_deleted(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    time.pass_(minutes=5)
    await running.tick()
    assert sam.chat, "there is time to undo it"
    time.pass_(minutes=4)
    await running.tick()
    assert sam.chat == []
    time.pass_(minutes=1)
    await running.tick()
    assert await running.rows(ParticipantRow) == await running.rows(ChatMessageRow) == []


async def test_what_is_undone_in_time_is_not_cleared(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.says("/delete")
    await sam.taps("Yes, delete them", "Undo")
    time.pass_(minutes=20)
    await running.tick()
    assert any("Nothing is deleted" in line for line in seen(sam))
    assert len(await running.rows(ParticipantRow)) == 1


async def test_it_works_while_a_deletion_waits(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/delete")
    await sam.taps("Yes, delete them")
    await sam.says("/hide")
    assert DONE in sam.last.text
    assert len(sam.chat) <= 2, "what was said, and that something is still to be deleted"


async def test_a_question_may_offer_it(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes", "No, just me", "Start", "Skip", "Rather not say")
    await sam.taps("Rather not say", "Yes")
    assert "It is not your fault" in sam.last.text
    await sam.taps("Clear this chat")
    assert LEFT in sam.last.text, "words of two weeks ago stay"
    (live,) = [s for s in await running.rows(CheckinRow) if s.stage == "waiting"]
    assert live.step != "a4_help", "and the walk has gone on"
    await sam.says("START")
    assert "How is that now" not in sam.last.text or live.step == "still"


# --- by itself -----------------------------------------------------------------------------------


async def shared(person: Person, running: Running) -> None:
    """Agrees on a phone that others see."""
    person.start()
    await running.quiet()
    await person.taps("Tell me more", "18 or over", "Next", "Safety first")
    await person.taps("Yes, sometimes", "Yes, keep my answers", "Yes")
    assert "short questions" in person.last.text


def words(person: Person) -> list[str]:
    """What they themselves said that can still be seen."""
    return [bubble.text for bubble in person.chat if not bubble.from_bot]


async def test_on_a_shared_phone_what_they_type_goes_once_it_is_answered(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await shared(sam, running)
    await sam.taps("Start")
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
    await sam.taps("Start")
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
    await sam.taps("Start")
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
    assert "got better" in sam.last.text


async def test_switched_on_later_it_holds_for_what_stands_there_and_off_frees_it(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.taps("Start")
    await sam.says("Somewhere safe, and quiet")
    await running.tick()
    assert "Somewhere safe, and quiet" in words(sam)
    await sam.says("/times")
    await sam.taps("Safety first", "Who sees this phone", "Yes, sometimes")
    assert all(row.clear_at is not None for row in await running.rows(ChatMessageRow))
    await running.bot.clear()
    assert words(sam) == []
    ours = len(sam.chat)
    await sam.taps("Carry on")
    await sam.says("/times")
    await sam.taps("Safety first", "Who sees this phone", "No, just me")
    assert all(row.clear_at is None for row in await running.rows(ChatMessageRow))
    time.pass_(hours=60)
    await running.tick()
    assert len(sam.chat) > ours


async def test_clear_after_each_check_in_clears_ten_minutes_later(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/times")
    await sam.taps("Safety first", "Clear when we are done", "Carry on")
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
    await sam.taps("Start")
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
