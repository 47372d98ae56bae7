"""Follow-ups from their rows, and which of them count as open."""

from __future__ import annotations

from typing import Any

from bot.domain.participant import FollowUp
from bot.domain.states import FollowUpState

OPEN = (FollowUpState.WAITING, FollowUpState.CLAIMED)
"""Follow-ups that are not being sent yet."""
ONLY_FIRST = "only if they write first"
"""The outcome of a follow-up to a participant who wants none."""


def follow_up(row: Any) -> FollowUp:
    """A follow-up from its row."""
    return FollowUp(
        id=row.id,
        participant_id=row.participant_id,
        kind=row.kind,
        session_id=row.session_id,
        state=row.state,
        outcome=row.outcome,
        due_at=row.due_at,
        expires_at=row.useless_after,
        attempts=row.attempts,
        case_id=row.case_id,
    )
