"""Reads the time in the head of an answer (RFC 9110, 6.6.1), once for each second."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

Dated = Callable[[dt.datetime], None]
"""Told the time of the other side."""


class HttpDates:
    """Tells `dated` of each time it is given; what is no time is passed over."""

    def __init__(self, dated: Dated) -> None:
        self._dated = dated
        self._last: tuple[bytes, dt.datetime] = b"", dt.datetime.min.replace(tzinfo=dt.UTC)

    def parse(self, value: bytes) -> None:
        """Takes a time as it stands in the head."""
        last, at = self._last
        if value != last:
            try:
                at = parsedate_to_datetime(value.decode("ascii"))
            except (ValueError, TypeError):
                return
            if at.tzinfo is None:
                return  # "-0000": it does not say where
            self._last = value, at
        self._dated(at)
