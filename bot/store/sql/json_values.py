"""Converts row values to JSON and back, for encrypted files."""

from __future__ import annotations

import base64
import datetime as dt
import enum
from typing import Any


def to_json(value: Any) -> Any:
    """A value of a row as JSON."""
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return {"time": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return value.value if isinstance(value, enum.Enum) else value


def from_json(value: Any) -> Any:
    """The original of `to_json`'s result; an enumeration's is its text."""
    if isinstance(value, dict) and len(value) == 1:
        if "bytes" in value:
            return base64.b64decode(value["bytes"])
        if "time" in value:
            return dt.datetime.fromisoformat(value["time"])
        if "date" in value:
            return dt.date.fromisoformat(value["date"])
    return value
