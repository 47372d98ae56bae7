"""Parses the Date header of an answer (RFC 9110, 6.6.1), once for each second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

Dated = Callable[[dt.datetime], None]
"""Receives the time of the other side."""


class HttpDates:
    """Calls `dated` with each time it is given; an invalid time is ignored."""

    def __init__(self, dated: Dated) -> None:
        self._dated = dated
        self._last: tuple[bytes, dt.datetime] = b"", dt.datetime.min.replace(tzinfo=dt.UTC)

    def parse(self, value: bytes) -> None:
        """Parses the header's value."""
        last, at = self._last
        if value != last:
            try:
                at = parsedate_to_datetime(value.decode("ascii"))
            except (ValueError, TypeError):
                return
            if at.tzinfo is None:
                return  # "-0000": no time zone is given
            self._last = value, at
        self._dated(at)
