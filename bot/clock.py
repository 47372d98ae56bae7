"""The only module that reads the time, and checks it.

Everything else gets a clock as an argument, so that a test or a terminal can move it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Returns the time now, in UTC, with its zone."""

MOST_APART = dt.timedelta(minutes=2)
"""How far two clocks may differ before one of them counts as uncertain."""


def system_clock() -> dt.datetime:
    """The time now, in UTC."""
    return dt.datetime.now(dt.UTC)


def steady() -> float:
    """Monotonic seconds; where the system can, they also count while it sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class CheckedClock:
    """The wall clock, checked against the monotonic clock and against Telegram's.

    When the wall clock jumps, time continues by the monotonic clock, until the wall clock is right
    again or Telegram's time confirms it. Where a process begins with a wall clock that Telegram's
    time contradicts, time is Telegram's, and is not `sure`.
    """

    def __init__(self, wall: Clock = system_clock, steady: Callable[[], float] = steady) -> None:
        self._wall = wall
        self._steady = steady
        self._base = wall(), steady()
        self._heard = self._agreed = False
        self._contradicted = False
        self._jumped = dt.timedelta()

    def __call__(self) -> dt.datetime:
        """The time now, as far as is known."""
        wall, since = self._wall(), self._steady()
        going_on = self._going_on(since)
        if abs(wall - going_on) <= MOST_APART:
            self._base = wall, since
            self._note(dt.timedelta())
            return wall
        self._note(wall - going_on)
        return going_on

    def _going_on(self, since: float) -> dt.datetime:
        at, then = self._base
        return at + dt.timedelta(seconds=since - then)

    def heard(self, telegram: dt.datetime) -> None:
        """Records Telegram's own time, as just received."""
        now, wall = self(), self._wall()
        here, there = abs(telegram - now), abs(telegram - wall)
        self._heard = True
        self._contradicted = False
        if there <= MOST_APART:
            if here > MOST_APART:
                # A machine that was suspended, whose wall clock was corrected since.
                self._base = wall, self._steady()
            self._agreed = True
            self._note(dt.timedelta())
        elif here > MOST_APART:
            # Neither of ours. Once it was confirmed, going on from there is the best guess.
            self._contradicted = True
            if not self._agreed:
                self._base = telegram, self._steady()
                self._note(wall - telegram)

    def _note(self, off: dt.timedelta) -> None:
        if bool(off) != bool(self._jumped):
            import structlog  # imported here: most commands read the time, and few log it

            log = structlog.get_logger()
            if off:
                log.error("clock.jumped", seconds=round(off.total_seconds()))
            else:
                log.info("clock.right")
        self._jumped = off

    @property
    def sure(self) -> bool:
        """Whether the time is known well enough to delete or drop something by it."""
        return self._heard and self._agreed and not self._contradicted

    def off(self) -> float:
        """Seconds by which the wall clock is off; 0 when it is not."""
        self()
        return self._jumped.total_seconds()


def is_sure(clock: Clock) -> bool:
    """Whether something may be deleted or dropped by a clock's time; a test's own always is."""
    return clock.sure if isinstance(clock, CheckedClock) else True
