"""Check-ins, their answers and voice notes, and the versions of the flows they were asked from."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.states import CheckinState
from bot.store.tables.column_types import RowId, enum_column
from bot.store.tables.metadata import Base


class FlowVersionRow(Base):
    """The source of every flow ever asked from, so that an edit breaks no open check-in."""

    __tablename__ = "flow_versions"
    version: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    flow: Mapped[str] = mapped_column(sa.String(18))
    source: Mapped[str] = mapped_column(sa.Text)
    first_seen: Mapped[dt.datetime]


class CheckinRow(Base):
    """One check-in of one participant, on the version it began with.

    `about` is the earlier one it quotes. `case_id` is the worker's case it is for, if any;
    `shared_with` the worker who may read it. `way` is the current step and the trail, encrypted.
    The four columns that had them as plaintext are empty, except in old rows (see
    `column_sealing`).
    """

    __tablename__ = "sessions"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE")
    )
    flow: Mapped[str] = mapped_column(sa.String(18))
    version: Mapped[str] = mapped_column(sa.ForeignKey("flow_versions.version"))
    step: Mapped[str] = mapped_column(sa.String(18))
    turn: Mapped[int]
    trail: Mapped[list[str]]
    passed: Mapped[list[str]]
    picks: Mapped[list[str]]
    way: Mapped[bytes | None]
    begun: Mapped[bool]
    stage: Mapped[CheckinState] = mapped_column(enum_column(CheckinState))
    sharing: Mapped[str | None] = mapped_column(sa.String(18))
    about: Mapped[int | None] = mapped_column(RowId)
    case_id: Mapped[int | None] = mapped_column(RowId, index=True)
    shared_with: Mapped[int | None]
    started_at: Mapped[dt.datetime]
    moved_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    heard: Mapped[int | None] = mapped_column(RowId)
    said_turn: Mapped[int] = mapped_column(default=0)
    said_message: Mapped[int | None] = mapped_column(RowId)

    __table_args__ = (
        sa.Index("ix_sessions_participant", "participant_id", "started_at"),
        sa.Index(
            "uq_sessions_one_waits",
            "participant_id",
            unique=True,
            sqlite_where=sa.text("stage = 'waiting'"),
            postgresql_where=sa.text("stage = 'waiting'"),
        ),
    )


class AnswerRow(Base):
    """The answer to one question. `said` is its state and its choices, which have no language.

    All of it is encrypted. `state` and `choices` are empty except in old rows (see
    `column_sealing`).
    """

    __tablename__ = "answers"
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[str] = mapped_column(sa.String(18), primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(sa.String(20))
    choices: Mapped[list[str]]
    said: Mapped[bytes | None]
    words: Mapped[bytes | None]
    voice: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(sa.String(12))
    at: Mapped[dt.datetime]


class VoiceRow(Base):
    """A voice note as bytes, encrypted with the participant's key: Telegram may forget it one day.

    Until it is downloaded `body` is empty and `next_at` is when to try; both are empty once it is
    given up. It is deleted with its answer.
    """

    __tablename__ = "voices"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[int] = mapped_column(RowId)
    step: Mapped[str] = mapped_column(sa.String(18))
    body: Mapped[bytes | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime | None] = mapped_column(index=True)

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["session_id", "step"], ["answers.session_id", "answers.step"], ondelete="CASCADE"
        ),
        sa.Index("ix_voices_answer", "session_id", "step"),
    )
