"""What a state is, and how one is named. It checks nothing by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.precedence.scene import Scene

TOWN = "never seen"
"""What every other state begins from: there are workers and links, and nobody knows Kim."""
WAY = ("adult", "agree", "alone")
"""What is tapped from the greeting to the first question."""
SHARED = ("adult", "agree", "shared", "carry_on")
WORDS = "the stairs are loud at night"
VOICE = {"file_id": "v", "file_unique_id": "u", "duration": 3, "mime_type": "audio/ogg"}

Build = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """One state: what it begins from, how it is reached, and whether it is in memory only."""

    base: str | None
    build: Build
    in_memory: bool = False


STATES: dict[str, State] = {}


def state(
    name: str, base: str | None = TOWN, *, in_memory: bool = False
) -> Callable[[Build], Build]:
    """Names a state; what lives in the memory of a process only is done anew for each update."""

    def take(build: Build) -> Build:
        STATES[name] = State(base, build, in_memory)
        return build

    return take
