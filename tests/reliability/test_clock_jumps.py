"""The clock may lie: nothing is deleted, dropped or skipped because it jumped, and it is seen."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.cli.doctor.doctor import UNWELL
from bot.clock import MOST_APART, CheckedClock
from bot.store.repositories.operation import sweep_marks
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.operation_tables import SweepMarkRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.cli.test_doctor import examined
from tests.conftest import Time
from tests.support.participants import Crowd, agree, allow_messages, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

YEAR = 365 * 86_400
by = st.one_of(
    st.integers(-120, 120), st.integers(-86_400, 86_400), st.integers(-3 * YEAR, 3 * YEAR)
)


class Liar:
    """A machine whose wall clock may be wrong, and whose monotonic one is right."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.off = 0
        self.began = time()

    def wall(self) -> dt.datetime:
        """What the wall clock says."""
        return self.time() + dt.timedelta(seconds=self.off)

    def steady(self) -> float:
        """Seconds since it was switched on."""
        return (self.time() - self.began).total_seconds()

    def checked(self) -> CheckedClock:
        """The clock of a process that begins now."""
        return CheckedClock(self.wall, self.steady)


# --- the clock alone -----------------------------------------------------------------------------

move = st.one_of(
    st.tuples(st.just("jump"), by),
    st.tuples(st.just("pass"), st.integers(0, 90 * 86_400)),
    st.tuples(st.just("right"), st.just(0)),
    st.tuples(st.just("restart"), st.just(0)),
    st.tuples(st.just("stand still"), st.integers(0, 9_000)),
)


@settings(max_examples=1_000, deadline=None)
@given(st.lists(move, max_size=12))
@example([("jump", 400 * 86_400), ("pass", 5), ("right", 0)])
@example([("jump", -2 * YEAR), ("restart", 0), ("pass", 5), ("right", 0)])
def test_a_time_that_is_sure_is_right(moves: list[tuple[str, int]]) -> None:
    time = Time()
    liar = Liar(time)
    clock = liar.checked()
    agreed = False
    for what, number in moves:
        match what:
            case "jump":
                liar.off = number
            case "pass":
                time.pass_(seconds=number)
            case "right":
                liar.off = 0
            case "restart":
                clock, agreed = liar.checked(), False
                assert not clock.sure, "before Telegram's time was heard"
            case "stand still":  # a machine that was frozen, and whose clock was put right after
                time.pass_(seconds=number)
                liar.began += dt.timedelta(seconds=number)
        clock()
        clock.heard(time())
        agreed = agreed or abs(liar.wall() - time()) <= MOST_APART
        # Once it was heard, time is never far from Telegram's while it is sure.
        if clock.sure:
            assert agreed
            assert abs(clock() - time()) <= MOST_APART, moves
        if liar.off == 0:
            assert clock.sure
            assert clock.off() == 0
            assert clock() == time()


def test_a_jump_is_told_once_and_so_is_its_end() -> None:
    time = Time()
    liar = Liar(time)
    clock = liar.checked()
    with capture_logs() as log:
        liar.off = 400 * 86_400
        for _ in range(5):
            time.pass_(seconds=1)
            assert clock() == time()
        liar.off = 0
        assert clock() == time()
    assert [line["event"] for line in log] == ["clock.jumped", "clock.right"]
    assert log[0]["seconds"] == 400 * 86_400


# --- a whole bot ---------------------------------------------------------------------------------

deed = st.one_of(
    st.tuples(st.just("jump"), by),
    st.tuples(st.just("hours"), st.sampled_from([1, 7, 50, 400, 900])),
    st.tuples(st.just("restart"), st.just(0)),
)


async def _state(running: Running) -> dict[str, Any]:
    hellos = Counter((f.kind, f.state.value, f.outcome) for f in await running.rows(FollowUpRow))
    return {
        "people": sorted(p.state.value for p in await running.rows(ParticipantRow)),
        "hellos": hellos,
        "answers": len(await running.rows(AnswerRow)),
        "sessions": len(await running.rows(CheckinRow)),
    }


