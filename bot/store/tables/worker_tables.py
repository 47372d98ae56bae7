"""Tables of workers: accounts, cases, reads, records and alerts.

Contain no answers; a participant's name as a worker writes it is encrypted.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.states import WorkerState
from bot.store.tables.column_types import RowId, enum_column
from bot.store.tables.metadata import Base


class WorkerRow(Base):
    """One outreach worker. `waits` is their pending input, encrypted, for it may contain names.

    `unreachable_since` is since when Telegram accepts no message to them; empty once they write.
    """

    __tablename__ = "workers"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    chat: Mapped[bytes]
    name: Mapped[bytes]
    lead: Mapped[bool]
    standing: Mapped[WorkerState] = mapped_column(enum_column(WorkerState))
    language: Mapped[str] = mapped_column(sa.String(12))
    zone: Mapped[str] = mapped_column(sa.String(40))
    waits: Mapped[bytes | None]
    morning: Mapped[bool]
    morning_on: Mapped[dt.date | None]
    joined_at: Mapped[dt.datetime]
    removed_at: Mapped[dt.datetime | None]
    unreachable_since: Mapped[dt.datetime | None]


class WorkerInviteRow(Base):
    """An invite that creates one worker, once. Only its hash is stored."""

    __tablename__ = "worker_invites"
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    name: Mapped[bytes]
    lead: Mapped[bool]
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    worker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("workers.id"))


class CaseRow(Base):
    """One participant as one worker knows them, with the link they were given; no answers.

    `holder` is the keyed hash of the chat that opened the link, so that a second person cannot use
    it; it is deleted when that person declines or stops. Until they join, `participant_id` is
    empty. `data_key` encrypts what workers write about them, and is deleted with the case; itself
    it is encrypted by the system key. Without one (an old row) the system key encrypts the fields.
    `code_hash` is the keyed hash of the digits that open the link, until a participant joins by it;
    cards printed together have one `sheet`, and their `number` on it. `told_age` is the age group
    that the worker named; it is deleted when the participant joins.
    """

    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    worker_id: Mapped[int] = mapped_column(sa.ForeignKey("workers.id"))
    participant_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    data_key: Mapped[bytes | None]
    name: Mapped[bytes]
    service: Mapped[bytes | None]
    language: Mapped[str | None] = mapped_column(sa.String(12))
    token_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    expires_at: Mapped[dt.datetime]
    holder: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), index=True)
    second_use_at: Mapped[dt.datetime | None]
    joined_at: Mapped[dt.datetime | None]
    began_on: Mapped[dt.date | None]
    ended_on: Mapped[dt.date | None]
    made_at: Mapped[dt.datetime]
    code_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    sheet: Mapped[int | None] = mapped_column(RowId)
    number: Mapped[int | None]
    told_age: Mapped[str | None] = mapped_column(sa.String(12))

    __table_args__ = (
        sa.Index("ix_cases_worker", "worker_id", "made_at"),
        sa.Index("ix_cases_code_hash", "code_hash", unique=True),
    )


class RecordRow(Base):
    """The outcome that a service recorded, beside the participant's own view, never over it."""

    __tablename__ = "records"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    worker_id: Mapped[int] = mapped_column(sa.ForeignKey("workers.id"))
    outcome: Mapped[str] = mapped_column(sa.String(20))
    words: Mapped[bytes | None]
    at: Mapped[dt.datetime]


class ReadRow(Base):
    """One reading of one check-in by a worker, written in the transaction that read it."""

    __tablename__ = "reads"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    session_id: Mapped[int] = mapped_column(RowId)
    worker_id: Mapped[int] = mapped_column(sa.ForeignKey("workers.id"))
    at: Mapped[dt.datetime]


class AlertRow(Base):
    """A request for contact. `next_at` is when other workers are notified.

    Empty once acknowledged. `said_message` is the newest message that tells the participant how it
    stands, and `chat_hash` the keyed hash of its chat; both are empty again once that message says
    that a worker has seen it.
    """

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime | None] = mapped_column(index=True)
    seen_at: Mapped[dt.datetime | None]
    seen_by: Mapped[int | None] = mapped_column(sa.ForeignKey("workers.id"))
    chat_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    said_message: Mapped[int | None] = mapped_column(RowId)

    __table_args__ = (
        sa.Index(
            "ix_alerts_said_message",
            "said_message",
            sqlite_where=sa.text("said_message IS NOT NULL"),
            postgresql_where=sa.text("said_message IS NOT NULL"),
        ),
    )


class AlertStepRow(Base):
    """One step of an alert: a worker was notified, or acknowledged it."""

    __tablename__ = "alert_steps"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    alert_id: Mapped[int] = mapped_column(
        sa.ForeignKey("alerts.id", ondelete="CASCADE"), index=True
    )
    worker_id: Mapped[int] = mapped_column(sa.ForeignKey("workers.id"))
    step: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[dt.datetime]


class RefusalRow(Base):
    """An action that a worker (or a chat posing as one) tried without permission."""

    __tablename__ = "refusals"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    worker_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[dt.datetime]


class ServiceRow(Base):
    """A service on the list that leads maintain; its name is encrypted with the system key."""

    __tablename__ = "services"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    name: Mapped[bytes]


class ShownRow(Base):
    """A message in a worker's chat that shows a participant's answers, or only their name.

    `session_id` is the check-in whose answers it shows; empty where it only names them. It contains
    no text itself. `taken_back` is the participant's content version then.
    """

    __tablename__ = "shown"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    message_id: Mapped[int] = mapped_column(RowId)
    worker_id: Mapped[int]
    participant_id: Mapped[int] = mapped_column(RowId, index=True)
    session_id: Mapped[int | None] = mapped_column(RowId)
    taken_back: Mapped[int | None]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    next_at: Mapped[dt.datetime | None]

    __table_args__ = (sa.UniqueConstraint("chat_hash", "message_id"),)
