"""Cached statements, so that they are compiled once and many participants' rows go together.

Executed by `bulk_writer`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.states import FollowUpState
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow, VoiceRow
from bot.store.tables.delivery_tables import OutboxRow, ProcessedUpdateRow
from bot.store.tables.follow_up_tables import FollowUpRow

DELETE_SUPERSEDED = sa.delete(OutboxRow).where(
    OutboxRow.chat_hash == sa.bindparam("b_chat"), OutboxRow.session_id.is_(None), ~OutboxRow.held
)
NO_VOICE = sa.delete(VoiceRow).where(
    VoiceRow.session_id == sa.bindparam("b_session"), VoiceRow.step == sa.bindparam("b_step")
)
DROP_ANSWER = sa.delete(AnswerRow).where(
    AnswerRow.session_id == sa.bindparam("b_session"), AnswerRow.step == sa.bindparam("b_step")
)


def insert(dialect: str, table: type[Base]) -> Any:
    """The insert of a dialect, which differs between the two databases."""
    # The two dialects' inserts have the same methods but no common type.
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


@cache
def insert_rows(table: type[Base]) -> sa.Insert:
    """Inserts rows."""
    return sa.insert(table)


@cache
def insert_ignore(dialect: str, table: type[Base]) -> Any:
    """Inserts rows that do not exist yet."""
    return insert(dialect, table).on_conflict_do_nothing()


@cache
def fresh(dialect: str) -> Any:
    """Inserts updates, and returns those that did not exist yet."""
    return insert_ignore(dialect, ProcessedUpdateRow).returning(ProcessedUpdateRow.update_id)


@cache
def update_by_id(table: type[Base], names: tuple[str, ...]) -> sa.Update:
    """Updates rows by their id, to values named after the columns with the prefix `b_`."""
    values: dict[str, Any] = {name: sa.bindparam(f"b_{name}") for name in names if name != "id"}
    return sa.update(table).where(table.__table__.c.id == sa.bindparam("b_id")).values(values)


@cache
def upsert(dialect: str, table: type[Base], keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    """Inserts rows, or updates those with the same keys."""
    statement = insert(dialect, table)
    # Delivery is recorded by `mark_delivered` alone, perhaps at this very moment.
    fixed = {*keys, "said_turn", "said_message"}
    changes = {name: statement.excluded[name] for name in names if name not in fixed}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=changes)


@cache  # one per shape, so that many participants' rows go together
def cancelling(names: tuple[str, ...], *, by_time: bool) -> sa.Update:
    """Drops follow-ups that are not being sent yet, found by these columns."""
    statement = sa.update(FollowUpRow).where(
        sa.or_(
            *(
                FollowUpRow.state == state
                for state in (FollowUpState.WAITING, FollowUpState.CLAIMED)
            )
        ),  # a list cannot go in a bulk statement
        *(getattr(FollowUpRow, name) == sa.bindparam(f"b_{name}") for name in names),
    )
    if by_time:
        statement = statement.where(FollowUpRow.due_at <= sa.bindparam("b_due_by"))
    return statement.values(
        state=FollowUpState.DROPPED, outcome=sa.bindparam("b_why"), ended_at=sa.bindparam("b_now")
    )
