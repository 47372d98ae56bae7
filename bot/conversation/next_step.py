"""What follows once a handler has done its part; `resume` goes there."""

from __future__ import annotations

from enum import Enum, auto


class Next(Enum):
    """What comes after a handler's own words; a handler that gives None ends there."""

    RESUME = auto()
    """The question of the open check-in, if there is one."""
    START = auto()
    """What START brings: the greeting, the open question, the next check-in, or when it comes."""
    ONBOARD = auto()
    """The greeting."""
    ONBOARD_AGAIN = auto()
    """The step on the way to consent that waits, else the greeting."""
    BACK = auto()
    """What stood there before help or danger, also on the way to consent."""
    AFTER_CONSENT = auto()
    """The first check-in, or the one that was stopped half-way."""
    AFTER_WORD = auto()
    """The open question, or the first check-in of a new participant."""
    FOR_CASE = auto()
    """The first check-in for the case whose link they opened, unless one is open or done."""
