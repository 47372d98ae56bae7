"""When follow-ups fall due, by calendar arithmetic in the participant's time zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.domain.participant import ContactTimes

BEGINNING = ("after", "ask_before", "ask_after", "handed_over", "numbers")
"""Kinds that begin something new; the others resume what was left open."""
KINDS = (*BEGINNING, "unfinished", "not_now", "pause")
# a clock change can swallow the only window of a week, where one day of the week is chosen
_DAYS_AHEAD = 15


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """A length of calendar time: three months are three months, whatever their days."""

    months: int = 0
    days: int = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.days)


@dataclass(frozen=True, slots=True)
class SpanAt:
    """A span and its time of day."""

    span: CalendarSpan
    at: dt.time


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A part of the day: from `start`, and before `end`."""

    start: dt.time
    end: dt.time


@dataclass(frozen=True, slots=True)
class Plan:
    """All of `plan.yaml`."""

    after: tuple[CalendarSpan, ...]
    ended: tuple[CalendarSpan, ...]
    unfinished: CalendarSpan
    not_now: Mapping[str, SpanAt]
    expires_after: Mapping[str, CalendarSpan]
    pause: Mapping[str, CalendarSpan]
    later: Mapping[str, SpanAt]
    on_request: Mapping[str, CalendarSpan]
    alert: dt.timedelta
    unanswered: int
    day: TimeWindow
    day_parts: Mapping[str, TimeWindow]

    def windows(self, safe: ContactTimes) -> list[TimeWindow]:
        """The times of day that are safe for a participant, in order."""
        chosen = [self.day_parts[name] for name in safe.parts if name in self.day_parts]
        return sorted(chosen, key=lambda w: w.start) or [self.day]


def add(
    moment: dt.datetime, span: CalendarSpan, zone: str, at: dt.time | None = None
) -> dt.datetime:
    """The moment that much later on the participant's calendar, at the same time of day (or `at`).

    The 31st of a shorter month is its last day. A time that a clock change skips is the one an hour
    later; of one that comes twice, the first.
    """
    local = moment.astimezone(ZoneInfo(zone))
    months = local.month - 1 + span.months
    year, month = local.year + months // 12, months % 12 + 1
    day = min(local.day, _days_in(year, month))
    date = dt.date(year, month, day) + dt.timedelta(days=span.days)
    return at_local(date, at or local.time().replace(fold=0), zone)


def at_local(date: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """A date and time in a zone, as a moment in UTC."""
    return dt.datetime.combine(date, time, ZoneInfo(zone)).astimezone(dt.UTC)


def next_safe(moment: dt.datetime, zone: str, safe: ContactTimes, plan: Plan) -> dt.datetime | None:
    """The moment itself if it is safe, else the next safe one; None when none ever is.

    Windows are in the participant's time zone, so they stay where they are across a clock change.
    """
    if safe.never:
        return None
    here = ZoneInfo(zone)
    today = moment.astimezone(here).date()
    for ahead in range(_DAYS_AHEAD):
        date = today + dt.timedelta(days=ahead)
        if safe.days and date.weekday() not in safe.days:
            continue
        for window in plan.windows(safe):
            found = max(moment, at_local(date, window.start, zone))
            # Checked on the clock itself: at night a change can swallow a window, or begin one
            # twice.
            wall = found.astimezone(here)
            if wall.date() == date and window.start <= wall.time() < window.end:
                return found
    return None


def _days_in(year: int, month: int) -> int:
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return (following - dt.timedelta(days=1)).day
