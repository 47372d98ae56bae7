"""The states somebody can be in when an update comes, all of them.

It checks nothing by itself.
"""

from __future__ import annotations

from tests.precedence import people_states, worker_states
from tests.precedence.state import STATES, TOWN, VOICE

EVERYTHING = (
    *(TOWN, "greeted", "BEFORE several, one picked", "deletion waits", "stopped half-way"),
    *("shared phone, first line stands", "two stories, second one here"),
    *("hello for AFTER open", "worker, also a participant"),
)
"""States in which every kind of update is tried; in the others those of which it may depend."""

__all__ = ["EVERYTHING", "STATES", "TOWN", "VOICE", "people_states", "worker_states"]
