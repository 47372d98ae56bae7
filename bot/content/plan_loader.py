"""Loads the plan of follow-ups from `plan.yaml`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import yaml

from bot.schedule.plan import KINDS, CalendarSpan, Plan, SpanAt, TimeWindow
from flows.engine import BrokenFlow
from flows.engine.yaml_reader import Reader, open_yaml

T = TypeVar("T")
_SPAN = re.compile(r"(\d{1,3}) (day|week|month)s?")
_MINUTES = re.compile(r"([1-9]\d{0,3}) minutes?")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def load_plan(path: Path) -> Plan:
    """Reads `plan.yaml`.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader, root = open_yaml(path)
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
