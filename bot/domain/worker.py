"""A worker, and a participant as a worker knows them, as plain values.

Valid within one transaction.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from bot.domain.states import ParticipantState, WorkerState
from bot.domain.worker_inputs import WorkerInput


@dataclass(slots=True)
class Worker:
    """One outreach worker. `pending_input` is what their next text means, if anything."""

    id: int
    chat_id: int
    name: str
    lead: bool
    state: WorkerState
    language: str
    timezone: str
    daily_digest: bool = False
    pending_input: WorkerInput | None = None
    pending_since: dt.datetime | None = None
    unreachable: bool = False
    """Whether Telegram accepts no message to them."""

    @property
    def active(self) -> bool:
        """Whether they are a worker now."""
        return self.state is WorkerState.ACTIVE


@dataclass(slots=True)
class Case:
    """One participant as one worker knows them. `worker_name` is None if that worker was removed.

    `data_key` is the case's own key, encrypted as in its row.
    """

    id: int
    worker_id: int
    worker_name: str | None
    name: str
    service: str | None
    language: str | None
    expires_at: dt.datetime
    made_at: dt.datetime
    participant_id: int | None = None
    holder: bytes | None = None
    second_use_at: dt.datetime | None = None
    joined_at: dt.datetime | None = None
    began_on: dt.date | None = None
    ended_on: dt.date | None = None
    told_age: str | None = None
    """The age group that the worker named, until the participant has joined: "adult" or "teen"."""
    data_key: bytes | None = field(default=None, repr=False)
    number: int | None = None
    """The number on its sheet of cards, if it was printed on one."""
    code: str | None = field(default=None, repr=False)
    """The digits that open the link; known only when it is created."""
    is_heard: bool = True
    """Whether anybody would hear a request for contact: an active worker of it, or a lead."""


@dataclass(frozen=True, slots=True)
class WorkerInvite:
    """An invite that creates a worker, once. `worker_id` is the one it has created."""

    token_hash: bytes
    name: str
    lead: bool
    expires_at: dt.datetime
    worker_id: int | None


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """The status of one case: numbers and dates, never an answer."""

    case: Case
    participant_state: ParticipantState | None
    before_done: bool
    after_done: bool
    next_after: dt.datetime | None
    paused_until: dt.datetime | None
    uncertain: bool
    open_alert: bool
    unread: bool = False
    """Whether something is shared with the worker that they have not read."""


@dataclass(frozen=True, slots=True)
class ServiceOutcome:
    """The outcome that the service recorded last."""

    outcome: str
    words: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ReadableCheckin:
    """A check-in that a worker may read."""

    session_id: int
    flow: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Alert:
    """A request for contact. `notified` are the workers notified so far, in order, with when."""

    id: int
    case_id: int
    asked_at: dt.datetime
    seen_at: dt.datetime | None
    seen_by: str | None
    notified: tuple[tuple[int, str, dt.datetime], ...] = ()
