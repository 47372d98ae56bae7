"""When follow-ups fall due, by calendar arithmetic on the person's own clock.

Sends nothing and reads no clock.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from flows.engine import BrokenFlow, Problem
from flows.engine.yamlfile import Reader

_SPAN = re.compile(r"(\d{1,3}) (day|week|month)s?")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
KINDS = ("after", "unfinished", "not_now", "pause")


@dataclass(frozen=True, slots=True)
class Span:
    """A length of calendar time: three months are three months, whatever their days."""

    months: int = 0
    days: int = 0

    def __bool__(self) -> bool:
        return bool(self.months or self.days)


@dataclass(frozen=True, slots=True)
class Later:
    """A span and the time of day it means."""

    span: Span
    at: dt.time


@dataclass(frozen=True, slots=True)
class Plan:
    """All of `plan.yaml`."""

    after: tuple[Span, ...]
    unfinished: Span
    not_now: Mapping[str, Later]
    useful: Mapping[str, Span]
    unanswered: int
    day_from: dt.time
    day_to: dt.time


def add(moment: dt.datetime, span: Span, zone: str, at: dt.time | None = None) -> dt.datetime:
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


def decent(moment: dt.datetime, zone: str, start: dt.time, end: dt.time) -> dt.datetime:
    """The moment itself, or the next one between two times of day in a zone."""
    local = moment.astimezone(ZoneInfo(zone))
    if local.time() < start:
        return at_local(local.date(), start, zone)
    if local.time() >= end:
        return at_local(local.date() + dt.timedelta(days=1), start, zone)
    return moment


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
    keys = ("after", "unfinished", "not_now", "useful", "unanswered", "day")
    top = reader.mapping(root, "this file", keys)
    for key in keys:
        if key not in top:
            reader.note(root, f"`{key}:` is missing")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    at = {key: value for key, (_, value) in top.items()}
    day = _mapping(reader, at["day"], ("from", "to"))
    plan = Plan(
        after=tuple(_span(reader, node) for node in reader.items(at["after"], "`after`")),
        unfinished=_span(reader, at["unfinished"]),
        not_now={
            name: _later(reader, node)
            for name, (_, node) in reader.mapping(at["not_now"], "`not_now`").items()
        },
        useful={k: _span(reader, v) for k, v in _mapping(reader, at["useful"], KINDS).items()},
        unanswered=_count(reader, at["unanswered"]),
        day_from=_time(reader, day.get("from"), at["day"]),
        day_to=_time(reader, day.get("to"), at["day"]),
    )
    if plan.day_from >= plan.day_to:
        reader.note(at["day"], "the day ends before it begins")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return plan


def _mapping(reader: Reader, node: yaml.Node, keys: tuple[str, ...]) -> dict[str, yaml.Node]:
    found = {k: v for k, (_, v) in reader.mapping(node, "this part", keys).items()}
    for key in keys:
        if key not in found:
            reader.note(node, f"`{key}:` is missing")
    return found


def _span(reader: Reader, node: yaml.Node) -> Span:
    text = reader.text(node, "a length of time")
    match = _SPAN.fullmatch(text)
    if match is None:
        reader.note(node, f"`{text}` must be like `2 weeks`, `3 months` or `1 day`")
        return Span()
    number, unit = int(match.group(1)), match.group(2)
    if unit == "month":
        return Span(months=number)
    return Span(days=number * (7 if unit == "week" else 1))


def _later(reader: Reader, node: yaml.Node) -> Later:
    parts = _mapping(reader, node, ("in", "at"))
    span = _span(reader, parts["in"]) if "in" in parts else Span()
    return Later(span, _time(reader, parts.get("at"), node))


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
