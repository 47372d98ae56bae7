"""Maps rows to check-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.participant import Checkin
from bot.store.repositories.people.sealed_session import SessionPosition
from flows.engine import Answer, Session


def session_of(
    row: Any,
    way: SessionPosition,
    answers: Mapping[str, Answer],
    earlier: Mapping[str, Mapping[str, Answer]],
) -> Session:
    """A check-in's session with its answers, and those of the earlier ones it quotes, by flow."""
    return Session(
        flow=row.flow,
        version=row.version,
        step=way.step,
        turn=row.turn,
        trail=way.trail,
        passed=way.passed,
        picks=way.picks,
        begun=row.begun,
        answers=answers,
        earlier=earlier,
    )


def checkin_of(row: Any, session: Session, closed: Mapping[str, Answer]) -> Checkin:
    """A check-in as a participant can view it."""
    return Checkin(
        id=row.id,
        flow=row.flow,
        version=row.version,
        started_at=row.started_at,
        sharing=row.sharing,
        state=row.stage,
        follows_id=row.about,
        ended_at=row.ended_at,
        session=session,
        case_id=row.case_id,
        shared_with=row.shared_with,
        hidden_answers=closed,
    )
