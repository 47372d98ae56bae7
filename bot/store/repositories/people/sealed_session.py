"""What was tapped, and the way through a check-in, sealed like what was typed.

A row of before this has both in clear columns. Those count where they are not empty: an older
program that still runs beside this one writes only them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.crypto.vault import DataKey

BLOCK = 256
"""What is sealed is filled up to a multiple of this, so that its length says nothing."""
NO_ANSWER: dict[str, Any] = {"state": "", "choices": []}
"""What stands in the clear columns of an answer that is sealed."""
NO_WAY: dict[str, Any] = {"step": "", "trail": [], "passed": [], "picks": []}
"""The same for a check-in. With `way` empty too, the way it went is forgotten."""


@dataclass(frozen=True, slots=True)
class SessionPosition:
    """Where a check-in stands, and which way it went."""

    step: str = ""
    trail: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()


def seal_choices(
    key: DataKey, participant: int, session: int, step: str, state: str, choices: Sequence[str]
) -> bytes:
    """The state and the choices of an answer, sealed for its row."""
    text = _filled([state, *choices])
    return key.seal(text, "answers", participant, session, step, "said")


def open_choices(key: DataKey, row: Any) -> tuple[str, tuple[str, ...]]:
    """The state and the choices of an answer, from its row.

    Raises:
        WrongKey: when they were sealed for another row, or by another key.
    """
    if row.state:
        return row.state, tuple(row.choices)
    at = ("answers", row.participant_id, row.session_id, row.step, "said")
    state, *choices = json.loads(key.open(row.said or b"", *at))
    return state, tuple(choices)


def seal_position(key: DataKey, participant: int, session: int, way: SessionPosition) -> bytes:
    """The way of a check-in, sealed for its row."""
    text = _filled([way.step, way.trail, way.passed, way.picks])
    return key.seal(text, "sessions", participant, session, "way")


def open_position(key: DataKey, row: Any) -> SessionPosition:
    """The way of a check-in, from its row.

    Raises:
        WrongKey: when it was sealed for another row, or by another key.
    """
    if row.step:
        return SessionPosition(row.step, tuple(row.trail), tuple(row.passed), tuple(row.picks))
    if row.way is None:
        return SessionPosition()
    text = key.open(row.way, "sessions", row.participant_id, row.id, "way")
    step, *lists = json.loads(text)
    return SessionPosition(step, *map(tuple, lists))


def _filled(value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":")).encode()
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)
