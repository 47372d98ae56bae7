"""When follow-ups fall due, by calendar arithmetic on the person's own clock.

Sends nothing and reads no clock.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

import yaml

from bot.domain.participant import ContactTimes
from flows.engine import BrokenFlow, Problem
from flows.engine.yaml_reader import Reader

T = TypeVar("T")
_SPAN = re.compile(r"(\d{1,3}) (day|week|month)s?")
_MINUTES = re.compile(r"([1-9]\d{0,3}) minutes?")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
BEGINNING = ("after", "ask_before", "ask_after", "handed_over", "numbers")
"""Kinds that begin something new; the others bring back what was left."""
KINDS = (*BEGINNING, "unfinished", "not_now", "pause")
_DAYS_AHEAD = 15  # a clock change can swallow a window of the one day of the week someone chose


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """A length of calendar time: three months are three months, whatever their days."""

    months: int = 0
    days: int = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.days)


@dataclass(frozen=True, slots=True)
class SpanAt:
    """A span and the time of day it means."""

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
        """The times of day that are safe for someone, in order."""
        chosen = [self.day_parts[name] for name in safe.parts if name in self.day_parts]
        return sorted(chosen, key=lambda w: w.start) or [self.day]


def add(
    moment: dt.datetime, span: CalendarSpan, zone: str, at: dt.time | None = None
) -> dt.datetime:
    """The moment that much later on the person's calendar, at the same time of day (or `at`).

    The 31st of a shorter month is its last day. A time that a clock change skips is the one an
    hour later; of one that comes twice, the first.
    """
    local = moment.astimezone(ZoneInfo(zone))
    months = local.month - 1 + span.months
    year, month = local.year + months // 12, months % 12 + 1
    day = min(local.day, _days_in(year, month))
    date = dt.date(year, month, day) + dt.timedelta(days=span.days)
    return at_local(date, at or local.time().replace(fold=0), zone)


def at_local(date: dt.date, time: dt.time, zone: str) -> dt.datetime:
    """A day and time on a zone's clock, as a moment in UTC."""
    return dt.datetime.combine(date, time, ZoneInfo(zone)).astimezone(dt.UTC)


def next_safe(moment: dt.datetime, zone: str, safe: ContactTimes, plan: Plan) -> dt.datetime | None:
    """The moment itself if it is safe, else the next safe one; None when none ever is.

    Windows are on the person's clock, so they stay where they are across a clock change.
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
            # Looked at on the clock itself: at night a change can swallow a window, or begin one
            # twice.
            wall = found.astimezone(here)
            if wall.date() == date and window.start <= wall.time() < window.end:
                return found
    return None


def _days_in(year: int, month: int) -> int:
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return (following - dt.timedelta(days=1)).day


def load_plan(path: Path) -> Plan:
    """Reads `plan.yaml`.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader = Reader(path.name)
    try:
        root = reader.root(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError):
        raise BrokenFlow([Problem(path.name, 1, "this file is missing or not text")]) from None
    if root is None:
        raise BrokenFlow(reader.problems)
    keys = (
        "after",
        "ended",
        "asked",
        "alert",
        "unfinished",
        "not_now",
        "later",
        "pause",
        "useful",
        "unanswered",
        "day",
        "parts",
    )
    top = reader.mapping(root, "this file", keys)
    for key in keys:
        if key not in top:
            reader.note(root, f"`{key}:` is missing")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    at = {key: value for key, (_, value) in top.items()}
    plan = Plan(
        after=tuple(_span(reader, node) for node in reader.items(at["after"], "`after`")),
        ended=tuple(_span(reader, node) for node in reader.items(at["ended"], "`ended`")),
        on_request=_each(reader, at["asked"], _span),
        alert=_minutes(reader, at["alert"]),
        unfinished=_span(reader, at["unfinished"]),
        not_now=_each(reader, at["not_now"], _later),
        later=_each(reader, at["later"], _later),
        pause=_each(reader, at["pause"], _span),
        expires_after={
            k: _span(reader, v) for k, v in _mapping(reader, at["useful"], KINDS).items()
        },
        unanswered=_count(reader, at["unanswered"]),
        day=_window(reader, at["day"]),
        day_parts=_each(reader, at["parts"], _window),
    )
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return plan


def _mapping(reader: Reader, node: yaml.Node, keys: tuple[str, ...]) -> dict[str, yaml.Node]:
    found = {k: v for k, (_, v) in reader.mapping(node, "this part", keys).items()}
    for key in keys:
        if key not in found:
            reader.note(node, f"`{key}:` is missing")
    return found


def _each(reader: Reader, node: yaml.Node, read: Callable[[Reader, yaml.Node], T]) -> dict[str, T]:
    return {
        name: read(reader, value) for name, (_, value) in reader.mapping(node, "this part").items()
    }


def _window(reader: Reader, node: yaml.Node) -> TimeWindow:
    parts = _mapping(reader, node, ("from", "to"))
    window = TimeWindow(
        _time(reader, parts.get("from"), node), _time(reader, parts.get("to"), node)
    )
    if window.start >= window.end:
        reader.note(node, "it ends before it begins")
    return window


def _span(reader: Reader, node: yaml.Node) -> CalendarSpan:
    text = reader.text(node, "a length of time")
    match = _SPAN.fullmatch(text)
    if match is None:
        reader.note(node, f"`{text}` must be like `2 weeks`, `3 months` or `1 day`")
        return CalendarSpan()
    number, unit = int(match.group(1)), match.group(2)
    if unit == "month":
        return CalendarSpan(months=number)
    return CalendarSpan(days=number * (7 if unit == "week" else 1))


def _minutes(reader: Reader, node: yaml.Node) -> dt.timedelta:
    text = reader.text(node, "a length of time")
    match = _MINUTES.fullmatch(text)
    if match is None:
        reader.note(node, f"`{text}` must be like `30 minutes`")
        return dt.timedelta(minutes=30)
    return dt.timedelta(minutes=int(match.group(1)))


def _later(reader: Reader, node: yaml.Node) -> SpanAt:
    parts = _mapping(reader, node, ("in", "at"))
    span = _span(reader, parts["in"]) if "in" in parts else CalendarSpan()
    return SpanAt(span, _time(reader, parts.get("at"), node))


def _time(reader: Reader, node: yaml.Node | None, where: yaml.Node) -> dt.time:
    text = reader.text(node, "a time") if node is not None else ""
    match = _TIME.fullmatch(text)
    if match is None:
        reader.note(node or where, f"`{text}` must be a time like `09:00`")
        return dt.time()
    return dt.time(int(match.group(1)), int(match.group(2)))


def _count(reader: Reader, node: yaml.Node) -> int:
    text = reader.text(node, "a number")
    if not text.isdigit():
        reader.note(node, f"`{text}` must be a whole number")
        return 0
    return int(text)
