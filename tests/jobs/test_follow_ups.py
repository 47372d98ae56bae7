"""Hellos that we say first: few, neutral, silent and once; what stands under them.

The person's safe times and pauses are in `test_contact_times`; a killed process is elsewhere.
"""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.jobs.hellos import hellos, sent, skip_through
from tests.support.follow_up_ends import outcomes
from tests.support.participants import (
    HELLO,
    agree,
    allow_messages,
    before,
    half_way,
)
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

# --- after ---------------------------------------------------------------------------------------


async def test_after_is_asked_three_times_and_quotes_before_each_time(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    days = [
        (dt.datetime(2026, 12, 7, 10, tzinfo=dt.UTC), "23 February 2027"),
        (dt.datetime(2027, 2, 23, 10, tzinfo=dt.UTC), "23 May 2027"),
        (dt.datetime(2027, 5, 23, 9, tzinfo=dt.UTC), None),  # 10:00 in British Summer Time
    ]
    for number, (day, following) in enumerate(days, 1):
        time.now = day - dt.timedelta(minutes=1)
        await running.tick()
        assert len(hellos(telegram, sam)) == number - 1, "not a minute early"
        time.now = day
        await running.tick()
        await running.tick()
        assert len(hellos(telegram, sam)) == number
        await sam.taps("Yes")
        assert "Last time you told me what you wanted" in sam.last.text
        await sam.taps("Start")
        assert "“Somewhere safe, and quiet”" in sam.last.text
        assert "“I would sleep the whole night”" in sam.last.text
        await skip_through(sam, running, "What you said matters")
        if following:
            assert f"hello again around {following.removesuffix(' 2027')}" in sam.last.text
        else:
            assert "hello again" not in sam.last.text
    assert await outcomes(running, "after") == [(FollowUpState.SENT, "opened")] * 3
    time.pass_(days=400)
    await running.tick()
    assert len(hellos(telegram, sam)) == 3
    sessions = await running.rows(CheckinRow)
    (first,) = [s for s in sessions if s.flow == "before"]
    assert [s.about for s in sessions if s.flow == "after"] == [first.id] * 3


async def test_a_hello_is_neutral_and_silent_and_a_question_comes_only_after_a_tap(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    already = sent(telegram, sam)
    await running.tick()
    (hello,) = telegram.sent_to(sam.chat_id)[already:]
    assert hello.text == HELLO, "no organisation, no topic, no name, no question but this one"
    assert hello.silent
    assert [label for row in hello.buttons for label in row] == [
        "Yes",
        "Later",
        "Not today",
        "Stop",
    ]
    time.pass_(days=1)
    await running.tick()
    assert sent(telegram, sam) == already + 1, "nothing more until a tap"
    await sam.taps("Yes")
    assert "Can I ask how it went" in sam.last.text


# --- left half-way -------------------------------------------------------------------------------


async def test_one_hello_and_no_second_for_a_check_in_left_half_way(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await allow_messages(sam)
    time.pass_(days=1, hours=23)
    await running.tick()
    assert hellos(telegram, sam) == []
    time.pass_(hours=1)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1
    for _ in range(30):
        time.pass_(days=1)
        await running.tick()
    assert len(hellos(telegram, sam)) == 1
    await sam.taps("Yes")
    assert "going wrong" in sam.last.text, "exactly where they left"
    assert await outcomes(running, "unfinished") == [(FollowUpState.SENT, "opened")]


async def test_no_hello_for_a_check_in_left_half_way_without_a_yes_to_messages(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    for _ in range(30):
        time.pass_(days=1)
        await running.tick()
    assert hellos(telegram, sam) == []
    assert await outcomes(running, "unfinished") == []
    await sam.says("START")
    assert "going wrong" in sam.last.text, "exactly where they left"


async def test_no_hello_for_a_check_in_that_was_finished(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await before(sam)
    for _ in range(13):
        time.pass_(days=1)
        await running.tick()
    assert hellos(telegram, sam) == []
    assert await outcomes(running, "unfinished") == [(FollowUpState.DROPPED, "finished")]


async def test_the_hello_waits_while_the_person_moves_on(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await allow_messages(sam)
    for answer in ("Skip", "Skip", "Not sure"):  # a question each day and a half
        time.pass_(hours=36)
        await running.tick()
        await sam.taps(answer)
    assert hellos(telegram, sam) == []
    time.pass_(hours=47)
    await running.tick()
    assert hellos(telegram, sam) == []
    time.pass_(hours=13)  # two days after the last answer is in the night; this is the morning
    await running.tick()
    assert len(hellos(telegram, sam)) == 1


async def test_slow_people_are_not_too_late_for_their_hello(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await allow_messages(sam)
    for _ in range(11):  # a word a day keeps the check-in moving, beyond the week it is useful
        time.pass_(days=1)
        await running.tick()
        await sam.taps("Skip")
        await sam.taps("Back")
    assert hellos(telegram, sam) == []
    time.pass_(days=2)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1


# --- under a hello -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "due"),
    [
        ("Later", dt.datetime(2026, 12, 7, 18, tzinfo=dt.UTC)),
        ("Not today", dt.datetime(2026, 12, 8, 10, tzinfo=dt.UTC)),
    ],
)
async def test_later_and_not_today_bring_the_same_hello_once_more(
    choice: str,
    due: dt.datetime,
    telegram: FakeTelegram,
    running: Running,
    time: Time,
    sam_after_before: Person,
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    await sam.taps(choice)
    assert f"hello on {due.day} December" in sam.last.text
    time.now = due - dt.timedelta(minutes=1)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1
    time.now = due
    await running.tick()
    assert len(hellos(telegram, sam)) == 2
    already = sent(telegram, sam)
    for old in ("Yes", "Later", "Not today"):
        sam.tap_old(hello, old)
        await running.quiet()
    assert sent(telegram, sam) == already, "the old hello is done with"
    assert len(sam.toasts) == 3
    await sam.taps("Yes")
    assert "Can I ask how it went" in sam.last.text


async def test_stop_under_a_hello_stops(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Stop")
    assert "I have stopped" in sam.last.text
    time.pass_(days=200)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1
    assert await outcomes(running, "after") == [
        (FollowUpState.SENT, None),
        *[(FollowUpState.DROPPED, "stop")] * 2,
    ]


async def test_a_hello_tapped_twice_begins_one_check_in(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    sam.tap_old(hello, "Yes")
    sam.tap_old(hello, "Yes")
    sam.tap_old(hello, "Not today")
    await running.quiet()
    assert [s.flow for s in await running.rows(CheckinRow)].count("after") == 1
    assert len(await outcomes(running, "after")) == 3
    assert len(sam.toasts) == 2


async def test_an_old_hello_opened_weeks_later_takes_up_what_it_was_for(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    time.pass_(days=40)
    await sam.taps("Yes", "Start")
    assert any("“Somewhere safe, and quiet”" in bubble.text for bubble in sam.fresh)


async def test_nobody_else_can_open_a_hello(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    await agree(sam)
    await before(sam)
    await agree(kim)
    time.pass_(days=14)
    await running.tick()
    (hello,) = hellos(telegram, sam)
    already = sent(telegram, kim)
    kim.tap_data(hello.data["Yes"])
    kim.tap_data(hello.data["Stop"])
    await running.quiet()
    assert sent(telegram, kim) == already
    assert {p.state for p in await running.rows(ParticipantRow)} == {ParticipantState.ACTIVE}
