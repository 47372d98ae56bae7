"""What falls due late, together or long ago comes once, and begins nothing twice."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from bot.domain.states import CheckinState, FollowUpState
from bot.messages.incoming import BotBlocked, TextMessage
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from tests.conftest import Time
from tests.jobs.hellos import hellos, skip_through, whole_before
from tests.support.follow_up_ends import outcomes
from tests.support.participants import (
    CONSENT,
    Crowd,
    allow_messages,
    before,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

# --- late ----------------------------------------------------------------------------------------


async def test_after_two_months_away_nothing_comes_in_a_burst(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=60)  # the bot was down; a tick every half minute begins again
    for _ in range(5):
        await running.tick()
        time.pass_(seconds=30)
    assert hellos(telegram, sam) == []
    assert await outcomes(running, "after") == [
        (FollowUpState.DROPPED, "too late to be useful"),
        (FollowUpState.WAITING, None),
        (FollowUpState.WAITING, None),
    ]


async def test_many_people_many_due_and_each_is_greeted_once_in_three_hours(
    database_url: str, time: Time
) -> None:
    """Two months down, with everything of several kinds due for everyone."""
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(40)
        await crowd.agree(phones)
        await whole_before(crowd, phones)
        time.pass_(days=14)
        await crowd.tick()
        await crowd.all(phones, "later")  # a second row of the same kind, due tonight
        crowd.hellos.clear()
        # Down until the three months' hello is due, too.
        time.now = dt.datetime(2027, 2, 23, 10, tzinfo=dt.UTC)
        came: list[list[int]] = []
        for _ in range(24):
            await crowd.tick()
            came.append(list(crowd.hellos))
            crowd.hellos.clear()
            time.pass_(hours=1)
        for start in range(len(came) - 2):
            chats = [chat for hour in came[start : start + 3] for chat in hour]
            assert len(chats) == len(set(chats)), "at most one in three hours"
        total = [chat for hour in came for chat in hour]
        assert sorted(total) == [p.chat for p in phones], "one each, the newest"
        late = await crowd.count(FollowUpRow, FollowUpRow.outcome == "too late to be useful")
        assert late == len(phones)


async def test_of_two_that_fall_due_together_the_second_comes_three_hours_later(
    database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        (phone,) = crowd.chats(1)
        await crowd.agree([phone])
        await whole_before(crowd, [phone])
        # No plan of ours has two so near; an author's may.
        due, late = time() + dt.timedelta(days=1), time() + dt.timedelta(days=9)
        async with crowd.store.engine.begin() as connection:
            await connection.execute(sa.update(FollowUpRow).values(due_at=due, useless_after=late))
        time.pass_(days=1)
        for hours in range(1, 12):
            await crowd.tick()
            assert len(crowd.hellos) == min(2, (hours + 2) // 3)
            time.pass_(hours=1)


@pytest.mark.parametrize("end", ["stop", "gone"])
async def test_a_hello_claimed_and_then_ended_is_not_said(
    end: str, database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = crowd.chats(3)
        await crowd.agree(phones)
        await crowd.allow_messages(phones)
        time.pass_(days=2)
        await crowd.act([(phones[1], TextMessage("stop") if end == "stop" else BotBlocked())])
        await crowd.tick()
        assert sorted(crowd.hellos) == [phones[0].chat, phones[2].chat]
        assert await crowd.count(CheckinRow, CheckinRow.stage == CheckinState.WAITING) == 2


# --- old hellos ----------------------------------------------------------------------------------


async def test_the_hello_of_a_check_in_finished_since_begins_nothing(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    time.pass_(days=2)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    time.pass_(minutes=1)
    await sam.says("/start")
    await before(sam)
    sam.tap_old(hello, "Yes")
    await running.quiet()
    assert [s.flow for s in await running.rows(CheckinRow)] == ["before"], "AFTER is not due yet"


async def test_an_old_hello_does_not_ask_again_what_was_answered_since(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    for day in ((2026, 12, 7), (2027, 2, 23)):
        time.now = dt.datetime(*day, 12, tzinfo=dt.UTC)
        await running.tick()
    first, _ = hellos(telegram, sam)
    await sam.taps("Yes", "Start")
    await skip_through(sam, running, "What you said matters")
    sam.tap_old(first, "Yes")
    await running.quiet()
    assert [s.flow for s in await running.rows(CheckinRow)].count("after") == 1


async def test_later_under_an_old_hello_promises_nothing_to_who_writes_first(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    await sam.says("/times")
    await sam.taps("Only if I message first")
    sam.tap_old(hello, "Not today")
    await running.quiet()
    assert "I will say hello on" not in sam.last.text


async def test_who_stopped_and_came_back_is_asked_what_is_still_to_come(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("stop")
    time.pass_(days=7)
    await sam.says("START")
    await sam.taps("Yes, it is me", *CONSENT)
    assert "I never write to you first, as things are. May I?" in sam.last.text
    await sam.taps("Yes, you may write")
    assert "I will say hello again around 7 December" in sam.last.text
    time.pass_(days=7)
    await running.tick()
    await sam.sees("Is now an OK time?")
    await sam.taps("Yes")
    assert "Can I ask how it went" in sam.last.text


async def test_who_only_writes_first_is_asked_after_when_they_write(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.taps(*CONSENT)
    await before(sam, may_write=False)
    await sam.says("START")
    assert "nothing to answer right now" in sam.last.text
    time.pass_(days=15)
    await running.tick()
    await sam.says("START")
    assert "Can I ask how it went" in sam.last.text
    await sam.taps("Start")
    assert "has been a success for you" in sam.last.text
