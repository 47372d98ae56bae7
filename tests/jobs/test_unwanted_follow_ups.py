"""No hello comes where none is wanted: after silence, a stop, a block, or without a yes."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.jobs.hellos import hellos, sent, skip_through
from tests.support.follow_up_ends import outcomes, state
from tests.support.participants import agree, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

# --- silence -------------------------------------------------------------------------------------


async def test_after_two_unanswered_hellos_we_are_quiet_until_they_write(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in (dt.datetime(2026, 12, 7, 12), dt.datetime(2027, 2, 23, 12)):  # noqa: DTZ001
        time.now = day.replace(tzinfo=dt.UTC)
        await running.tick()
    assert len(hellos(telegram, sam)) == 2
    assert await state(running) is ParticipantState.ACTIVE
    time.pass_(days=2, hours=23)
    await running.bot.clean_up_job.run()
    assert await state(running) is ParticipantState.ACTIVE, "three days to answer"
    time.pass_(hours=2)
    await running.bot.clean_up_job.run()
    assert await state(running) is ParticipantState.QUIET
    assert [m.event for m in await running.rows(TransitionRow)] == ["agree", "fall_silent"]

    time.now = dt.datetime(2027, 4, 1, 12, tzinfo=dt.UTC)
    await sam.says("hello?")
    assert await state(running) is ParticipantState.ACTIVE, "a message from them brings them back"
    time.now = dt.datetime(2027, 5, 23, 12, tzinfo=dt.UTC)
    await running.tick()
    assert len(hellos(telegram, sam)) == 3, "and what is due after that comes again"


async def test_a_third_hello_is_not_said_even_before_the_sweep_has_been_round(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in ((2026, 12, 7), (2027, 2, 23), (2027, 5, 23)):
        time.now = dt.datetime(*day, 12, tzinfo=dt.UTC)
        await running.tick()
    assert len(hellos(telegram, sam)) == 2
    assert await state(running) is ParticipantState.QUIET
    assert (await outcomes(running, "after"))[2] == (FollowUpState.DROPPED, "not heard from")


async def test_a_hello_that_never_arrived_does_not_count_as_unanswered(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    telegram.faults.add(kind="429", method="sendMessage", chat=sam.chat_id, times=2, retry_after=1)
    for _ in range(2):
        await running.tick()
        assert hellos(telegram, sam) == []
        time.pass_(minutes=5)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1, "tried again soon, not three hours later"
    (row,) = await running.rows(ParticipantRow)
    assert row.unanswered == 1


# --- none where none is wanted -------------------------------------------------------------------


async def test_after_waits_while_another_conversation_is_live(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.now = dt.datetime(2026, 12, 7, 12, tzinfo=dt.UTC)
    await running.tick()
    time.now = dt.datetime(2027, 2, 23, 8, tzinfo=dt.UTC)
    await sam.taps("Yes", "Start")  # the first one, answered on the day of the second
    already = len(hellos(telegram, sam))
    for hour, label in ((10, "Skip"), (12, "Rather not say"), (16, "Rather not say")):
        time.now = time.now.replace(hour=hour)
        await running.tick()
        await sam.taps(label)
    assert len(hellos(telegram, sam)) == already
    await skip_through(sam, running, "What you said matters")
    time.now = time.now.replace(day=24, hour=12)
    await running.tick()
    assert len(hellos(telegram, sam)) == already + 1


async def test_nobody_is_greeted_without_their_yes_to_be_messaged(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    await before(sam, may_write=False)
    assert "hello again" not in sam.last.text
    for _ in range(8):
        time.pass_(days=30)
        await running.tick()
    assert hellos(telegram, sam) == []
    assert await running.rows(FollowUpRow) == []


@pytest.mark.parametrize("how", ["stop", "block", "delete", "start again without"])
async def test_nobody_is_greeted_after_they_ended_it(
    how: str, telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    if how == "block":
        sam.block()
        await running.quiet()
        sam.unblock()
    elif how == "delete":
        await sam.says("/delete")
        await sam.taps("Yes, delete them")
    else:
        await sam.says("stop")
    if how == "start again without":
        await sam.says("START")
        await sam.taps("Yes, it is me", "18 or over", "Yes, keep it")
        await sam.taps("No, just me")
        assert "I never write to you first, as things are. May I?" in sam.last.text
        await sam.taps("No")
    await running.quiet()
    already = sent(telegram, sam)
    for _ in range(8):
        time.pass_(days=30)
        await running.tick()
    assert sent(telegram, sam) == already


async def test_a_block_found_when_saying_hello_is_a_stop(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    telegram.faults.add(kind="403_blocked", method="sendMessage", chat=sam.chat_id)
    await running.tick()
    assert await state(running) is ParticipantState.STOPPED
    assert await outcomes(running, "after") == [
        (FollowUpState.FAILED, "gone"),
        *[(FollowUpState.DROPPED, "block")] * 2,
    ]
