"""Works out the moment that a participant means by a typed time, in their time zone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.schedule.plan import CalendarSpan, Plan, add, at_local
from flows.engine.replies.when import When, time_said

FURTHEST = CalendarSpan(months=3)
"""How far ahead a check-in may be put off: later, one left half-way means little."""
_WEEK, _MONTHS = 7, 12
_ALONE = "tonight", "tomorrow"


def moment_of(
    said: When, now: dt.datetime, zone: str, plan: Plan, parts: Mapping[str, dt.time]
) -> dt.datetime:
    """The next moment that is meant; always after `now`, and perhaps at night or too far away."""
    if said.span is not None:
        return _after_span(said, now, zone, plan, parts)
    today = now.astimezone(ZoneInfo(zone)).date()
    date = _date(said, today)
    time = _time(said, plan, parts, tonight=date == today)
    found = at_local(date, time, zone)
    if found > now:
        return found
    if said.date is not None:
        return at_local(_named_date(said.date, today + dt.timedelta(days=1)), time, zone)
    days = _WEEK if said.weekday is not None else 1
    return at_local(date + dt.timedelta(days=days), time, zone)


def furthest(now: dt.datetime, zone: str) -> dt.datetime:
    """The last moment that something may be put off to."""
    return add(now, FURTHEST, zone)


def names_hour(said: When) -> bool:
    """Whether an hour was said, so that it is to be said back."""
    return said.hour is not None or (said.span is not None and said.span[1] in ("hours", "minutes"))


def _after_span(
    said: When, now: dt.datetime, zone: str, plan: Plan, parts: Mapping[str, dt.time]
) -> dt.datetime:
    assert said.span is not None  # noqa: S101 - see `moment_of`
    number, unit = said.span
    if unit in ("hours", "minutes"):
        return now + dt.timedelta(**{unit: number})
    if unit in ("months", "years"):
        span = CalendarSpan(months=number * (_MONTHS if unit == "years" else 1))
    else:
        span = CalendarSpan(days=number * (_WEEK if unit == "weeks" else 1))
    return add(now, span, zone, _time(said, plan, parts, tonight=False))


def _date(said: When, today: dt.date) -> dt.date:
    if said.date is not None:
        return _named_date(said.date, today)
    if said.weekday is None:
        return today + dt.timedelta(days=said.day or 0)
    if said.is_next:
        monday = today - dt.timedelta(days=today.weekday()) + dt.timedelta(days=_WEEK)
        return monday + dt.timedelta(days=said.weekday)
    ahead = (said.weekday - today.weekday()) % _WEEK
    timed = said.hour is not None or said.part
    return today + dt.timedelta(days=ahead or (0 if timed else _WEEK))


def _named_date(month_and_day: tuple[int, int], start: dt.date) -> dt.date:
    """The first such date from `start` on; the last day of a shorter month for one it lacks."""
    month, day = month_and_day
    found = _in_year(start.year, month, day)
    return found if found >= start else _in_year(start.year + 1, month, day)


def _in_year(year: int, month: int, day: int) -> dt.date:
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date(year, month, min(max(day, 1), (following - dt.timedelta(days=1)).day))


def _time(said: When, plan: Plan, parts: Mapping[str, dt.time], *, tonight: bool) -> dt.time:
    if said.hour is None and not said.part:
        return plan.not_now[_ALONE[not tonight]].at
    return time_said(said, parts, (plan.day.start, plan.day.end))
