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


def checkin_of(
    row: Any, session: Session, closed: Mapping[str, Answer], follows_version: str | None
) -> Checkin:
    """A check-in from its row."""
    return Checkin(
        id=row.id,
        session=session,
        started_at=row.started_at,
        state=row.stage,
        moved_at=row.moved_at,
        ended_at=row.ended_at,
        follows_id=row.about,
        follows_version=follows_version,
        case_id=row.case_id,
        sharing=row.sharing,
        shared_with=row.shared_with,
        shown_turn=row.said_turn,
        shown_message_id=row.said_message,
        last_answer_message_id=row.heard,
        hidden_answers=closed,
    )
