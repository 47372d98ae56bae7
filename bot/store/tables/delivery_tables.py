"""Updates that were processed, replies to be sent, and messages that are in chats."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.tables.column_types import RowId
from bot.store.tables.metadata import Base


class ProcessedUpdateRow(Base):
    """An update that has been processed. Ids are not in order after a quiet week, so a set."""

    __tablename__ = "updates_seen"
    update_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(index=True)


class OutboxRow(Base):
    """A reply that is committed and not yet known to be delivered; deleted once it is.

    `at` moves when a process takes it to send. `body` is the rendered messages and the chat,
    encrypted by the system key: a participant who is deleted, or not yet known, is to get their
    answer too. Where it asks nothing of a session, the next reply to the same chat replaces it;
    without a `chat_hash` it waits for its own delivery, as a worker's notification must.
    `participant_id` is whose answers or name it contains, if any: it is deleted when they are
    withdrawn. A `held` one is deferred, because it came too late for a shared phone: it is sent
    once the participant's identity is confirmed.
    """

    __tablename__ = "owed"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    body: Mapped[bytes]
    chat_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32), index=True)
    session_id: Mapped[int | None] = mapped_column(RowId)
    participant_id: Mapped[int | None] = mapped_column(RowId, index=True)
    turn: Mapped[int]
    first_at: Mapped[dt.datetime]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    held: Mapped[bool] = mapped_column(server_default=sa.false())


class ChatMessageRow(Base):
    """A message that is visible in a chat, in or out: its id only, never its text.

    `clear_at` is when it is to be deleted by itself; `neutral` is the bot's that could not be
    deleted and is blanked.
    """

    __tablename__ = "messages"
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    message_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    ours: Mapped[bool]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    clear_at: Mapped[dt.datetime | None]
    neutral: Mapped[bool] = mapped_column(server_default=sa.false())

    __table_args__ = (
        sa.Index(
            "ix_messages_clear_at",
            "clear_at",
            sqlite_where=sa.text("clear_at IS NOT NULL"),
            postgresql_where=sa.text("clear_at IS NOT NULL"),
        ),
    )


class DeadLetterRow(Base):
    """A dead letter: an update that could not be processed, encrypted with its error.

    It may contain an answer, so `chat_hash` links it to its chat: it is deleted with the chat's
    data.
    """

    __tablename__ = "set_aside"
    update_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    error: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[bytes]
    at: Mapped[dt.datetime]


class WordingNoteRow(Base):
    """A note that a text sounds wrong: which, in what language, and the participant's text, if any.

    It does not record who wrote it.
    """

    __tablename__ = "wording_notes"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(12))
    place: Mapped[str] = mapped_column(sa.String(60))
    note: Mapped[bytes | None]
    at: Mapped[dt.datetime]


class NotifiedGroupRow(Base):
    """A group that has been notified that the bot only talks in private."""

    __tablename__ = "groups_told"
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    at: Mapped[dt.datetime]
