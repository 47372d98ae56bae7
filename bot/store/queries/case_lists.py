"""Lists of a worker's cases: their order, which need attention, and their status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sharing_choice import Sharing
from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.domain.worker import Case, CaseStatus
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.repositories.work.case_repository import with_worker
from bot.store.repositories.work.worker_rows import open_case, open_case_name
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import OPEN_FOLLOW_UPS, FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow, CaseRow, ReadRow

log = structlog.get_logger()

PLANNED = ("after", "ask_before", "ask_after")
_OPEN = sa.text(f"follow_ups.{OPEN_FOLLOW_UPS}")


class CaseListQuery:
    """Lists of a worker's cases, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def in_order(self, worker_id: int, tried_since: dt.datetime) -> list[int]:
        """The ids of all of a worker's cases, in the order of their list.

        Cases that need attention come first, then by the last event; of one moment, in the order of
        the sheet, or by name.
        """
        said = (
            sa.select(sa.func.max(sa.func.coalesce(CheckinRow.ended_at, CheckinRow.started_at)))
            .where(CheckinRow.case_id == CaseRow.id)
            .correlate(CaseRow)
            .scalar_subquery()
        )
        statement = sa.select(
            *(CaseRow.id, CaseRow.data_key, CaseRow.name, CaseRow.sheet, CaseRow.number),
            *(CaseRow.made_at, CaseRow.joined_at, said.label("said_at")),
            sa.case((_needs(tried_since), 0), else_=1).label("rank"),
        ).where(CaseRow.worker_id == worker_id)
        rows = (await self._connection.execute(statement)).all()

        def place(row: Any) -> tuple[Any, ...]:
            at = max(m for m in (row.made_at, row.joined_at, row.said_at) if m is not None)
            name = self._name(row).casefold()
            return row.rank, -at.timestamp(), row.sheet or 0, row.number or 0, name, row.id

        return [row.id for row in sorted(rows, key=place)]

    async def of_ids(self, ids: Sequence[int]) -> list[Case]:
        """Cases in this order. One whose row cannot be decrypted hides no other."""
        statement = with_worker().where(CaseRow.id.in_(ids))
        rows = {row.id: row for row in (await self._connection.execute(statement)).all()}
        return list(self._that_are_cases(rows[found] for found in ids if found in rows))

    def _that_are_cases(self, rows: Iterable[Any]) -> Iterable[Case]:
        for row in rows:
            try:
                yield open_case(self._keys, row)
            except UNREADABLE:
                log.warning("case.not_opened", case=row.id)

    def _name(self, row: Any) -> str:
        try:
            return open_case_name(self._keys, row)
        except UNREADABLE:
            return ""

    async def newest(self, worker_id: int, most: int) -> list[Case]:
        """The cases a worker created last."""
        newest = (CaseRow.made_at.desc(), CaseRow.id)
        statement = with_worker().where(CaseRow.worker_id == worker_id)
        rows = await self._connection.execute(statement.order_by(*newest).limit(most))
        return list(self._that_are_cases(rows.all()))

    async def old_links(self, worker_id: int, now: dt.datetime) -> int:
        """How many of a worker's links expired before they were opened."""
        statement = sa.select(sa.func.count(CaseRow.id)).where(_ended_unused(worker_id, now))
        return int((await self._connection.execute(statement)).scalar_one())

    async def drop_old_links(self, worker_id: int, now: dt.datetime) -> int:
        """Removes the expired links from the list, all at once; returns how many."""
        statement = sa.delete(CaseRow).where(_ended_unused(worker_id, now))
        return int((await self._connection.execute(statement)).rowcount)

    async def named(self, worker_id: int) -> list[tuple[int, str]]:
        """The id and name of every case of a worker, newest first, for searching."""
        statement = (
            sa.select(CaseRow.id, CaseRow.name, CaseRow.data_key)
            .where(CaseRow.worker_id == worker_id)
            .order_by(CaseRow.made_at.desc(), CaseRow.id)
        )
        rows = (await self._connection.execute(statement)).all()
        return [(row.id, open_case_name(self._keys, row)) for row in rows]

    async def statuses(self, cases: Sequence[Case]) -> list[CaseStatus]:
        """The status of these cases."""
        ids = [c.id for c in cases]
        people = [c.participant_id for c in cases if c.participant_id is not None]
        run = self._connection.execute
        lives = {
            row.id: row
            for row in await run(
                sa.select(
                    ParticipantRow.id, ParticipantRow.state, ParticipantRow.paused_until
                ).where(ParticipantRow.id.in_(people))
            )
        }
        done = {
            (row.case_id, row.about is not None)
            for row in await run(
                sa.select(CheckinRow.case_id, CheckinRow.about).where(
                    CheckinRow.case_id.in_(ids), CheckinRow.stage == CheckinState.DONE
                )
            )
        }
        planned = {
            row.case_id: row.due
            for row in await run(
                sa.select(FollowUpRow.case_id, sa.func.min(FollowUpRow.due_at).label("due"))
                .where(_OPEN, FollowUpRow.case_id.in_(ids), FollowUpRow.kind.in_(PLANNED))
                .group_by(FollowUpRow.case_id)
            )
        }
        unsure = set(
            (
                await run(
                    sa.select(FollowUpRow.case_id).where(
                        FollowUpRow.case_id.in_(ids),
                        FollowUpRow.state == FollowUpState.UNCERTAIN,
                        FollowUpRow.outcome.is_(None),
                    )
                )
            ).scalars()
        )
        alerts = set(
            (
                await run(
                    sa.select(AlertRow.case_id).where(
                        AlertRow.case_id.in_(ids), AlertRow.seen_at.is_(None)
                    )
                )
            ).scalars()
        )
        unread = set(
            (await run(sa.select(CaseRow.id).where(CaseRow.id.in_(ids), _unread()))).scalars()
        )
        found: list[CaseStatus] = []
        for case in cases:
            life = lives.get(case.participant_id)
            found.append(
                CaseStatus(
                    case=case,
                    participant_state=life.state if life else None,
                    before_done=(case.id, False) in done,
                    after_done=(case.id, True) in done,
                    next_after=planned.get(case.id),
                    paused_until=life.paused_until if life else None,
                    uncertain=case.id in unsure,
                    open_alert=case.id in alerts,
                    unread=case.id in unread,
                )
            )
        return found

    async def needing_attention(
        self, worker_id: int, tried_since: dt.datetime, most: int
    ) -> tuple[list[Case], int]:
        """Cases of a worker that need attention, newest first, and how many there are in all.

        Alerts, no reply, uncertain, unread, and links that another chat tried since then.
        """
        need = sa.and_(CaseRow.worker_id == worker_id, _needs(tried_since))
        count = sa.select(sa.func.count(CaseRow.id)).where(need)
        total = int((await self._connection.execute(count)).scalar_one())
        newest = with_worker().where(need).order_by(CaseRow.made_at.desc(), CaseRow.id).limit(most)
        rows = (await self._connection.execute(newest)).all() if total else []
        return [open_case(self._keys, row) for row in rows], total

    async def uncertain_seen(self, case: Case) -> None:
        """Marks the uncertain follow-ups of a case as seen."""
        await self._connection.execute(
            sa.update(FollowUpRow)
            .where(
                FollowUpRow.case_id == case.id,
                FollowUpRow.state == FollowUpState.UNCERTAIN,
                FollowUpRow.outcome.is_(None),
            )
            .values(outcome="looked at")
        )


