"""Logging: events with ids, and where an error happened; never a value.

The message of a library, or of an error, may contain a participant's text or the token.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.optional_imports import without_colours

with without_colours():
    import structlog

log = structlog.get_logger()
ROOT = Path(__file__).resolve().parent.parent
MOST_FRAMES = 12


def where(error: BaseException) -> str:
    """An error by its type, where it was raised, and its cause; no message, no values."""
    told, seen = [], set[int]()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        frames = traceback.extract_tb(each.__traceback__)[-MOST_FRAMES:]
        way = " < ".join(f"{_short(f.filename)}:{f.lineno}" for f in reversed(frames))
        told.append(f"{type(each).__name__} at {way or 'an unknown place'}")
        each = each.__cause__ or each.__context__
    return "; from ".join(told)


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


class OnlyWhere(logging.Formatter):
    """A library's log record: logger, level and location; its message is left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = f"level={record.levelname.lower()} event=library name={record.name}"
        line += f" at={Path(record.pathname).name}:{record.lineno}"
        if record.exc_info and record.exc_info[1] is not None:
            line += f' error="{where(record.exc_info[1])}"'
        return line


def log_to_stderr(level: int, libraries: int = logging.ERROR) -> None:
    """Logs our own events from this level on to stderr, and libraries' records without messages.

    The HTTP client's addresses contain the token, and the bot library's records whole updates.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OnlyWhere())
    logging.basicConfig(level=libraries, handlers=[handler], force=True)
    logging.captureWarnings(True)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
    )


def tell_no_values() -> None:
    """Logs uncaught errors by location alone, without values, in threads too."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _told("thread", args.exc_value)
    sys.unraisablehook = lambda args: _told("unraisable", args.exc_value)


def tell_of_loop(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs errors of tasks that were never awaited, for the event loop."""
    _told("task", context.get("exception"))


def _uncaught(
    _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
) -> None:
    if not isinstance(error, KeyboardInterrupt):
        _told("crash", error)


def _told(what: str, error: BaseException | None) -> None:
    log.error("uncaught", what=what, where=where(error) if error is not None else "unknown")
