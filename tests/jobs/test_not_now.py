"""After "Not now" one hello comes when they said, and none if they write first."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain.states import FollowUpState
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.jobs.hellos import hellos
from tests.support.follow_up_ends import outcomes
from tests.support.participants import half_way
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram


@pytest.mark.parametrize(
    ("choice", "due"),
    [
        ("Tonight", dt.datetime(2026, 11, 23, 19, tzinfo=dt.UTC)),
        ("Tomorrow", dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)),
        ("Next week", dt.datetime(2026, 11, 30, 10, tzinfo=dt.UTC)),
    ],
)
async def test_not_now_brings_one_hello_when_they_said(
    choice: str, due: dt.datetime, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.taps("Not now", choice)
    assert f"hello on {due.day} November" in sam.last.text
    while time.now < due:
        assert hellos(telegram, sam) == [], "not before, also not for being left half-way"
        time.now = min(due, time.now + dt.timedelta(hours=6))
        await running.tick()
    assert len(hellos(telegram, sam)) == 1
    for _ in range(14):
        time.pass_(days=1)
        await running.tick()
    assert len(hellos(telegram, sam)) == 1
    await sam.taps("Yes")
    assert "going wrong" in sam.last.text


async def test_a_second_choice_replaces_the_first(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.taps("Not now")
    asked = sam.last
    await sam.taps("Tonight", "Not now", "Next week")
    sam.tap_old(asked, "Tomorrow")
    await running.quiet()
    time.now = dt.datetime(2026, 11, 23, 19, tzinfo=dt.UTC)
    await running.tick()
    assert hellos(telegram, sam) == []
    for _ in range(10):
        time.now += dt.timedelta(hours=15)
        await running.tick()
    assert [h.sent_at.date().day for h in hellos(telegram, sam)] == [24]
    assert sorted(await outcomes(running, "not_now"), key=str) == sorted(
        [
            (FollowUpState.DROPPED, "another time"),
            (FollowUpState.DROPPED, "another time"),
            (FollowUpState.SENT, None),
        ],
        key=str,
    )


async def test_i_will_message_you_means_that(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.taps("Not now", "Tonight", "Not now", "I will message you")
    assert "I will wait for you" in sam.last.text
    for _ in range(30):
        time.pass_(days=1)
        await running.tick()
    assert hellos(telegram, sam) == []
    await sam.says("START")
    assert "going wrong" in sam.last.text


async def test_tonight_said_at_night_is_tomorrow_night(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    time.now = time.now.replace(hour=21)
    await half_way(sam)
    await sam.taps("Not now", "Tonight")
    assert "hello on 24 November" in sam.last.text


async def test_nobody_is_greeted_in_the_middle_of_an_answer(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.taps("Not now", "Tonight")
    time.now = time.now.replace(hour=18, minute=55)
    await sam.says("START")
    await sam.taps("Skip")
    time.now = time.now.replace(hour=19, minute=0)
    await running.tick()
    assert hellos(telegram, sam) == []
    time.now = time.now.replace(minute=55)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1, "an hour after they fell silent"


async def test_not_today_under_the_hello_of_a_not_now_is_a_yes_to_one_more(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)  # and has not said yes to messages in general
    await sam.taps("Not now", "Tomorrow")
    time.now = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
    await running.tick()
    await sam.taps("Not today")
    assert "hello on 25 November" in sam.last.text
    for _ in range(14):
        time.pass_(days=1)
        await running.tick()
    assert [h.sent_at.date().day for h in hellos(telegram, sam)] == [24, 25]
    assert [p.may_message for p in await running.rows(ParticipantRow)] == [False]


async def test_a_day_too_far_ahead_is_asked_again_without_a_yes_to_messages(
    telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.taps("Not now")
    await sam.says("in 3 years")
    assert "too far ahead for me" in sam.last.text
    await sam.taps("Tomorrow")
    assert "hello on 24 November" in sam.last.text
