"""Encrypts choices, and the path through a check-in, like typed text.

Old rows have both in plaintext columns. Those count where they are not empty: an older program that
still runs beside this one writes only them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.crypto.vault import DataKey

BLOCK = 256
"""Plaintext is padded to a multiple of this, so that its length reveals nothing."""
NO_ANSWER: dict[str, Any] = {"state": "", "choices": []}
"""The plaintext columns of an answer that is encrypted."""
NO_WAY: dict[str, Any] = {"step": "", "trail": [], "passed": [], "picks": []}
"""The same for a check-in. With `way` empty too, its path is deleted."""


@dataclass(frozen=True, slots=True)
class SessionPosition:
    """The position of a check-in, and its path."""

    step: str = ""
    trail: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    picks: tuple[str, ...] = ()


def seal_choices(
    key: DataKey, participant: int, session: int, step: str, state: str, choices: Sequence[str]
) -> bytes:
    """Encrypts the state and the choices of an answer for its row."""
    text = _filled([state, *choices])
    return key.seal(text, "answers", participant, session, step, "said")


def open_choices(key: DataKey, row: Any) -> tuple[str, tuple[str, ...]]:
    """Decrypts the state and the choices of an answer.

    Raises:
        WrongKey: they were encrypted for another row, or with another key.
    """
    if row.state:
        return row.state, tuple(row.choices)
    at = ("answers", row.participant_id, row.session_id, row.step, "said")
    state, *choices = json.loads(key.open(row.said or b"", *at))
    return state, tuple(choices)


def seal_position(key: DataKey, participant: int, session: int, way: SessionPosition) -> bytes:
    """Encrypts the path of a check-in for its row."""
    text = _filled([way.step, way.trail, way.passed, way.picks])
    return key.seal(text, "sessions", participant, session, "way")


def open_position(key: DataKey, row: Any) -> SessionPosition:
    """Decrypts the path of a check-in.

    Raises:
        WrongKey: it was encrypted for another row, or with another key.
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
