"""A person as the use cases see them: loaded whole, changed in memory, written by a batch.

Knows no SQL; holds nothing beyond one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.store.tables import Due, Life, Stage
from bot.store.workers import Case
from flows.engine import Session


@dataclass(slots=True)
class Live:
    """A check-in that waits, as the engine walks it, with what the database knows beside it.

    `said_turn` is the last turn whose prompt is known to be delivered, as message `said_message`;
    `heard` is the id of the last message of theirs that was taken as an answer; `case_id` is the
    case of a worker that it belongs to, if any. `about_version` is the version of the earlier one.
    """

    id: int
    session: Session
    started_at: dt.datetime
    about: int | None = None
    about_version: str | None = None
    case_id: int | None = None
    sharing: str | None = None
    shared_with: int | None = None
    said_turn: int = 0
    said_message: int | None = None
    moved_at: dt.datetime | None = None
    heard: int | None = None


@dataclass(slots=True)
class Past:
    """A check-in with its answers, waiting or ended; `session` is where it stood last."""

    id: int
    flow: str
    version: str
    started_at: dt.datetime
    sharing: str | None
    stage: Stage
    about: int | None
    ended_at: dt.datetime | None
    session: Session
    case_id: int | None = None
    shared_with: int | None = None


@dataclass(slots=True)
class FollowUp:
    """Something said, or to be said, later, about a check-in, a worker's case, or both."""

    id: int
    participant_id: int
    kind: str
    session_id: int | None
    state: Due
    outcome: str | None
    due_at: dt.datetime
    useless_after: dt.datetime
    attempts: int = 0
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class Safe:
    """When it is safe to write to someone first.

    `parts` are names of parts of the day (none: the whole decent day), `days` are weekdays with
    Monday as 0 (none: every day), and `never` means only if they write first.
    """

    parts: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    never: bool = False

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {"parts": list(self.parts), "days": list(self.days), "never": self.never}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Safe:
        """From what `to_json` gave; from nothing, any decent time."""
        parts, days = data.get("parts", ()), data.get("days", ())
        return cls(tuple(parts), tuple(days), bool(data.get("never")))


@dataclass(slots=True)
class Person:
    """One participant. `chat` is their Telegram chat; `wrapped` their sealed data key.

    `cases` are those they have joined by a worker's link, oldest first; `asks` are a worker's
    requests for a check-in that are due, filled in where START may take them up. `waits` is what
    their next words mean, or what they wrote and have not yet said is to be kept.
    """

    id: int
    chat: int
    wrapped: bytes
    state: Life
    language: str
    audience: str
    zone: str
    may_message: bool
    keep_months: int
    joined_at: dt.datetime
    moved_at: dt.datetime
    safe: Safe = Safe()
    paused_until: dt.datetime | None = None
    last_hello_at: dt.datetime | None = None
    unanswered: int = 0
    shared_phone: bool = False
    waits: Mapping[str, Any] = field(default_factory=dict)
    waits_since: dt.datetime | None = None
    live: Live | None = None
    past: list[Past] = field(default_factory=list)
    next_hello: dt.datetime | None = None
    cases: list[Case] = field(default_factory=list)
    asks: list[FollowUp] = field(default_factory=list)

    def case(self, case_id: int | None) -> Case | None:
        """The case with this id; without one, the newest."""
        if case_id is None:
            return self.cases[-1] if self.cases else None
        return next((case for case in self.cases if case.id == case_id), None)
