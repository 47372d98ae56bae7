"""Participants, what they agreed to, and the changes of their state."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.states import ParticipantState
from bot.store.tables.column_types import RowId, enum_column
from bot.store.tables.metadata import Base


class ParticipantRow(Base):
    """One participant, who has consented. `chat_hash` finds them; `chat` is encrypted.

    `waits` is the pending input where no question is open, encrypted. `delete_at` is when
    everything is deleted, unless they undo that; `receipt` the hash of the code they then have.
    `taken_back` counts what was changed or withdrawn: a message built before that, with their
    answers, is not sent any more. `phone_at` is when they last answered who sees the phone, `line`
    the opening line they chose for a shared one, and `clear_all_at` when the chat is to be cleared
    whole, as `clear_after` a check-in. `known_at` is when they last confirmed their identity: a
    follow-up newer than that opens nothing on a shared phone. `asked` is what stood under the
    newest message, encrypted: a typed reply to it may reach another process.

    Several participants may use one chat, one at a time. For an inactive one, the chat's hash is in
    `aside_hash`, and `chat_hash` finds nothing. `word_hash` is of the private word by which they
    come back, and their answers up to `closed_before` are hidden at their phone.
    """

    __tablename__ = "participants"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    aside_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    chat: Mapped[bytes]
    word_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    closed_before: Mapped[dt.datetime | None]
    data_key: Mapped[bytes]
    state: Mapped[ParticipantState] = mapped_column(enum_column(ParticipantState))
    language: Mapped[str] = mapped_column(sa.String(12))
    audience: Mapped[str] = mapped_column(sa.String(8))
    zone: Mapped[str] = mapped_column(sa.String(40))
    may_message: Mapped[bool]
    safe: Mapped[dict[str, Any]] = mapped_column(server_default=sa.text("'{}'"))
    paused_until: Mapped[dt.datetime | None]
    last_hello_at: Mapped[dt.datetime | None]
    unanswered: Mapped[int] = mapped_column(default=0)
    keep_months: Mapped[int]
    shared_phone: Mapped[bool] = mapped_column(server_default=sa.false())
    phone_at: Mapped[dt.datetime | None]
    line: Mapped[str | None] = mapped_column(sa.String(20))
    clear_after: Mapped[bool] = mapped_column(server_default=sa.false())
    clear_all_at: Mapped[dt.datetime | None]
    waits: Mapped[bytes | None]
    waits_since: Mapped[dt.datetime | None]
    joined_at: Mapped[dt.datetime]
    moved_at: Mapped[dt.datetime]
    delete_at: Mapped[dt.datetime | None]
    receipt: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    taken_back: Mapped[int] = mapped_column(default=0, server_default=sa.text("0"))
    known_at: Mapped[dt.datetime | None]
    asked: Mapped[bytes | None]
    asked_at: Mapped[dt.datetime | None]

    __table_args__ = (
        sa.Index(
            "ix_participants_aside_hash",
            "aside_hash",
            sqlite_where=sa.text("aside_hash IS NOT NULL"),
            postgresql_where=sa.text("aside_hash IS NOT NULL"),
        ),
        sa.Index(
            "ix_participants_delete_at",
            "delete_at",
            sqlite_where=sa.text("delete_at IS NOT NULL"),
            postgresql_where=sa.text("delete_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_participants_clear_all_at",
            "clear_all_at",
            sqlite_where=sa.text("clear_all_at IS NOT NULL"),
            postgresql_where=sa.text("clear_all_at IS NOT NULL"),
        ),
    )


class TransitionRow(Base):
    """One change of a participant's state: the history of their lifecycle."""

    __tablename__ = "moves"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    event: Mapped[str] = mapped_column(sa.String(20))
    before: Mapped[str] = mapped_column(sa.String(20))
    after: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[dt.datetime]


class ConsentRow(Base):
    """A consent, with the exact text and language that was shown."""

    __tablename__ = "consents"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(sa.String(20))
    given: Mapped[bool]
    version: Mapped[str] = mapped_column(sa.String(16))
    step: Mapped[str] = mapped_column(sa.String(18))
    language: Mapped[str] = mapped_column(sa.String(12))
    wording: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[dt.datetime]


class EarlyStopRow(Base):
    """A chat that sent stop before consent. `message_id` is where: buttons above it are dead."""

    __tablename__ = "early_stops"
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    message_id: Mapped[int] = mapped_column(RowId)
    until: Mapped[dt.datetime] = mapped_column(index=True)
