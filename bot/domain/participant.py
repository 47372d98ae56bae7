"""A participant as an entity: loaded whole, changed in memory, written by the unit of work.

Valid within one transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.domain.participant_inputs import PendingInput
from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.domain.worker import Case
from flows.engine import Answer, Session


@dataclass(slots=True)
class Checkin:
    """A check-in with its answers, open or ended; `session` is its position in the engine.

    `state` and `ended_at` are as they were loaded. `shown_turn` is the last turn whose prompt is
    known to be delivered, as message `shown_message_id`; `last_answer_message_id` is the last
    message of theirs that was stored as an answer; `case_id` is the case of a worker that it
    belongs to, if any. `follows_version` is the version of the earlier check-in. `hidden_answers`
    are not shown at this phone; a worker with whom they were shared may still read them.
    """

    id: int
    session: Session
    started_at: dt.datetime
    state: CheckinState = CheckinState.WAITING
    moved_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    follows_id: int | None = None
    follows_version: str | None = None
    case_id: int | None = None
    sharing: str | None = None
    shared_with: int | None = None
    shown_turn: int = 0
    shown_message_id: int | None = None
    last_answer_message_id: int | None = None
    hidden_answers: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def flow(self) -> str:
        """The name of its flow."""
        return self.session.flow

    @property
    def version(self) -> str:
        """The version of the flow that it was asked from."""
        return self.session.version

    def reopened(self) -> Checkin:
        """The same check-in, open again; none of its prompts is in the chat."""
        return replace(
            self,
            state=CheckinState.WAITING,
            moved_at=None,
            ended_at=None,
            follows_version=None,
            shown_turn=0,
            shown_message_id=None,
            last_answer_message_id=None,
        )


@dataclass(slots=True)
class FollowUp:
    """A message sent, or to be sent, later, about a check-in, a worker's case, or both."""

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
    """When unsolicited messages are safe.

    `parts` are names of parts of the day (none: the whole decent day), `days` are weekdays with
    Monday as 0 (none: every day), and `never` means only if they write first.
    """

    parts: tuple[str, ...] = ()
    days: tuple[int, ...] = ()
    never: bool = False

    def to_json(self) -> dict[str, Any]:
        """Serialises to a JSON object."""
        return {"parts": list(self.parts), "days": list(self.days), "never": self.never}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ContactTimes:
        """Parses the result of `to_json`; without one, any decent time."""
        parts, days = data.get("parts", ()), data.get("days", ())
        return cls(tuple(parts), tuple(days), bool(data.get("never")))


@dataclass(frozen=True, slots=True)
class InactiveParticipant:
    """Another participant of a chat, who is not the active one; without their data."""

    id: int
    private_word_hash: bytes | None
    state: ParticipantState
    next_follow_up_at: dt.datetime | None = None


@dataclass(slots=True)
class Participant:
    """One participant. `chat_id` is their Telegram chat; `wrapped_key` their wrapped data key.

    They are active at the chat, or another participant is. `private_word_hash` is the keyed hash of
    their private word; answers before `hidden_before` are not shown at their phone.

    `cases` are those they have joined by a worker's link, oldest first; `due_requests` a worker's
    requests for a check-in that are due, filled in where START may resume them. `pending_input` is
    what their next text means, or a pending text that they have not yet chosen to keep. With a
    `delete_at` everything is deleted then, and until then it is not readable, not even by
    themselves. `phone_checked_at` is when they answered who sees their phone, `opening_line` the
    one they chose, and `clear_chat_at` when the chat is cleared. `known_at` is when the holder of
    the phone last confirmed their identity, `last_asked` what stood under the newest message.
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
    pending_input: PendingInput | None = None
    pending_since: dt.datetime | None = None
    delete_at: dt.datetime | None = None
    receipt_hash: bytes | None = None
    content_version: int = 0
    open_checkin: Checkin | None = None
    checkins: list[Checkin] = field(default_factory=list)
    next_follow_up_at: dt.datetime | None = None
    cases: list[Case] = field(default_factory=list)
    due_requests: list[FollowUp] = field(default_factory=list)
    is_active_at_chat: bool = True
    private_word_hash: bytes | None = None
    hidden_before: dt.datetime | None = None
    known_at: dt.datetime | None = None
    last_asked: Mapping[str, Any] | None = None

    def has_buttons(self, since: dt.datetime | None = None) -> bool:
        """Whether buttons that can be typed stand under the newest message, said `since` then."""
        asked = self.last_asked
        if not asked or not asked.get("buttons"):
            return False
        return since is None or dt.datetime.fromisoformat(asked["at"]) >= since

    def hides(self, past: Checkin) -> bool:
        """Whether a check-in began before its history was hidden.

        From the phone it can then only be shared less.
        """
        return self.hidden_before is not None and past.started_at <= self.hidden_before

    def may_be_read_whole(self, past: Checkin) -> bool:
        """Whether what is hidden of a check-in was shared before, if it is shared.

        Who may read a check-in is answered at its end. One that was still open when it was hidden
        had been shared with no one by then.
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
    """The participant whose answers a reply contains, and their content version when it was made.

    With a check-in and a worker: what that worker may read of it as long as it is shared. Without
    `content_version` it contains none of their answers, but is about them, and is deleted with
    them.
    """

    participant_id: int
    content_version: int | None = None
    session_id: int | None = None
    worker_id: int | None = None

    @classmethod
    def of(
        cls, participant: Participant, session_id: int | None = None, worker_id: int | None = None
    ) -> ContentOwner:
        """The current version of a participant's content."""
        return cls(participant.id, participant.content_version, session_id, worker_id)
