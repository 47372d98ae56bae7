"""A person as the use cases see them: loaded whole, changed in memory, written by a batch.

Knows no SQL; holds nothing beyond one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.worker import Case
from bot.store.tables import Due, Life, Stage
from flows.engine import Answer, Session


@dataclass(slots=True)
class Live:
    """A check-in that waits, as the engine walks it, with what the database knows beside it.

    `said_turn` is the last turn whose prompt is known to be delivered, as message `said_message`;
    `heard` is the id of the last message of theirs that was taken as an answer; `case_id` is the
    case of a worker that it belongs to, if any. `about_version` is the version of the earlier one;
    `closed` are answers not shown at this phone.
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
    closed: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(slots=True)
class Past:
    """A check-in with its answers, waiting or ended; `session` is where it stood last.

    `closed` are answers that are not shown at this phone; a worker with whom they were shared may
    still read them.
    """

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
    closed: Mapping[str, Answer] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who uses a chat too and is not the one who is here now: nothing of theirs."""

    id: int
    word: bytes | None
    state: Life
    hello_at: dt.datetime | None = None


@dataclass(slots=True)
class Person:
    """One participant. `chat` is their Telegram chat; `wrapped` their sealed data key.

    They are `here`, or somebody else uses the chat now. `word` is the keyed hash of their private
    word; what they said before `closed_before` is not shown at their phone.

    `cases` are those they have joined by a worker's link, oldest first; `asks` are a worker's
    requests for a check-in that are due, filled in where START may take them up. `waits` is what
    their next words mean, or what they wrote and have not yet said is to be kept. With a
    `delete_at` all of it goes then, and until then nobody reads it, they themselves neither.
    `phone_at` is when they said who sees their phone, `line` the hello they chose, and
    `clear_all_at` when the chat is cleared. `known_at` is when whoever holds the phone last said
    that it is them.
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
    phone_at: dt.datetime | None = None
    line: str | None = None
    clear_after: bool = False
    clear_all_at: dt.datetime | None = None
    waits: Mapping[str, Any] = field(default_factory=dict)
    waits_since: dt.datetime | None = None
    delete_at: dt.datetime | None = None
    receipt: bytes | None = None
    taken_back: int = 0
    live: Live | None = None
    past: list[Past] = field(default_factory=list)
    next_hello: dt.datetime | None = None
    cases: list[Case] = field(default_factory=list)
    asks: list[FollowUp] = field(default_factory=list)
    here: bool = True
    word: bytes | None = None
    closed_before: dt.datetime | None = None
    known_at: dt.datetime | None = None

    def hides(self, past: Past) -> bool:
        """Whether a check-in began before a closing: it can only be shared less from the phone."""
        return self.closed_before is not None and past.started_at <= self.closed_before

    def may_be_read_whole(self, past: Past) -> bool:
        """Whether what is closed of a check-in was shared before the closing, if it is shared.

        Who may read a check-in is said at its end. One that was still open when it was closed had
        been shared with nobody by then.
        """
        closed = self.closed_before
        return closed is None or (past.ended_at is not None and past.ended_at <= closed)

    def case(self, case_id: int | None) -> Case | None:
        """The case with this id; without one, the newest."""
        if case_id is None:
            return self.cases[-1] if self.cases else None
        return next((case for case in self.cases if case.id == case_id), None)


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose words a reply holds, and how often they had taken something back when it was made.

    With a check-in and a worker, what that worker may read of it as long as it is shared. Without
    `taken_back` it holds no word of theirs, but is about them, and goes when they do.
    """

    participant_id: int
    taken_back: int | None = None
    session_id: int | None = None
    worker_id: int | None = None

    @classmethod
    def of(
        cls, person: Person, session_id: int | None = None, worker_id: int | None = None
    ) -> Whose:
        """The words of a person, as of now."""
        return cls(person.id, person.taken_back, session_id, worker_id)
