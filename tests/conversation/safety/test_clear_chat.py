"""Clear this chat, asked for: what is then seen on the phone, and whether what is said is true.

What Telegram lets a bot take away is the fake's to know (`telegram_fake/methods.py`).
"""

from __future__ import annotations

import pytest

from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import ChatMessageRow, OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.safety.clearing import DONE, LEFT, cleared, seen, shared
from tests.support.database.unavailable_database import away
from tests.support.participants import agree, allow_messages
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


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
    await allow_messages(sam)
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
        "/pause",
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
    await sam.taps("18 or over")
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
    await sam.taps("18 or over")
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
    for text in ("Somewhere safe, and quiet", "the damp", "I would sleep"):
        await sam.says(text)
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
    await sam.taps("Yes", "Start", "Skip", "Rather not say")
    await sam.taps("Rather not say", "Yes")
    assert "It is not your fault" in sam.last.text
    await sam.taps("Clear this chat")
    assert LEFT in sam.last.text, "words of two weeks ago stay"
    (live,) = [s for s in await running.rows(CheckinRow) if s.stage == "waiting"]
    assert live.step != "a4_help", "and the walk has gone on"
    await sam.says("START")
    assert "How is that now" not in sam.last.text or live.step == "still"
