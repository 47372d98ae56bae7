"""Jobs stop no other: whatever one does, the others go round in time, and it is seen.

The same is held to with whole bots, where a table of the database is away that one job needs.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import socket
from collections.abc import Callable
from contextlib import suppress

import aiohttp
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.app import App, build
from bot.cli.doctor.doctor import UNWELL, WELL
from bot.jobs.scheduler import LOOKS_EVERY, JobScheduler
from bot.metrics import Metrics
from bot.settings import Settings, read_settings
from bot.store.availability import DatabaseUnavailable
from bot.telegram.receiving.flood_control import no_limits
from bot.telegram.sending.rate_limiter import RateLimiter
from tests.cli.test_doctor import examined, of
from tests.conftest import Time
from tests.reliability.crash.manual_timer import Hourglass
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

LATEST = 60 + LOOKS_EVERY
"""Seconds after which trouble is known at the latest."""

FAULTS: dict[str, Callable[[], BaseException]] = {
    "error": lambda: RuntimeError("somebody's words"),
    "away": lambda: DatabaseUnavailable("gone"),
    "cancelled": asyncio.CancelledError,
    "bad row": lambda: ValueError("{"),
}
fault = st.sampled_from([*FAULTS, "hangs", "well", "slow"])


class Worker:
    """The work of a job: well until a moment, then at fault until another."""

    def __init__(self, timer: Hourglass, fault: str, begins: float, ends: float) -> None:
        self.timer, self.fault = timer, fault
        self.begins, self.ends = timer.seconds + begins, timer.seconds + ends
        self.rounds: list[float] = []
        self.released = asyncio.Event()

    async def work(self) -> None:
        """One round."""
        self.rounds.append(self.timer.seconds)
        if not self.begins <= self.timer.seconds < self.ends:
            return
        if self.fault in FAULTS:
            raise FAULTS[self.fault]()  # noqa: RSE102 - it makes a new one
        if self.fault == "slow":
            await self.timer.timer.sleep(5)
        if self.fault == "hangs":
            await self.released.wait()


def _clock(timer: Hourglass) -> Callable[[], dt.datetime]:
    return lambda: dt.datetime(2026, 11, 23, tzinfo=dt.UTC) + dt.timedelta(seconds=timer.seconds)


async def _many(plan: list[tuple[str, int]]) -> None:
    """Runs jobs for half an hour, each with its fault from the fifth to the fifteenth minute."""
    timer = Hourglass()
    jobs = JobScheduler(timer.timer, _clock(timer), Metrics())
    workers = {}
    for number, (what, every) in enumerate(plan):
        name = f"{number}"
        workers[name] = (Worker(timer, what, 300, 900), every)
        jobs.add(name, every, workers[name][0].work)
    jobs.start()
    ill = {name for name, (w, _) in workers.items() if w.fault not in ("well", "slow")}
    try:
        await timer.to(295)
        assert jobs.not_well() == []
        # A failing job is late at the latest when it was tried once, and a minute has passed.
        with capture_logs() as log:
            await timer.to(300 + 45 + LATEST)
        assert set(jobs.not_well()) == ill, plan
        told = [line["job"] for line in log if line["event"] == "job.not_well"]
        assert sorted(told) == sorted(ill), "once each"
        assert "somebody's words" not in str(log)
        await timer.to(899.5)
        for worker, _ in workers.values():
            worker.released.set()
        with capture_logs() as log:
            await timer.to(1_800)
        assert jobs.not_well() == []
        assert {line["job"] for line in log if line["event"] == "job.well"} == ill
    finally:
        await jobs.stop()
    for name, (worker, every) in workers.items():
        gaps = [b - a for a, b in zip(worker.rounds, worker.rounds[1:], strict=False)]
        most = 600 + every if worker.fault == "hangs" else max(every, 5)
        assert max(gaps) <= most, (name, worker.fault)
        assert worker.rounds[-1] > timer.seconds - 2 * every
    assert {t for t in asyncio.all_tasks() if t is not asyncio.current_task()} == set()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(fault, st.integers(1, 45)), min_size=1, max_size=9))
def test_whatever_some_jobs_do_the_others_go_round_in_time(plan: list[tuple[str, int]]) -> None:
    asyncio.run(_many(plan))


async def test_what_has_more_to_do_goes_on_at_once() -> None:
    timer, left = Hourglass(), [5]
    jobs = JobScheduler(timer.timer, _clock(timer), Metrics())

    async def some() -> bool:
        left[0] = max(0, left[0] - 1)
        return left[0] > 0

    jobs.add("some", 3600, some)
    jobs.start()
    await timer.to(0)
    await jobs.stop()
    assert left == [0]


# --- a whole bot ---------------------------------------------------------------------------------

NEEDS = {
    "follow_ups": {"hellos"},
    "alerts": {"alerts", "seen"},
    "owed": {"owed"},
    "messages": {"clearing"},
    "workers": {"mornings", "shown"},
    "updates_seen": {"sweep"},
    "jobs": {"heartbeats"},
}
"""What goes without a table, of what has something to do in these tests."""
MORE = {
    "follow_ups": {"sweep"},
    "alerts": {"sweep"},
    "owed": {"sweep"},
    "messages": {"sweep"},
    "workers": {"sweep"},
    "jobs": {"sweep"},
    "updates_seen": set[str](),
}
"""The sweep looks at nearly all tables, when its time has come."""


class ByHand(Running):
    """A bot whose jobs have a timer that is moved by hand."""

    def put_together(self, settings: Settings) -> App:
        self.hand = Hourglass()
        pace = RateLimiter(
            super().put_together(settings).sender._pace.timer, overall=0, each_chat=0.0
        )
        return build(
            settings, clock=self.clock, pace=pace, limits=no_limits(), timer=self.hand.timer
        )


async def _renamed(running: Running, before: str, after: str) -> None:
    async with running.bot.store.engine.begin() as connection:
        await connection.execute(sa.text(f"ALTER TABLE {before} RENAME TO {after}"))


def _ages(page: bytes) -> dict[str, float]:
    found = re.findall(r'checkin_job_age_seconds\{job="(\w+)"\} ([\d.]+)', page.decode())
    return {name: float(age) for name, age in found}


@pytest.mark.parametrize("table", NEEDS)
async def test_a_table_that_is_away_stops_only_what_needs_it_and_is_seen(
    table: str, telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with ByHand(telegram, database_url, time) as running:
        sam = telegram.person("Sam")
        await agree(sam)
        jobs = running.bot.jobs
        everything = {beat.name for beat in jobs.heartbeats()}

        async def rounds(number: int) -> None:
            for _ in range(number):
                running.hand.seconds += 30
                time.pass_(seconds=30)
                await jobs.round()

        await rounds(2)
        time.pass_(days=2)  # what is old is deleted in two steps: from here on it is
        await rounds(2)
        assert jobs.not_well() == []
        await _renamed(running, table, "elsewhere")
        time.pass_(minutes=11)  # so that a sweep is due
        with capture_logs() as log:
            await rounds(3)
            jobs.look()
        ill = set(jobs.not_well())
        assert NEEDS[table] <= ill <= NEEDS[table] | MORE[table]
        ages = _ages(running.bot.metrics.page())
        assert {name for name, age in ages.items() if age < 1} == everything - ill
        assert all(ages[name] >= 60 for name in ill)
        assert {line["job"] for line in log if line["event"] == "job.not_well"} == ill
        verdict, said = (
            await examined(time, database_url, **of(telegram))
            if table == "messages"
            else (UNWELL, "")
        )
        for name in ill if said else ():
            assert f"{name}: not since 2026-11-25 " in said
        assert verdict == UNWELL
        await _renamed(running, "elsewhere", table)
        time.pass_(minutes=11)
        await rounds(2)
        assert jobs.not_well() == []
        assert (await examined(time, database_url, **of(telegram)))[0] == WELL


class Listening(ByHand):
    """The same, with its numbers to be asked for, and going round by itself."""

    async def start(self) -> None:
        """Starts a bot that goes round."""
        self.app = self.put_together(read_settings(_env_file=None, **self.settings))
        self._polling = asyncio.create_task(self.app.run())
        await self.app.started.wait()


async def test_what_goes_round_is_in_healthz_and_doctor_until_it_is_stopped(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    assert (
        "jobs        none: no bot runs" in (await examined(time, database_url, **of(telegram)))[1]
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    async with (
        Listening(telegram, database_url, time, listen=listen) as running,
        aiohttp.ClientSession() as client,
    ):

        async def health() -> tuple[int, str]:
            async with client.get(f"http://{listen}/healthz") as answer:
                return answer.status, await answer.text()

        await running.bot.jobs.round("heartbeats")
        verdict, said = await examined(time, database_url, **of(telegram))
        assert (verdict, "jobs        ok: 1" in said) == (WELL, True), said
        while True:
            with suppress(aiohttp.ClientConnectionError):
                assert await health() == (200, "ok")
                break
        running.hand.seconds += 240  # nobody woke them: they stand still
        assert await health() == (503, f"not done: {', '.join(running.bot.not_well())}")
        assert "hellos" in running.bot.not_well()
        time.pass_(minutes=4)
        verdict, said = await examined(time, database_url, **of(telegram))
        assert (verdict, "jobs        none since 2026-11-23 10:00" in said) == (UNWELL, True)
    assert (
        "jobs        none: no bot runs" in (await examined(time, database_url, **of(telegram)))[1]
    )