async def _lived(
    deeds: list[tuple[str, int]], url: str, clock: Callable[[Liar], Any], *, lies: bool
) -> dict[str, Any]:
    """Lives through it: whoever agrees, answers, and asks for deletion; what is left at the end."""
    time = Time()
    liar = Liar(time)
    async with FakeTelegram(clock=time) as telegram:
        running = Running(telegram, url, clock(liar), keep_months=1)
        await running.start()
        sam, kim, lee = (telegram.person(name) for name in ("Sam", "Kim", "Lee"))
        for person in (sam, kim, lee):
            await agree(person)
            await allow_messages(person)
        await before(sam)
        await lee.says("/delete")
        await lee.taps("Yes, delete them")
        for what, number in deeds:
            if what == "jump":
                liar.off = number if lies else 0
            elif what == "hours":
                time.pass_(hours=number, minutes=13)
            else:
                await running.stop()
                running.clock = clock(liar)
                await running.start()
                await running.bot.started.wait()
            time.pass_(seconds=61)
            await running.bot.jobs.round()
            await running.bot.settled()
            if what == "jump":  # it is put right after some seconds
                liar.off = 0
                time.pass_(seconds=5)
                await running.bot.jobs.round()
                await running.bot.settled()
        found = await _state(running)
        await running.stop()
        return found


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(deeds=st.lists(deed, min_size=2, max_size=6))
@example(deeds=[("jump", 400 * 86_400), ("hours", 1), ("jump", 400 * 86_400)])
@example(deeds=[("jump", -2 * YEAR), ("restart", 0), ("hours", 50), ("jump", 3 * YEAR)])
def test_a_clock_that_jumps_changes_nothing_that_becomes_of_anyone(
    deeds: list[tuple[str, int]], new_database: Callable[[], str]
) -> None:
    right = asyncio.run(_lived(deeds, new_database(), Liar.checked, lies=False))
    lied = asyncio.run(_lived(deeds, new_database(), Liar.checked, lies=True))
    assert lied == right


def test_with_a_clock_that_is_believed_it_would(new_database: Callable[[], str]) -> None:
    deeds = [("jump", 400 * 86_400)] * 2

    def believed(liar: Liar) -> Any:
        return liar.wall

    right = asyncio.run(_lived(deeds, new_database(), believed, lies=False))
    assert asyncio.run(_lived(deeds, new_database(), believed, lies=True)) != right


async def test_nothing_is_deleted_or_dropped_while_telegram_says_another_time(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    liar = Liar(time)
    liar.off = 400 * 86_400
    async with Running(telegram, database_url, liar.checked()) as running:
        await running.bot.started.wait()
        sam = telegram.person("Sam")
        await agree(sam)
        (row,) = await running.rows(ParticipantRow)
        assert abs(row.joined_at - time()) < MOST_APART, "people's times are Telegram's"
        jobs = running.bot.jobs
        await jobs.round()
        unsure = {beat.name for beat in jobs.heartbeats() if beat.error == "ClockUncertain"}
        assert unsure == {"deletions", "hellos", "sweep", "clearing"}
        assert b"checkin_clock_off_seconds 3.456e+07" in running.bot.metrics.page()
        verdict, said = await examined(
            liar.wall,  # type: ignore[arg-type]
            database_url,
            telegram_token=telegram.token,
            telegram_api_url=telegram.url,
        )
        assert verdict == UNWELL
        assert "clock       34560000 s from Telegram's" in said
        liar.off = 0
        await sam.says("/help")  # Telegram's time is heard with every answer
        await jobs.round()
        assert {beat.error for beat in jobs.heartbeats()} == {None}


# --- two steps -----------------------------------------------------------------------------------

span = st.tuples(st.integers(0, 6), st.integers(0, 23))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rounds=st.lists(st.tuples(span, by), min_size=1, max_size=12))
def test_what_is_deleted_was_old_two_days_ago_by_a_clock_that_was_right(
    rounds: list[tuple[tuple[int, int], int]], new_database: Callable[[], str]
) -> None:
    asyncio.run(_marks(rounds, new_database()))


async def _marks(rounds: list[tuple[tuple[int, int], int]], url: str) -> None:
    time = Time()
    seen: list[dt.datetime] = []
    async with Crowd(url, time) as crowd:
        for (days, hours), off in rounds:
            time.pass_(days=days, hours=hours)
            await sweep_marks.mark(crowd.store, time() + dt.timedelta(seconds=off))  # it lies once
            horizon = await sweep_marks.mark(crowd.store, time())
            seen.append(time())
            assert horizon is None or horizon <= time() - sweep_marks.APART
            assert await crowd.count(SweepMarkRow, SweepMarkRow.at > time()) == 0
        time.pass_(days=2)
        assert await sweep_marks.mark(crowd.store, time()) is not None, "it goes on in the end"


@pytest.mark.parametrize("days", [0, 1])
async def test_the_sweep_deletes_nothing_in_its_first_two_days(
    days: int, telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time, keep_months=1) as running:
        sam = telegram.person("Sam")
        await agree(sam)
        await before(sam)
        time.pass_(days=60)
        await running.bot.clean_up_job.run()
        time.pass_(days=days, hours=1)
        await running.bot.clean_up_job.run()
        assert await running.rows(AnswerRow)
        time.pass_(days=2)
        await running.bot.clean_up_job.run()
        assert await running.rows(AnswerRow) == []
