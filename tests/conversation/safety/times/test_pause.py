"""Nothing comes during a pause, and what fell due comes once after it."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.checkin_tables import CheckinRow
from tests.conftest import Time
from tests.conversation.safety.times.hourly import at, came, every_hour
from tests.support.follow_up_ends import outcomes, state
from tests.support.participants import allow_messages, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


@pytest.mark.parametrize(
    ("choice", "weeks", "hello"),
    [
        ("1 week", 1, "Mon 07 Dec 10:00"),
        ("2 weeks", 2, "Mon 07 Dec 10:00"),
        ("4 weeks", 4, "Mon 21 Dec 10:00"),
    ],
)
async def test_nothing_comes_during_a_pause_and_what_fell_due_comes_once_after_it(
    choice: str,
    weeks: int,
    hello: str,
    telegram: FakeTelegram,
    running: Running,
    time: Time,
    sam_after_before: Person,
) -> None:
    sam = sam_after_before
    await sam.says("/pause")
    await sam.taps(choice)
    end = time.now + dt.timedelta(weeks=weeks)
    assert f"quiet until {end.day} " in sam.last.text
    assert await state(running) is ParticipantState.PAUSED
    for day in ((2026, 11, 29, 0), (2026, 12, 6, 0), (2026, 12, 20, 0)):
        time.now = at(*day)
        await every_hour(running, time, time.now + dt.timedelta(days=3))
    assert came(telegram, sam) == [hello]
    assert await state(running) is ParticipantState.ACTIVE
    assert (await outcomes(running, "after"))[1:] == [(FollowUpState.WAITING, None)] * 2


async def test_start_ends_a_pause_early(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/pause")
    await sam.taps("4 weeks")
    time.now = at(2026, 12, 6, 10)
    await every_hour(running, time, at(2026, 12, 9, 11))
    assert came(telegram, sam) == []
    await sam.says("START")
    assert await state(running) is ParticipantState.ACTIVE
    assert "Can I ask how it went" in sam.last.text, "what fell due meanwhile is not lost"
    await every_hour(running, time, at(2026, 12, 13, 0))
    time.now = at(2026, 12, 20, 0)
    await every_hour(running, time, at(2026, 12, 23, 0))
    assert came(telegram, sam) == ["Fri 11 Dec 11:00"], "one, for the check-in left half-way"


async def test_a_pause_in_the_middle_of_a_check_in_ends_with_one_hello(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("Somewhere safe, and quiet")
    await sam.taps("Not now", "Tomorrow")
    await sam.says("/pause")
    await sam.taps("1 week")
    await every_hour(running, time, at(2026, 12, 14, 0))
    assert came(telegram, sam) == ["Mon 30 Nov 10:00"]
    await sam.taps("Yes")
    assert "going wrong" in sam.last.text
    assert await state(running) is ParticipantState.ACTIVE


async def test_answering_while_paused_works_and_the_pause_goes_on(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("/pause")
    await sam.taps("2 weeks")
    time.pass_(days=1)
    await sam.taps("Skip", "Back")  # only what is typed is asked about first
    await before(sam)
    assert await state(running) is ParticipantState.PAUSED
    assert [s.stage.value for s in await running.rows(CheckinRow)] == ["done"]
    time.now = at(2026, 12, 1, 0)
    await every_hour(running, time, at(2026, 12, 20, 0))
    assert came(telegram, sam) == ["Tue 08 Dec 10:00"], "AFTER, two weeks after the last answer"
    assert await outcomes(running, "pause") == [
        (FollowUpState.DROPPED, "the conversation moved on")
    ]


async def test_a_second_pause_replaces_the_first(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("/pause")
    await sam.taps("4 weeks")
    await sam.says("/pause")
    await sam.taps("1 week")
    await every_hour(running, time, at(2026, 12, 2, 0))
    time.now = at(2026, 12, 20, 0)
    await every_hour(running, time, at(2026, 12, 23, 0))
    assert came(telegram, sam) == ["Mon 30 Nov 10:00"]


async def test_after_a_pause_and_a_bot_that_was_down_nothing_comes_in_a_burst(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/pause")
    await sam.taps("1 week")
    time.now = at(2027, 2, 23, 9)  # long after the pause, and after AFTER's usefulness
    await every_hour(running, time, at(2027, 2, 26, 0))
    assert came(telegram, sam) == ["Tue 23 Feb 10:00"], "the one of three months only"
    assert await state(running) is ParticipantState.ACTIVE
    assert (await outcomes(running, "after"))[0] == (FollowUpState.DROPPED, "too late to be useful")


async def test_stop_during_a_pause_stops(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("/pause")
    await sam.taps("1 week")
    await sam.says("stop")
    await every_hour(running, time, at(2026, 12, 14, 0))
    assert came(telegram, sam) == []
    assert await state(running) is ParticipantState.STOPPED
