"""Tables of data-subject rights: receipts of deletion, complaints, and anonymous totals.

Receipts and totals identify no participant; a complaint outlives its author, without a link to
them.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.column_types import RowId
from bot.store.tables.metadata import Base


class ReceiptRow(Base):
    """That data was deleted, and when: found by the keyed hash of a code, and nothing else."""

    __tablename__ = "receipts"
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    at: Mapped[dt.datetime]


class ComplaintRow(Base):
    """A complaint: its text, encrypted by the system key, and its progress."""

    __tablename__ = "complaints"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    participant_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="SET NULL"), index=True
    )
    code: Mapped[str] = mapped_column(sa.String(12), unique=True)
    words: Mapped[bytes | None]
    voice: Mapped[bytes | None]
    language: Mapped[str] = mapped_column(sa.String(12))
    made_at: Mapped[dt.datetime]
    acknowledged_at: Mapped[dt.datetime | None]
    answered_at: Mapped[dt.datetime | None]


class AnswerCountRow(Base):
    """How often an answer was chosen in a month, once the answers themselves are deleted."""

    __tablename__ = "tallies"
    flow: Mapped[str] = mapped_column(sa.String(18), primary_key=True)
    version: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(18), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    choice: Mapped[str] = mapped_column(sa.String(18), primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    n: Mapped[int]
