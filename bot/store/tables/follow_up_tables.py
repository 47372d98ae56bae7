"""Follow-ups: what is to be sent later."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.states import FollowUpState
from bot.store.tables.column_types import RowId, enum_column
from bot.store.tables.metadata import Base

OPEN_FOLLOW_UPS = "state IN ('waiting', 'claimed', 'sending')"
"""The condition of the partial index over follow-ups that are not finished.

Queries must use these very words: neither database matches bound values to the condition of a
partial index.
"""


class FollowUpRow(Base):
    """A message to send later; unique per participant, kind and scope."""

    __tablename__ = "follow_ups"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE")
    )
    kind: Mapped[str] = mapped_column(sa.String(20))
    scope: Mapped[str] = mapped_column(sa.String(40))
    session_id: Mapped[int | None] = mapped_column(RowId)
    case_id: Mapped[int | None] = mapped_column(RowId)
    turn: Mapped[int | None]
    state: Mapped[FollowUpState] = mapped_column(enum_column(FollowUpState))
    due_at: Mapped[dt.datetime]
    useless_after: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str | None] = mapped_column(sa.String(40))
    made_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.UniqueConstraint("participant_id", "kind", "scope"),
        sa.Index(
            "ix_follow_ups_case",
            "case_id",
            sqlite_where=sa.text("case_id IS NOT NULL"),
            postgresql_where=sa.text("case_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_follow_ups_open",
            "due_at",
            sqlite_where=sa.text(OPEN_FOLLOW_UPS),
            postgresql_where=sa.text(OPEN_FOLLOW_UPS),
        ),
        sa.Index(
            "ix_follow_ups_ended",
            "ended_at",
            sqlite_where=sa.text("ended_at IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        ),
    )
