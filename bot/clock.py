"""The one place that reads the time.

Everything else is handed a clock, so that a test or a terminal can move it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

Clock = Callable[[], dt.datetime]
"""Gives the time now, in UTC, with its zone."""


def system_clock() -> dt.datetime:
    """The time now, in UTC."""
    return dt.datetime.now(dt.UTC)
