"""Records what each participant allowed at one moment, for a restore; written with the keys.

Contains no text: states, times, keyed hashes, encrypted chats, and marks by which a current answer
is told from one that was changed or withdrawn since.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import FollowUpState
from bot.store.sql.json_values import from_json, to_json
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow

KIND = "ledger"
"""The kind that marks a line of a key file as part of the ledger."""
AT_ONCE = 500
OPEN = (FollowUpState.WAITING, FollowUpState.CLAIMED, FollowUpState.SENDING)

LedgerLine = dict[str, Any]
"""The ledger's values of one row."""

_PEOPLE = (
    *("state", "paused_until", "may_message", "safe", "unanswered", "last_hello_at"),
    *("chat_hash", "aside_hash", "chat", "word_hash", "closed_before"),
    *("shared_phone", "phone_at", "line", "clear_after", "clear_all_at"),
    *("language", "zone", "keep_months", "delete_at", "receipt", "taken_back", "waits"),
)
_SESSIONS = ("id", "sharing", "shared_with", "stage", "ended_at")
_CASES = ("id", "worker_id", "participant_id", "token_hash", "expires_at", "holder")


@dataclass(slots=True)
class Ledger:
    """The lines of one ledger, each kind by the id of its row."""

    made_at: dt.datetime
    participants: dict[int, LedgerLine] = field(default_factory=dict)
    sessions: dict[int, LedgerLine] = field(default_factory=dict)
    answers: dict[int, dict[str, str]] = field(default_factory=dict)
    """The mark of every current answer, by check-in and step."""
    follow_ups: dict[int, LedgerLine] = field(default_factory=dict)
    """The follow-ups that are still to be sent."""
    cases: dict[int, LedgerLine] = field(default_factory=dict)
    workers: dict[int, LedgerLine] = field(default_factory=dict)
    worker_invites: set[bytes] = field(default_factory=set)
    """The hashes of the unused ones."""
    early_stops: list[LedgerLine] = field(default_factory=list)


def mark_of(row: Any) -> str:
    """A mark of one version of an answer: a new answer, even with the same text, has another.

    Of the ciphertext, not of the content, and the day it was given, for of older moments no more is
    stored. The choices have a part of their own, as they may be encrypted later.
    """
    tapped = "" if row.said is None else _hash(row.said)
    return f"{_hash(row.words, row.voice)}:{tapped}:{row.at.astimezone(dt.UTC):%Y-%m-%d}"


def is_marked(row: Any, mark: str | None) -> bool:
    """Whether an answer is the one that was marked."""
    if mark is None:
        return False
    if ":" not in mark:  # as the first ledgers had it
        return mark == _hash(row.at.astimezone(dt.UTC).isoformat().encode(), row.words, row.voice)
    (said, tapped, day), (mine, mine_tapped, my_day) = (m.split(":") for m in (mark, mark_of(row)))
    # A timestamp rounded to the day in another zone may be on the adjacent day.
    apart = dt.date.fromisoformat(day) - dt.date.fromisoformat(my_day)
    same_tap = tapped == mine_tapped or "" in (tapped, mine_tapped)
    return said == mine and same_tap and abs(apart.days) <= 1


def _hash(*parts: bytes | None) -> str:
    return hashlib.blake2b(b"\0".join(p or b"" for p in parts), digest_size=8).hexdigest()


def mark_of_waits(waits: bytes | None) -> str | None:
    """A mark of a participant's pending input, which may contain text that is not stored yet."""
    return None if waits is None else hashlib.blake2b(waits, digest_size=8).hexdigest()


# --- writing -------------------------------------------------------------------------------------


async def ledger_lines(connection: AsyncConnection, now: dt.datetime) -> AsyncIterator[list[Any]]:
    """The lines of the ledger as of the moment that a connection sees."""
    yield [KIND, "made_at", to_json(now)]
    async for row in _rows(connection, ParticipantRow, "id", *_PEOPLE):
        yield _line("participants", row, waits=mark_of_waits(row["waits"]))
    async for row in _rows(connection, CheckinRow, *_SESSIONS):
        yield _line("sessions", row)
    async for session_id, marks in _marks(connection):
        yield [KIND, "answers", session_id, marks]
    open_ones = FollowUpRow.state.in_(OPEN)
    async for row in _rows(connection, FollowUpRow, "id", "due_at", where=open_ones):
        yield _line("follow_ups", row)
    async for row in _rows(connection, CaseRow, *_CASES):
        yield _line("cases", row)
    async for row in _rows(connection, WorkerRow, "id", "standing", "lead"):
        yield _line("workers", row)
    unused = WorkerInviteRow.worker_id.is_(None)
    async for row in _rows(connection, WorkerInviteRow, "token_hash", where=unused):
        yield [KIND, "worker_invites", to_json(row["token_hash"])]
    async for row in _rows(connection, EarlyStopRow, "chat_hash", "message_id", "until"):
        yield [KIND, "early_stops", {name: to_json(value) for name, value in row.items()}]


async def _rows(
    connection: AsyncConnection, table: type[Any], *names: str, where: Any = None
) -> AsyncIterator[dict[str, Any]]:
    statement = sa.select(*(getattr(table, name) for name in names))
    if where is not None:
        statement = statement.where(where)
    result = await connection.stream(statement.execution_options(yield_per=AT_ONCE))
    async for row in result.mappings():
        yield dict(row)


async def _marks(connection: AsyncConnection) -> AsyncIterator[tuple[int, dict[str, str]]]:
    row = AnswerRow
    statement = sa.select(row.session_id, row.step, row.at, row.said, row.words, row.voice)
    statement = statement.order_by(row.session_id, row.step)
    last, marks = 0, dict[str, str]()
    result = await connection.stream(statement.execution_options(yield_per=AT_ONCE))
    async for each in result:
        if each.session_id != last and marks:
            yield last, marks
            marks = {}
        last = each.session_id
        marks[each.step] = mark_of(each)
    if marks:
        yield last, marks


def _line(kind: str, row: dict[str, Any], **instead: Any) -> list[Any]:
    said = {name: to_json(value) for name, value in {**row, **instead}.items() if name != "id"}
    return [KIND, kind, row["id"], said]


# --- reading -------------------------------------------------------------------------------------


def add_line(ledger: Ledger | None, line: list[Any]) -> Ledger:
    """Adds a line to the ledger; the first begins it."""
    _, kind, *rest = line
    if ledger is None or kind == "made_at":
        return Ledger(from_json(rest[0]))
    if kind == "answers":
        ledger.answers[rest[0]] = rest[1]
    elif kind == "worker_invites":
        ledger.worker_invites.add(from_json(rest[0]))
    elif kind == "early_stops":
        ledger.early_stops.append(_opened(rest[0]))
    else:
        getattr(ledger, kind)[rest[0]] = _opened(rest[1])
    return ledger


def _opened(said: LedgerLine) -> LedgerLine:
    return {name: from_json(value) for name, value in said.items()}
