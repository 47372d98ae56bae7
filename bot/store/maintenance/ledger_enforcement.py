"""Applies the consent ledger to restored rows: what was ended or withdrawn since stays so.

Rows are never given more than the rows or the ledger allow. Both may be wrong about what came after
the ledger, which is unknown: see `only_if_they_write_first`.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState, FollowUpState, ParticipantState, WorkerState
from bot.store.maintenance.consent_ledger import OPEN, Ledger, LedgerLine, is_marked, mark_of_waits
from bot.store.maintenance.time_rounding import end, is_rounded, zone_of
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow

Row = Mapping[str, Any]

IN_ORDER = (
    ParticipantState.ACTIVE,
    ParticipantState.PAUSED,
    ParticipantState.QUIET,
    ParticipantState.STOPPED,
)
"""States, ordered by how little may be sent."""
_AS_SAID_LAST = (
    *("chat_hash", "aside_hash", "chat", "word_hash", "line", "phone_at", "clear_all_at"),
    *("language", "zone", "keep_months", "delete_at", "receipt"),
)
"""Columns of a participant that are neither more nor less: the latest answer counts."""
_NOBODY = {"sharing": Sharing.ONLY_ME, "shared_with": None}
_AT_ONCE = 500


# --- participants who may have stopped since -----------------------------------------------------


def only_if_they_write_first(connection: sa.Connection) -> int:
    """Stops all unsolicited messages; returns for how many participants that is new.

    A stop, a move to another phone or a "not at home" may have come after the newest ledger was
    written, however short a time that was before the end, and a follow-up then reaches the wrong
    person. A participant who gets less than they want can change it in a minute: they are informed,
    and asked.
    """
    changed = [
        {"b_id": row.id, "safe": {**row.safe, "never": True}}
        for row in connection.execute(sa.select(ParticipantRow.id, ParticipantRow.safe))
        if not row.safe.get("never")
    ]
    _update(connection, ParticipantRow, changed)
    return len(changed)


def end_invites(connection: sa.Connection, now: dt.datetime) -> int:
    """Ends the invites of workers that may have been used since; returns how many."""
    unused = sa.and_(WorkerInviteRow.worker_id.is_(None), WorkerInviteRow.expires_at > now)
    statement = sa.update(WorkerInviteRow).where(unused).values(expires_at=now)
    return connection.execute(statement).rowcount


# --- what the ledger records ---------------------------------------------------------------------


def hold_to(connection: sa.Connection, ledger: Ledger, *, newer: bool) -> int:
    """Restricts all rows to what the ledger allows; returns how many participants changed.

    `newer` means that the ledger is at least as new as the rows; else only what is less counts.
    """
    changed = _people(connection, ledger, newer=newer)
    _workers(connection, ledger, newer=newer)
    if newer:
        handed_on = _cases(connection, ledger)
        changed |= _answers(connection, ledger) | _hellos(connection, ledger)
        _invites(connection, ledger)
    else:
        handed_on = set()
    changed |= _sessions(connection, ledger, handed_on, newer=newer)
    _silence_stopped(connection, ledger.made_at)
    if ledger.early_stops:
        connection.execute(sa.insert(EarlyStopRow), ledger.early_stops)
    return len(changed)


def less_of(row: Row, said: LedgerLine, *, newer: bool) -> dict[str, Any]:
    """The values of a participant's own row that both the row and the ledger allow."""
    state = max(ParticipantState(row["state"]), ParticipantState(said["state"]), key=IN_ORDER.index)
    values: dict[str, Any] = {
        "state": state,
        "may_message": row["may_message"] and said["may_message"],
        "shared_phone": row["shared_phone"] or said["shared_phone"],
        "clear_after": row["clear_after"] or said["clear_after"],
        "closed_before": _latest(row["closed_before"], _at_latest(row, said, "closed_before")),
        "last_hello_at": _latest(row["last_hello_at"], _at_latest(row, said, "last_hello_at")),
        "unanswered": max(row["unanswered"], said["unanswered"]),
        "taken_back": max(row["taken_back"], said["taken_back"]),
    }
    if state is ParticipantState.PAUSED:
        ends = [e["paused_until"] for e in (row, said) if e["state"] == ParticipantState.PAUSED]
        values["paused_until"] = None if None in ends else max(ends)
    never = bool(row["safe"].get("never") or said["safe"].get("never"))
    safe = said["safe"] if newer else row["safe"]
    values["safe"] = {**safe, "never": True} if never else safe
    if newer:
        values |= {name: said[name] for name in _AS_SAID_LAST}
    if state is ParticipantState.STOPPED or (
        newer and mark_of_waits(row["waits"]) != said["waits"]
    ):
        values |= {"waits": None, "waits_since": None}
    return {name: value for name, value in values.items() if row[name] != value}


