"""When it is safe to be written to: nothing outside, and nothing is lost by it.

Pauses are in `test_pause`; the arithmetic itself is in `test_plan`.
"""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.conversation.safety.times.hourly import at, came, every_hour
from tests.support.follow_up_ends import outcomes
from tests.support.participants import agree, allow_messages, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


@pytest.mark.parametrize(
    ("choices", "says", "hello"),
    [
        (("Mornings",), "from 09:00 to 12:00", "Tue 08 Dec 09:00"),
        (("Afternoons",), "from 12:00 to 17:00", "Mon 07 Dec 14:00"),
        (("Evenings",), "from 17:00 to 20:00", "Mon 07 Dec 17:00"),
        (("Any time in the day",), "from 09:00 to 20:00", "Mon 07 Dec 14:00"),
        (("Pick a day", "Thursday"), "on this day: Thursday", "Thu 10 Dec 09:00"),
        (
            ("Evenings", "Change", "Pick a day", "Sunday"),
            "Sunday, from 17:00",
            "Sun 13 Dec 17:00",
        ),
        (
            ("Pick a day", "Sunday", "Change", "Any time in the day"),
            "from 09:00",
            "Mon 07 Dec 14:00",
        ),
        (("Only if I message first", "Change", "Mornings"), "from 09:00", "Tue 08 Dec 09:00"),
    ],
)
async def test_a_hello_comes_only_at_the_times_they_chose(
    choices: tuple[str, ...],
    says: str,
    hello: str,
    telegram: FakeTelegram,
    running: Running,
    time: Time,
) -> None:
    sam = telegram.person("Sam")
    time.now = time.now.replace(hour=14)  # so that the plan says two in the afternoon
    await agree(sam)
    await before(sam)
    await sam.says("/times")
    await sam.taps(*choices)
    assert says in sam.last.text
    time.now = at(2026, 12, 6, 0)
    await every_hour(running, time, at(2026, 12, 15, 0))
    assert came(telegram, sam) == [hello]


async def test_a_late_tick_waits_for_the_next_safe_time(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/times")
    await sam.taps("Mornings")
    time.now = at(2026, 12, 7, 13)  # the bot was down over the whole morning
    await every_hour(running, time, at(2026, 12, 10, 0))
    assert came(telegram, sam) == ["Tue 08 Dec 09:00"]


@pytest.mark.parametrize(
    ("joined", "hello"),
    [
        (at(2027, 3, 14, 10), "Sun 28 Mar 17:00"),
        (at(2027, 10, 17, 10), "Sun 31 Oct 17:00"),
    ],
)
async def test_safe_times_hold_on_the_day_the_clocks_change(
    joined: dt.datetime, hello: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    time.now = joined
    await agree(sam)
    await before(sam)
    await sam.says("/times")
    await sam.taps("Evenings")
    time.pass_(days=13)
    await every_hour(running, time, joined + dt.timedelta(days=16))
    assert came(telegram, sam) == [hello]


async def test_only_if_they_message_first_sends_none_and_can_be_changed_later(
    telegram: FakeTelegram, running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    await sam.says("/times")
    await sam.taps("Only if I message first")
    time.now = at(2026, 12, 7, 8)
    await every_hour(running, time, at(2026, 12, 9, 0))
    assert came(telegram, sam) == []
    assert (await outcomes(running, "after"))[0] == (
        FollowUpState.DROPPED,
        "only if they write first",
    )

    time.now = at(2027, 2, 1, 23)  # outside any safe time: their own messages are answered
    await sam.says("/times")
    assert "When is it safe" in sam.last.text
    await sam.taps("Evenings")
    time.now = at(2027, 2, 23, 8)
    await every_hour(running, time, at(2027, 2, 24, 0))
    assert came(telegram, sam) == ["Tue 23 Feb 17:00"]


async def test_replies_to_their_own_messages_come_at_any_hour(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("/times")
    await sam.taps("Evenings", "OK")
    assert "1 of 5" in sam.last.text, "and what waited is asked again"
    time.now = at(2026, 11, 24, 3)
    await before(sam)
    await sam.says("the bins are full")
    assert "did not understand" in sam.last.text


async def test_not_now_keeps_to_the_safe_times(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("/times")
    await sam.taps("Mornings", "OK", "Not now", "Tonight")
    assert "24 November" in sam.last.text, "tonight is not safe; the next morning is said"
    await every_hour(running, time, at(2026, 11, 25, 0))
    assert came(telegram, sam) == ["Tue 24 Nov 09:00"]


async def test_a_day_chosen_after_not_now_does_not_lose_the_hello(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.taps("Not now", "Tomorrow")  # Tuesday
    await sam.says("/times")
    await sam.taps("Pick a day", "Monday")
    await every_hour(running, time, at(2026, 12, 2, 0))
    assert came(telegram, sam) == ["Mon 30 Nov 09:00"]


async def test_not_now_with_only_if_i_message_first_promises_nothing(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await allow_messages(sam)
    await sam.says("/times")
    await sam.taps("Only if I message first", "OK", "Not now", "Tomorrow")
    assert "I will wait for you" in sam.last.text
    await every_hour(running, time, at(2026, 11, 30, 0))
    assert came(telegram, sam) == []


async def test_forged_choices_change_nothing(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    for data in ("p:times:midnight:0", "p:times_day:7:0", "p:times_day:x:0", "p:pause:week99:0"):
        sam.tap_data(data)
        await running.quiet()
    (row,) = await running.rows(ParticipantRow)
    assert (row.safe, row.state) == (
        {"parts": [], "days": [], "never": False},
        ParticipantState.ACTIVE,
    )
    assert len(sam.toasts) == 4
