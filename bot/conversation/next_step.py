"""What follows after a handler; `resume` executes it."""

from __future__ import annotations

from enum import Enum, auto


class Next(Enum):
    """What follows after a handler's messages; None where nothing does."""

    RESUME = auto()
    """Repeat the question of the open check-in, if there is one."""
    START = auto()
    """What START brings: the greeting, the open question, the next check-in, or when it comes."""
    ONBOARD = auto()
    """The greeting."""
    ONBOARD_OTHER = auto()
    """The greeting after "I am someone else", with a button that undoes it."""
    ONBOARD_AGAIN = auto()
    """The open step of the onboarding, else the greeting."""
    BACK = auto()
    """What was open before help or danger, also during onboarding."""
    AFTER_CONSENT = auto()
    """The first check-in, or the one that was stopped half-way."""
    AFTER_WORD = auto()
    """The open question, or the first check-in of a new participant."""
    FOR_CASE = auto()
    """The first check-in for the case whose link they opened, unless one is open or done."""
