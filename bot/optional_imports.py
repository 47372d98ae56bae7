"""Keeps rich and pygments from being imported where no terminal needs colours.

structlog, httpx and Mako import rich and pygments where those are installed: a hundred modules for
traces and commands that a bot never shows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_COLOURS = ("rich.console", "rich.pretty", "pygments")


@contextmanager
def without_colours() -> Iterator[None]:
    """Hides them from imports within the block, unless they are loaded already."""
    hidden = [name for name in _COLOURS if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own sign for: not there
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