def _ended_unused(worker_id: int, now: dt.datetime) -> sa.ColumnElement[bool]:
    # A link that was opened in time can still be used to join.
    return sa.and_(
        CaseRow.worker_id == worker_id,
        CaseRow.participant_id.is_(None),
        CaseRow.joined_at.is_(None),
        CaseRow.holder.is_(None),
        CaseRow.expires_at <= now,
    )


def _needs(tried_since: dt.datetime) -> sa.ColumnElement[bool]:
    """Whether a case needs its worker's attention."""
    # One index look-up per case, however many follow-ups wait in all.
    quiet = sa.exists().where(
        ParticipantRow.id == CaseRow.participant_id, ParticipantRow.state == ParticipantState.QUIET
    )
    unsure = sa.exists().where(
        FollowUpRow.case_id == CaseRow.id,
        FollowUpRow.state == FollowUpState.UNCERTAIN,
        FollowUpRow.outcome.is_(None),
    )
    alerted = sa.exists().where(AlertRow.case_id == CaseRow.id, AlertRow.seen_at.is_(None))
    tried = sa.func.coalesce(CaseRow.second_use_at >= tried_since, sa.false())
    return sa.or_(quiet, unsure, alerted, tried, _unread())


def _unread() -> sa.ColumnElement[bool]:
    """Whether something is shared with a case's worker that they have not read."""
    read = sa.exists().where(
        ReadRow.session_id == CheckinRow.id, ReadRow.worker_id == CaseRow.worker_id
    )
    leaving = sa.exists().where(
        ParticipantRow.id == CheckinRow.participant_id, ParticipantRow.delete_at.is_not(None)
    )
    return sa.exists().where(
        CheckinRow.case_id == CaseRow.id,
        CheckinRow.sharing == Sharing.WORKER,
        CheckinRow.shared_with == CaseRow.worker_id,
        sa.not_(read),
        sa.not_(leaving),
    )
