"""A person as the use cases see them: loaded whole, changed in memory, written by a batch.

Knows no SQL; holds nothing beyond one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.domain.worker import Case
from bot.store.tables import CheckinState, FollowUpState, ParticipantState
from flows.engine import Answer, Session


@dataclass(slots=True)
class OpenCheckin:
    """A check-in that waits, as the engine walks it, with what the database knows beside it.

    `said_turn` is the last turn whose prompt is known to be delivered, as message `said_message`;
    `heard` is the id of the last message of theirs that was taken as an answer; `case_id` is the
    case of a worker that it belongs to, if any. `about_version` is the version of the earlier one;
    `closed` are answers not shown at this phone.
    """

    id: int
    session: Session
    started_at: dt.datetime
    follows_id: int | None = None
    follows_version: str | None = None
    case_id: int | None = None
    sharing: str | None = None
    shared_with: int | None = None
    shown_turn: int = 0
    shown_message_id: int | None = None
    moved_at: dt.datetime | None = None
    last_answer_message_id: int | None = None
    hidden_answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(slots=True)
class Checkin:
    """A check-in with its answers, waiting or ended; `session` is where it stood last.

    `closed` are answers that are not shown at this phone; a worker with whom they were shared may
    still read them.
    """

    id: int
    flow: str
    version: str
    started_at: dt.datetime
    sharing: str | None
    state: CheckinState
    follows_id: int | None
    ended_at: dt.datetime | None
    session: Session
    case_id: int | None = None
    shared_with: int | None = None
    hidden_answers: Mapping[str, Answer] = field(default_factory=dict)


@dataclass(slots=True)
class FollowUp:
    """Something said, or to be said, later, about a check-in, a worker's case, or both."""

    id: int
    participant_id: int
    kind: str
    session_id: int | None
    state: FollowUpState
    outcome: str | None
    due_at: dt.datetime
    expires_at: dt.datetime
    attempts: int = 0
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactTimes:
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
    def from_json(cls, data: Mapping[str, Any]) -> ContactTimes:
        """From what `to_json` gave; from nothing, any decent time."""
        parts, days = data.get("parts", ()), data.get("days", ())
        return cls(tuple(parts), tuple(days), bool(data.get("never")))


@dataclass(frozen=True, slots=True)
class InactiveParticipant:
    """Somebody who uses a chat too and is not the one who is here now: nothing of theirs."""

    id: int
    private_word_hash: bytes | None
    state: ParticipantState
    next_follow_up_at: dt.datetime | None = None


@dataclass(slots=True)
class Participant:
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
    chat_id: int
    wrapped_key: bytes
    state: ParticipantState
    language: str
    audience: str
    timezone: str
    may_message: bool
    retention_months: int
    joined_at: dt.datetime
    moved_at: dt.datetime
    contact_times: ContactTimes = ContactTimes()
    paused_until: dt.datetime | None = None
    last_follow_up_at: dt.datetime | None = None
    unanswered: int = 0
    shared_phone: bool = False
    phone_checked_at: dt.datetime | None = None
    opening_line: str | None = None
    clears_after_checkin: bool = False
    clear_chat_at: dt.datetime | None = None
    pending_input: Mapping[str, Any] = field(default_factory=dict)
    pending_since: dt.datetime | None = None
    delete_at: dt.datetime | None = None
    receipt_hash: bytes | None = None
    content_version: int = 0
    open_checkin: OpenCheckin | None = None
    checkins: list[Checkin] = field(default_factory=list)
    next_follow_up_at: dt.datetime | None = None
    cases: list[Case] = field(default_factory=list)
    due_requests: list[FollowUp] = field(default_factory=list)
    is_active_at_chat: bool = True
    private_word_hash: bytes | None = None
    hidden_before: dt.datetime | None = None
    known_at: dt.datetime | None = None

    def hides(self, past: Checkin) -> bool:
        """Whether a check-in began before a closing: it can only be shared less from the phone."""
        return self.hidden_before is not None and past.started_at <= self.hidden_before

    def may_be_read_whole(self, past: Checkin) -> bool:
        """Whether what is closed of a check-in was shared before the closing, if it is shared.

        Who may read a check-in is said at its end. One that was still open when it was closed had
        been shared with nobody by then.
        """
        closed = self.hidden_before
        return closed is None or (past.ended_at is not None and past.ended_at <= closed)

    def case(self, case_id: int | None) -> Case | None:
        """The case with this id; without one, the newest."""
        if case_id is None:
            return self.cases[-1] if self.cases else None
        return next((case for case in self.cases if case.id == case_id), None)


@dataclass(frozen=True, slots=True)
class ContentOwner:
    """Whose words a reply holds, and how often they had taken something back when it was made.

    With a check-in and a worker, what that worker may read of it as long as it is shared. Without
    `taken_back` it holds no word of theirs, but is about them, and goes when they do.
    """

    participant_id: int
    content_version: int | None = None
    session_id: int | None = None
    worker_id: int | None = None

    @classmethod
    def of(
        cls, participant: Participant, session_id: int | None = None, worker_id: int | None = None
    ) -> ContentOwner:
        """The words of a person, as of now."""
        return cls(participant.id, participant.content_version, session_id, worker_id)
