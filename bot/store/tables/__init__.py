"""The tables: what is kept, in which form, and what is never kept in clear.

Free text, voice references and chat ids are bytes sealed by `vault`; nothing here opens them.
"""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Random 62-bit numbers made by us, so that a row is known before it is written."""

Id = RowId
"""What migrations of earlier versions call it."""


class UtcTime(sa.TypeDecorator[dt.datetime]):
    """A moment, always with a zone in Python; SQLite itself would forget it."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        value = value.astimezone(dt.UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        if value is None:
            return None
        moment: dt.datetime = value
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)

    # The same for SQLite's own form of a moment, in one step each: several go with every row.

    def bind_processor(self, dialect: sa.Dialect) -> Any:
        """What hands a moment to the driver."""
        return _to_sqlite if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Any:
        """What takes a moment from the driver."""
        if dialect.name == "sqlite":
            return _from_sqlite
        return super().result_processor(dialect, coltype)


def _to_sqlite(value: dt.datetime | None) -> str | None:
    if value is None:
        return None
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_sqlite(value: str | None) -> dt.datetime | None:
    return None if value is None else dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)


def enum_column(kind: type[enum.StrEnum], length: int = 20) -> sa.Enum:
    """A column of one of these kinds, holding the value."""
    # Values, not member names: the column then holds what the code and the reports call it.
    return sa.Enum(
        kind,
        native_enum=False,
        length=length,
        values_callable=lambda members: [m.value for m in members],
        validate_strings=True,
    )


class ParticipantState(enum.StrEnum):
    """Where a participant stands. Before consent there is no row at all."""

    ACTIVE = "active"
    PAUSED = "paused"
    QUIET = "quiet"
    STOPPED = "stopped"


class CheckinState(enum.StrEnum):
    """Where a check-in stands. At most one of a participant's waits."""

    WAITING = "waiting"
    DONE = "done"
    STOPPED = "stopped"


class FollowUpState(enum.StrEnum):
    """What became of a follow-up. `uncertain` may have been sent, and is never sent again."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    UNCERTAIN = "uncertain"


class Base(DeclarativeBase):
    """The product's tables."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: UtcTime(),
        dt.date: sa.Date(),
        dict[str, Any]: sa.JSON(),
        list[str]: sa.JSON(),
    }


class KeyringRow(Base):
    """Keys of the house (not of a person), wrapped by the master key."""

    __tablename__ = "keyring"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    wrapped: Mapped[bytes]


class ParticipantRow(Base):
    """One person who said yes. `chat_hash` finds them; `chat` is sealed.

    `waits` is what their next words mean where no question waits for them, sealed. `delete_at` is
    when all of it goes, unless they undo that; `receipt` the hash of the code they then hold.
    `taken_back` counts what was changed or taken back: what was put together before that, and holds
    their words, is not sent any more. `phone_at` is when they last said who sees the phone, `line`
    the hello they chose for one that others see, and `clear_all_at` when the chat is to be cleared
    whole, as `clear_after` a check-in. `known_at` is when they last said that it is them: a hello
    newer than that opens nothing on a phone that others see.

    Several people may use one chat, one at a time. For whoever is not the one who is there now,
    the chat's hash stands in `aside_hash`, and `chat_hash` finds nothing. `word_hash` knows the
    private word by which they come back, and what they said up to `closed_before` is shown to
    nobody at their phone.
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
    """What a person agreed to, in the very words and language they were shown."""

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


class FlowVersionRow(Base):
    """The source of every flow anyone has been asked from, so that nobody is broken by an edit."""

    __tablename__ = "flow_versions"
    version: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    flow: Mapped[str] = mapped_column(sa.String(18))
    source: Mapped[str] = mapped_column(sa.Text)
    first_seen: Mapped[dt.datetime]


class CheckinRow(Base):
    """One check-in of one person, on the version it began. `about` is the earlier one it quotes.

    `case_id` is the worker's case it is for, if any; `shared_with` the worker who may read it.
    `way` is the step it stands at and those it went through, sealed. The four columns that had them
    in clear are empty, but for rows of before (see `sealed_rows`).
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
    """What was said to one question. `said` is its state and its choices, which have no language.

    All of it is sealed. `state` and `choices` are empty but in rows of before (see `sealed_rows`).
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
    """A voice note as bytes, sealed with the person's key: Telegram may forget it one day.

    Until it is fetched `body` is empty and `next_at` says when to try; both are empty once it is
    given up. It goes with its answer.
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


class ProcessedUpdateRow(Base):
    """An update that has had its effect. Ids are not in order after a quiet week, so a set."""

    __tablename__ = "updates_seen"
    update_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    at: Mapped[dt.datetime] = mapped_column(index=True)


class OutboxRow(Base):
    """A reply that is committed and not yet known to be delivered; gone once it is.

    `at` moves when a process takes it to send. `body` is the rendered messages and the chat,
    sealed by the house key: a person who is deleted, or not yet known, is owed their answer too.
    Where it asks nothing of a session, the next reply to the same chat takes its place; without a
    `chat_hash` it waits for its own delivery, as what a worker is told must. `participant_id` is
    whose words or name it holds, if anyone's: it goes when they take them back. What is `held` came
    too late for a phone that others see: it is said once they say that it is them.
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
    """A message that stands in someone's chat, theirs or ours: its number only, never its words.

    `clear_at` is when it is to be taken away by itself; `neutral` is ours that could not be taken
    away and now says nothing.
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
    """An update that could not be processed, kept sealed with its error for the operator.

    It may hold words, so `chat_hash` says whose it is: it goes with them.
    """

    __tablename__ = "set_aside"
    update_id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    chat_hash: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    error: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[bytes]
    at: Mapped[dt.datetime]


class WordingNoteRow(Base):
    """Somebody said that words sound wrong: which, in what language, and theirs if they gave any.

    Nothing says who it was.
    """

    __tablename__ = "wording_notes"
    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=False)
    language: Mapped[str] = mapped_column(sa.String(12))
    place: Mapped[str] = mapped_column(sa.String(60))
    note: Mapped[bytes | None]
    at: Mapped[dt.datetime]


class NotifiedGroupRow(Base):
    """A group that has been told that the bot only talks in private."""

    __tablename__ = "groups_told"
    chat_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    at: Mapped[dt.datetime]


class FollowUpRow(Base):
    """Something to say later. Unique per person, kind and scope, so it cannot be planned twice."""

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
            sqlite_where=sa.text("state IN ('waiting', 'claimed', 'sending')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed', 'sending')"),
        ),
        sa.Index(
            "ix_follow_ups_ended",
            "ended_at",
            sqlite_where=sa.text("ended_at IS NOT NULL"),
            postgresql_where=sa.text("ended_at IS NOT NULL"),
        ),
    )
