"""The states of participants, check-ins, follow-ups and workers, as stored."""

from __future__ import annotations

import enum


class ParticipantState(enum.StrEnum):
    """The state of a participant. Before consent there is no row at all."""

    ACTIVE = "active"
    PAUSED = "paused"
    QUIET = "quiet"
    STOPPED = "stopped"


class CheckinState(enum.StrEnum):
    """The state of a check-in. At most one of a participant's is open."""

    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


class FollowUpState(enum.StrEnum):
    """The state of a follow-up. `uncertain` may have been sent, and is never sent again."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    UNCERTAIN = "uncertain"


class WorkerState(enum.StrEnum):
    """The state of a worker's account."""

    ACTIVE = "active"
    REMOVED = "removed"
