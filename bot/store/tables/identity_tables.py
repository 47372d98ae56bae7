"""The tables by which a person comes back: to their own words on a shared phone, or on a new one.

Holds no word and no number that anyone was given, only their keyed hashes.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables import Base, RowId


class TransferCodeRow(Base):
    """Numbers that move one person to another phone, once. `worker_id` is who asked for them.

    Those used stay for a while, so that it can be seen who asked for them and when. What a worker
    asked for works from `works_from` on, or once the person says yes to the hello `ask_id`.
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
    """The chat somebody has left for another, kept sealed while they may say it was not them."""

    __tablename__ = "farewells"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(
        sa.ForeignKey("participants.id", ondelete="CASCADE"), index=True
    )
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    until: Mapped[dt.datetime]


class CodeAttemptRow(Base):
    """How often a chat has typed a word or numbers that opened nothing, and when it may again.

    `asked_at` is when it was asked for them last. One row more counts the wrong ones of all.
    """

    __tablename__ = "tries"
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[dt.datetime | None]
    asked_at: Mapped[dt.datetime | None]
    at: Mapped[dt.datetime] = mapped_column(index=True)


class PastAccessRow(Base):
    """What a worker did about somebody whose story was moved and has since been deleted.

    A reading, or numbers asked for. `subject` is a random number, the same for one person.
    """

    __tablename__ = "past_access"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    subject: Mapped[int] = mapped_column(RowId)
    worker_id: Mapped[int]
    what: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[dt.datetime] = mapped_column(index=True)
