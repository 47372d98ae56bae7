"""Runs small periodic jobs, independent of each other, each guarded and with a heartbeat.

The intervals depend on the monotonic clock alone. No library does better here: those that schedule
by the wall clock stand still, or run everything at once, when that jumps; what is left of them
without the wall clock is a loop that sleeps.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bot.clock import Clock, is_sure
from bot.metrics import Metrics
from bot.store.availability import DatabaseUnavailable
from bot.store.repositories.operation.heartbeats import Heartbeat

if TYPE_CHECKING:
    from bot.telegram.sending.rate_limiter import Timer

log = structlog.get_logger()

Work = Callable[[], Awaitable[bool | None]]
"""One round of a job; true when there is more to do at once."""

LONGEST_WITHOUT = 60.0
"""Seconds without a success after which a failing job is unhealthy."""
MISSED = 3
"""Periods without a success after which a job is unhealthy, whatever it reports."""
LOOKS_EVERY = 10.0
"""Seconds between two checks whether all jobs are healthy."""


class ClockUncertain(Exception):
    """Telegram's time is not known yet, or differs from this machine's."""


@dataclass(slots=True)
class _Pulse:
    """How a job has run, in monotonic seconds, and by the wall clock for display."""

    begun: float = 0.0
    success: float | None = None
    running: float | None = None
    error: str | None = None
    """The type of error of the last round; None when it succeeded."""
    succeeded_at: dt.datetime | None = None
    failed_at: dt.datetime | None = None
    running_since: dt.datetime | None = None
    told: bool = False


@dataclass(slots=True)
class Job:
    """A job run every so many seconds; a round longer than `limit` seconds is reported.

    A job that deletes or drops something by the time is run only `surely`: when the time is known.
    """

    name: str
    every: float
    work: Work
    limit: float
    surely: bool = False
    pulse: _Pulse = field(default_factory=_Pulse)


class JobScheduler:
    """Runs jobs until it is stopped. `round` runs each once, which is how a test drives them."""

    def __init__(self, timer: Timer, clock: Clock, metrics: Metrics) -> None:
        self._timer = timer
        self._clock = clock
        self._metrics = metrics
        self._jobs: dict[str, Job] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._begun_at = clock()

    def add(
        self, name: str, every: float, work: Work, *, limit: float = 60.0, surely: bool = False
    ) -> None:
        """Adds a job."""
        job = self._jobs[name] = Job(name, every, work, limit, surely)
        job.pulse.begun = self._timer.now()
        self._metrics.job(name, lambda: self._age(job))

    def start(self) -> None:
        """Starts all jobs at once."""
        self._begun_at = self._clock()
        for job in self._jobs.values():
            job.pulse.begun = self._timer.now()
            self._tasks.append(asyncio.create_task(self._go_on(job)))
        self._tasks.append(asyncio.create_task(self._report()))

    @property
    def started(self) -> bool:
        """Whether the jobs run by themselves."""
        return bool(self._tasks)

    async def stop(self) -> None:
        """Stops all jobs. Close the store before: then none ends within a transaction."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def round(self, *names: str) -> None:
        """Runs one round of these jobs, or of all, concurrently."""
        chosen = [job for job in self._jobs.values() if not names or job.name in names]
        await asyncio.gather(*map(self._once, chosen))

    async def _go_on(self, job: Job) -> None:
        while True:
            began = self._timer.now()
            if not await self._once(job):
                # A period too short for the work is no reason to fall ever further behind.
                await self._timer.sleep(max(0.0, began + job.every - self._timer.now()))

    async def _once(self, job: Job) -> bool:
        """One guarded round; whether there is more to do at once. Never raises an error."""
        pulse, more = job.pulse, False
        pulse.running, pulse.running_since = self._timer.now(), self._clock()
        try:
            if job.surely and not is_sure(self._clock):
                raise ClockUncertain  # noqa: TRY301 - it counts as a failure, which is seen
            more = bool(await job.work())
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                log.info("job.ended", job=job.name)
                raise  # the bot is stopping: what was begun is in the database
            self._failed(job, error)
        except Exception as error:  # noqa: BLE001 - one that fails stops no other, nor itself
            self._failed(job, error)
        else:
            pulse.error, pulse.success, pulse.succeeded_at = None, self._timer.now(), self._clock()
        finally:
            pulse.running = pulse.running_since = None
        return more

    def _failed(self, job: Job, error: BaseException) -> None:
        job.pulse.error = kind = type(error).__name__
        job.pulse.failed_at = self._clock()
        self._metrics.job_failures.labels(job.name).inc()
        if isinstance(error, DatabaseUnavailable):
            log.warning("job.again", job=job.name, error=str(error))
        else:
            # an error's message might contain personal data
            log.error("job.failed", job=job.name, error=kind)

    def _age(self, job: Job) -> float:
        """Seconds since its last success, or since it was started."""
        since = job.pulse.begun if job.pulse.success is None else job.pulse.success
        return self._timer.now() - since

    def _is_well(self, job: Job) -> bool:
        pulse, age = job.pulse, self._age(job)
        if pulse.running is not None and self._timer.now() - pulse.running > job.limit:
            return False
        if pulse.error is not None and age > LONGEST_WITHOUT:
            return False
        return age <= MISSED * job.every + job.limit + LONGEST_WITHOUT

    def not_well(self) -> list[str]:
        """The names of the jobs that are unhealthy."""
        return [job.name for job in self._jobs.values() if not self._is_well(job)]

    def look(self) -> None:
        """Logs once each job that has become unhealthy, and each that has recovered."""
        for job in self._jobs.values():
            if (ill := not self._is_well(job)) == job.pulse.told:
                continue
            job.pulse.told = ill
            if ill:
                why = job.pulse.error or "it takes too long"
                log.error("job.not_well", job=job.name, since=round(self._age(job)), why=why)
            else:
                log.info("job.well", job=job.name)

    async def _report(self) -> None:
        while True:
            self.look()
            await self._timer.sleep(LOOKS_EVERY)

    def heartbeats(self) -> list[Heartbeat]:
        """How each job has run, for another process to read."""
        return [
            Heartbeat(
                name=job.name,
                every=round(job.every),
                well=self._is_well(job),
                begun_at=self._begun_at,
                succeeded_at=job.pulse.succeeded_at,
                failed_at=job.pulse.failed_at,
                running_since=job.pulse.running_since,
                error=job.pulse.error,
            )
            for job in self._jobs.values()
        ]
