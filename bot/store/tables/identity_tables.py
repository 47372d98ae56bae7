"""Tables by which a participant returns: to their data on a shared phone, or on a new one.

They contain no private word and no code, only their keyed hashes.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.column_types import RowId
from bot.store.tables.metadata import Base


class TransferCodeRow(Base):
    """A code that moves one participant to another phone, once. `worker_id` is who requested it.

    Used ones stay for a while, so that it can be seen who requested them and when. A code that a
    worker requested works from `works_from` on, or once the participant says yes to the follow-up
    `ask_id`.
    """

    __tablename__ = "rejoins"
    phrase_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    worker_id: Mapped[int | None] = mapped_column(sa.ForeignKey("workers.id"))
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    works_from: Mapped[dt.datetime | None]
    ask_id: Mapped[int | None] = mapped_column(RowId)


class TransferUndoRow(Base):
    """The chat a participant has left for another, encrypted, while the move can be undone."""

    __tablename__ = "farewells"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    until: Mapped[dt.datetime]


class CodeAttemptRow(Base):
    """How often a chat has typed a wrong private word or code, and when it may try again.

    `asked_at` is when it was last asked for them. One extra row counts the wrong ones of all.
    """

    __tablename__ = "tries"
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime | None]
    asked_at: Mapped[dt.datetime | None]
    at: Mapped[dt.datetime] = mapped_column(index=True)


class PastAccessRow(Base):
    """A worker's access to a participant who was moved and has since been deleted.

    A reading, or a code requested. `subject` is a random number, the same for one participant.
    """

    __tablename__ = "past_access"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    subject: Mapped[int] = mapped_column(RowId)
    worker_id: Mapped[int]
    what: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[dt.datetime] = mapped_column(index=True)
