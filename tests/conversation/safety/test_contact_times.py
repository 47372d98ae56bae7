"""When it is safe to be written to, and a pause: nothing outside, nothing lost, no burst after.

The arithmetic itself is in `test_plan`.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import agree, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

HELLO = "Hi. Is now an OK time?"
LONDON = ZoneInfo("Europe/London")


def came(telegram: FakeTelegram, person: Person) -> list[str]:
    """The local times at which hellos came."""
    sent = [b for b in telegram.sent_to(person.chat_id) if b.text == HELLO]
    return [b.sent_at.astimezone(LONDON).strftime("%a %d %b %H:%M") for b in sent]


async def every_hour(running: Running, time: Time, until: dt.datetime) -> None:
    """Ticks on until a moment, as the scheduler would; by night only every three hours.

    Forgetting and clearing, which say hello to nobody, come once a day.
    """
    day = None
    while time.now < until:
        if time.now.date() != day:
            day = time.now.date()
            await running.tick()
        else:
            await running.bot.follow_up_job.run()
            await running.bot.settled()
        night = not 5 < time.now.astimezone(LONDON).hour < 21
        time.pass_(hours=3 if night else 1)


def at(*moment: int) -> dt.datetime:
    """A moment on London's clock."""
    year, month, day, hour = moment
    return dt.datetime(year, month, day, hour, tzinfo=LONDON).astimezone(dt.UTC)


async def outcomes(running: Running, kind: str) -> list[tuple[FollowUpState, str | None]]:
    """What became of the follow-ups of a kind, in the order they fell due."""
    rows = [r for r in await running.rows(FollowUpRow) if r.kind == kind]
    return [(r.state, r.outcome) for r in sorted(rows, key=lambda r: r.due_at)]


async def state(running: Running) -> ParticipantState:
    """Where the only person stands."""
    (row,) = await running.rows(ParticipantRow)
    found: ParticipantState = row.state
    return found


# --- safe times ----------------------------------------------------------------------------------


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
    await sam.says("/times")
    await sam.taps("Evenings", "OK")
    assert "short questions" in sam.last.text, "and what waited is asked again"
    time.now = at(2026, 11, 24, 3)
    await before(sam)
    await sam.says("the bins are full")
    assert "did not understand" in sam.last.text


async def test_not_now_keeps_to_the_safe_times(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.says("/times")
    await sam.taps("Mornings", "OK", "Not now", "Tonight")
    assert "24 November" in sam.last.text, "tonight is not safe; the next morning is said"
    await every_hour(running, time, at(2026, 11, 25, 0))
    assert came(telegram, sam) == ["Tue 24 Nov 09:00"]


async def test_a_day_chosen_after_not_now_does_not_lose_the_hello(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.taps("Not now", "Tomorrow")  # Tuesday
    await sam.says("/times")
    await sam.taps("Pick a day", "Monday")
    await every_hour(running, time, at(2026, 12, 2, 0))
    assert came(telegram, sam) == ["Mon 30 Nov 09:00"]


async def test_not_now_with_only_if_i_message_first_promises_nothing(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
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


# --- pause ---------------------------------------------------------------------------------------


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
    await sam.taps("No, just me")
    assert "Can I ask how it went" in sam.last.text, "what fell due meanwhile is not lost"
    await every_hour(running, time, at(2026, 12, 13, 0))
    time.now = at(2026, 12, 20, 0)
    await every_hour(running, time, at(2026, 12, 23, 0))
    assert came(telegram, sam) == ["Fri 11 Dec 11:00"], "one, for the check-in left half-way"


async def test_a_pause_in_the_middle_of_a_check_in_ends_with_one_hello(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await sam.taps("Start")
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
    await sam.says("/pause")
    await sam.taps("2 weeks")
    time.pass_(days=1)
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
    await sam.says("/pause")
    await sam.taps("1 week")
    await sam.says("stop")
    await every_hour(running, time, at(2026, 12, 14, 0))
    assert came(telegram, sam) == []
    assert await state(running) is ParticipantState.STOPPED