def _people(connection: sa.Connection, ledger: Ledger, *, newer: bool) -> set[int]:
    changed: dict[int, dict[str, Any]] = {}
    for found in connection.execute(sa.select(ParticipantRow)).mappings():
        row = dict(found)
        said = ledger.participants.get(row["id"])
        if said is not None and (values := less_of(row, said, newer=newer)):
            changed[row["id"]] = values
    # Several may change places at one chat, whose hash only one of them can have at a time.
    moved = [{"b_id": each, "chat_hash": os.urandom(32)} for each in _with(changed, "chat_hash")]
    _update(connection, ParticipantRow, moved)
    _update(connection, ParticipantRow, [{"b_id": i, **values} for i, values in changed.items()])
    return set(changed)


def _with(changed: Mapping[int, Mapping[str, Any]], name: str) -> list[int]:
    return [number for number, values in changed.items() if name in values]


def _sessions(
    connection: sa.Connection, ledger: Ledger, handed_on: set[int], *, newer: bool
) -> set[int]:
    """Shares only what was shared with the same before and at the end; stops what was stopped."""
    row, changed, people = CheckinRow, list[dict[str, Any]](), set[int]()
    names = (row.id, row.participant_id, row.case_id, row.sharing, row.shared_with, row.stage)
    for each in connection.execute(sa.select(*names)):
        said, values = ledger.sessions.get(each.id), dict[str, Any]()
        with_whom = (each.sharing, each.shared_with)
        unknown = said is None and not newer
        same = said is not None and with_whom == (said["sharing"], said["shared_with"])
        less = each.case_id in handed_on or not (same or unknown)
        if less and each.sharing not in (None, Sharing.ONLY_ME):
            values |= _NOBODY
        if said and said["stage"] == CheckinState.STOPPED and each.stage is CheckinState.WAITING:
            values |= {"stage": CheckinState.STOPPED, "ended_at": said["ended_at"]}
        if values:
            changed.append({"b_id": each.id, **values})
            people.add(each.participant_id)
    _update(connection, row, changed)
    return people


def _answers(connection: sa.Connection, ledger: Ledger) -> set[int]:
    """Deletes every answer that was changed or withdrawn since, with its voice notes."""
    row, gone, people = AnswerRow, list[dict[str, Any]](), set[int]()
    names = (row.session_id, row.step, row.participant_id, row.at, row.said, row.words, row.voice)
    for each in connection.execute(sa.select(*names)):
        stands = ledger.answers.get(each.session_id, {}).get(each.step)
        if not is_marked(each, stands):
            gone.append({"b_session": each.session_id, "b_step": each.step})
            people.add(each.participant_id)
    if gone:
        # By name: on SQLite foreign keys are off while the tables are made.
        for name in ("voices", "answers"):
            table = Base.metadata.tables[name]
            mine = table.c.session_id == sa.bindparam("b_session")
            statement = sa.delete(table).where(mine, table.c.step == sa.bindparam("b_step"))
            connection.execute(statement, gone)
    return people


def _hellos(connection: sa.Connection, ledger: Ledger) -> set[int]:
    """Drops or postpones the follow-ups that the ledger no longer has, or has later."""
    row, changed, people = FollowUpRow, list[dict[str, Any]](), set[int]()
    names = (row.id, row.participant_id, row.due_at)
    for each in connection.execute(sa.select(*names).where(row.state.in_(OPEN))):
        said = ledger.follow_ups.get(each.id)
        if said is None:
            ended = {
                "state": FollowUpState.UNCERTAIN,
                "lease_until": None,
                "ended_at": ledger.made_at,
            }
            changed.append({"b_id": each.id, **ended})
        elif said["due_at"] > each.due_at:
            changed.append({"b_id": each.id, "due_at": said["due_at"]})
        else:
            continue
        people.add(each.participant_id)
    _update(connection, row, changed)
    return people


