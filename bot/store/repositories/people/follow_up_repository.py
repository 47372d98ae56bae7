"""Follow-ups within a unit of work: planned, changed, cancelled and read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.participant import FollowUp, Participant
from bot.domain.states import FollowUpState
from bot.store.repositories.people.follow_up_rows import ONLY_FIRST, OPEN, follow_up
from bot.store.sql import statements
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.write_buffer import Row, WriteBuffer


class FollowUpRepository:
    """The table of follow-ups."""

    def __init__(self, connection: AsyncConnection, writes: WriteBuffer) -> None:
        self._connection = connection
        self._writes = writes
        self._planned_for: set[int] = set()

    def add(self, rows: Iterable[Row]) -> None:
        """Adds follow-ups; one that is already scheduled for its scope stays as it is."""
        for row in rows:
            self._writes.insert(FollowUpRow, row)
            self._planned_for.add(row["participant_id"])

    def mark_opened(self, found: FollowUp) -> None:
        """Marks a follow-up as opened by the participant, so that its button does nothing twice."""
        self.save(found, outcome="opened")

    def postpone(self, found: FollowUp) -> None:
        """Marks a follow-up as postponed to another day, for which there is another row."""
        self.save(found, outcome="another day")

    async def still_claimed(self, ids: Collection[int], now: dt.datetime) -> set[int]:
        """Which follow-ups are still claimed.

        Read after loading (and so locking) their participants.
        """
        statement = sa.select(FollowUpRow.id).where(
            FollowUpRow.id.in_(ids),
            FollowUpRow.state == FollowUpState.CLAIMED,
            FollowUpRow.lease_until >= now,
        )
        return set((await self._connection.execute(statement)).scalars())

    def save(self, found: FollowUp, **values: Any) -> None:
        """Updates a follow-up's row."""
        statement = sa.update(FollowUpRow).where(FollowUpRow.id == found.id)
        self._writes.change(statement.values(**values))

    def cancel(
        self,
        participant: Participant,
        why: str,
        now: dt.datetime,
        kind: str | None = None,
        due_by: dt.datetime | None = None,
        about: int | None = None,
        case: int | None = None,
    ) -> None:
        """Cancels follow-ups not being sent yet: all, or by kind, due time, check-in or case."""
        wanted = {
            "participant_id": participant.id,
            "kind": kind,
            "session_id": about,
            "case_id": case,
        }
        same = {name: value for name, value in wanted.items() if value is not None}
        given: Row = {f"b_{name}": value for name, value in same.items()}
        if due_by is not None:
            given["b_due_by"] = due_by
        cancelling = statements.cancelling(tuple(same), by_time=due_by is not None)
        self._writes.change(cancelling, b_why=why, b_now=now, **given)

        def dropped(row: Row) -> bool:
            late = due_by is None or row["due_at"] <= due_by
            return late and all(row[name] == value for name, value in same.items())

        if participant.id not in self._planned_for:
            return  # as for most: not each looks through what all the others schedule
        self._writes.discard(FollowUpRow, dropped)

    async def bring_back(self, participant: Participant, why: str, now: dt.datetime) -> None:
        """Undoes the cancelling of their last move: what is still useful is scheduled as it was."""
        statement = sa.select(FollowUpRow).where(
            FollowUpRow.participant_id == participant.id,
            FollowUpRow.state == FollowUpState.DROPPED,
            FollowUpRow.outcome == why,
            FollowUpRow.ended_at == participant.moved_at,
            FollowUpRow.useless_after > now,
        )
        rows = (await self._connection.execute(statement)).all()
        again = {"state": FollowUpState.WAITING, "outcome": None, "ended_at": None}
        for row in rows:
            self.save(follow_up(row), lease_until=None, **again)
        dues = [row.due_at for row in rows if row.kind in _CHECKINS]
        participant.next_follow_up_at = min(dues, default=None)

    async def is_waiting(self, participant: Participant, kind: str) -> bool:
        """Whether a follow-up of this kind is scheduled for a participant."""
        statement = sa.select(
            sa.exists().where(
                FollowUpRow.participant_id == participant.id,
                FollowUpRow.kind == kind,
                FollowUpRow.state.in_(OPEN),
            )
        )
        return bool((await self._connection.execute(statement)).scalar_one())

    async def load_next(self, people: Collection[Participant]) -> None:
        """Fills in when each participant's next scheduled check-in is due."""
        by_id = {p.id: p for p in people}
        if not by_id:
            return
        for row in (await self._connection.execute(_NEXT_HELLOS, {"people": list(by_id)})).all():
            by_id[row.participant_id].next_follow_up_at = row.due

    async def load_due_requests(self, people: Collection[Participant], now: dt.datetime) -> None:
        """Fills in workers' requests to these participants that are due and not sent yet."""
        by_id = {p.id: p for p in people if p.cases}
        if not by_id:
            return
        statement = (
            sa.select(FollowUpRow)
            .where(
                FollowUpRow.participant_id.in_(by_id),
                FollowUpRow.kind.in_(("ask_before", "ask_after")),
                sa.or_(
                    FollowUpRow.state.in_(OPEN),
                    # A participant who chose to write first is asked when they do.
                    sa.and_(
                        FollowUpRow.state == FollowUpState.DROPPED,
                        FollowUpRow.outcome == ONLY_FIRST,
                        FollowUpRow.useless_after >= now,
                    ),
                ),
                FollowUpRow.due_at <= now,
            )
            .order_by(FollowUpRow.due_at)
        )
        for row in (await self._connection.execute(statement)).all():
            by_id[row.participant_id].due_requests.append(follow_up(row))

    async def find(self, ids: Collection[int]) -> dict[int, FollowUp]:
        """Follow-ups by id, for taps on their buttons."""
        if not ids:
            return {}
        statement = sa.select(FollowUpRow).where(FollowUpRow.id.in_(ids))
        rows = (await self._connection.execute(statement)).all()
        return {row.id: follow_up(row) for row in rows}

    async def open_of(self, people: Collection[int]) -> dict[int, FollowUp]:
        """The newest follow-up of each participant that was sent and not yet opened."""
        if not people:
            return {}
        statement = (
            sa.select(FollowUpRow)
            .where(
                FollowUpRow.participant_id.in_(people),
                FollowUpRow.state.in_(
                    (FollowUpState.SENT, FollowUpState.UNCERTAIN, FollowUpState.SENDING)
                ),
                FollowUpRow.outcome.is_(None),
            )
            .order_by(FollowUpRow.ended_at)
        )
        rows = (await self._connection.execute(statement)).all()
        return {row.participant_id: follow_up(row) for row in rows}


_CHECKINS = ("after", "ask_before", "ask_after")
_NEXT_HELLOS = (
    sa.select(FollowUpRow.participant_id, sa.func.min(FollowUpRow.due_at).label("due"))
    .where(
        FollowUpRow.participant_id.in_(sa.bindparam("people", expanding=True)),
        FollowUpRow.kind.in_(_CHECKINS),
        FollowUpRow.state.in_(OPEN),
    )
    .group_by(FollowUpRow.participant_id)
)