def _silence_stopped(connection: sa.Connection, at: dt.datetime) -> None:
    """Ends the open check-ins and follow-ups of stopped participants, as their stop did."""
    stopped = sa.select(ParticipantRow.id).where(ParticipantRow.state == ParticipantState.STOPPED)
    connection.execute(
        sa.update(CheckinRow)
        .where(CheckinRow.participant_id.in_(stopped), CheckinRow.stage == CheckinState.WAITING)
        .values(stage=CheckinState.STOPPED, ended_at=at)
    )
    connection.execute(
        sa.update(FollowUpRow)
        .where(FollowUpRow.participant_id.in_(stopped), FollowUpRow.state.in_(OPEN))
        .values(state=FollowUpState.DROPPED, outcome="stop", lease_until=None, ended_at=at)
    )


# --- the workers' side ---------------------------------------------------------------------------


def _workers(connection: sa.Connection, ledger: Ledger, *, newer: bool) -> None:
    changed: list[dict[str, Any]] = []
    for row in connection.execute(sa.select(WorkerRow.id, WorkerRow.standing, WorkerRow.lead)):
        said = ledger.workers.get(row.id)
        if said is None and not newer:
            continue
        gone = said is None or said["standing"] == WorkerState.REMOVED
        if gone and row.standing is WorkerState.ACTIVE:
            values = {"standing": WorkerState.REMOVED, "removed_at": ledger.made_at}
            changed.append({"b_id": row.id, **values, "morning": False, "waits": None})
        if row.lead and (said is None or not said["lead"]):
            changed.append({"b_id": row.id, "lead": False})
    _update(connection, WorkerRow, changed)


def _cases(connection: sa.Connection, ledger: Ledger) -> set[int]:
    """Assigns cases to their last workers, and expires the links that were expired.

    Returns the cases of workers that are not in the rows: they must be readable by none.
    """
    workers = set(connection.execute(sa.select(WorkerRow.id)).scalars())
    changed, handed_on = list[dict[str, Any]](), set[int]()
    for row in connection.execute(sa.select(CaseRow)):
        said = ledger.cases.get(row.id)
        if said is None:
            continue
        values = {name: said[name] for name in ("token_hash", "expires_at", "holder")}
        if said["participant_id"] is not None and row.participant_id is None:
            # A participant joined by it of whom nothing else is left: it must not work for another.
            values["expires_at"] = min(row.expires_at, ledger.made_at)
        if said["worker_id"] in workers:
            values["worker_id"] = said["worker_id"]
        else:
            handed_on.add(row.id)
        changed.append({"b_id": row.id, **values})
    _update(connection, CaseRow, changed)
    return handed_on


def _invites(connection: sa.Connection, ledger: Ledger) -> None:
    row = WorkerInviteRow
    for each in connection.execute(sa.select(row.token_hash).where(row.worker_id.is_(None))).all():
        if each.token_hash not in ledger.worker_invites:
            mine = sa.update(row).where(row.token_hash == each.token_hash)
            connection.execute(mine.values(expires_at=ledger.made_at))


# --- rows ----------------------------------------------------------------------------------------


def _update(connection: sa.Connection, table: type[Any], rows: Iterable[dict[str, Any]]) -> None:
    """Writes rows by their `b_id`; those with the same columns go together."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(tuple(row), []).append(row)
    for columns, same in by_columns.items():
        values: dict[str, Any] = {
            name: sa.bindparam(f"b_{name}") for name in columns if name != "b_id"
        }
        statement = (
            sa.update(table.__table__)
            .where(table.__table__.c.id == sa.bindparam("b_id"))
            .values(**values)
        )
        given = [{n if n == "b_id" else f"b_{n}": v for n, v in row.items()} for row in same]
        for some in _parts(given):
            connection.execute(statement, some)


def _parts(rows: Sequence[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    return (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))


def _at_latest(row: Row, said: LedgerLine, name: str) -> dt.datetime | None:
    """The ledger's moment; where it is rounded, and the row's may be exact, that day's end.

    An answer given before it on that day would else count as given since.
    """
    at: dt.datetime | None = said[name]
    if at is None or at == row[name]:
        return at
    zone = zone_of(said["zone"])
    return end(at, zone) if is_rounded(at, zone) else at


def _latest(*moments: dt.datetime | None) -> dt.datetime | None:
    return max((m for m in moments if m is not None), default=None)
