"""Rows that are due for a job, and the health figures for an operator.

Deletion is in `retention` and `erasure_repository`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import FollowUpState, ParticipantState, WorkerState
from bot.store.crypto.system_keys import read_system_keys
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow, CaseRow, WorkerRow


async def unresponsive(
    store: Database, unanswered: int, before: dt.datetime, most: int
) -> list[int]:
    """Ids of active participants with this many unanswered follow-ups, the last before a moment."""
    statement = (
        sa.select(ParticipantRow.id)
        .where(
            ParticipantRow.state == ParticipantState.ACTIVE,
            ParticipantRow.delete_at.is_(None),
            ParticipantRow.unanswered >= unanswered,
            ParticipantRow.last_hello_at < before,
        )
        .limit(most)
    )
    async with store.transaction() as connection:
        return list((await connection.execute(statement)).scalars())


async def due_for_erasure(
    store: Database, now: dt.datetime, most: int, after: int = 0
) -> list[int]:
    """Ids of participants whose time to undo a deletion is over, those above `after`, in order."""
    statement = (
        sa.select(ParticipantRow.id)
        .where(ParticipantRow.delete_at.is_not(None), ParticipantRow.delete_at <= now)
        .where(ParticipantRow.id > after)
        .order_by(ParticipantRow.id)
        .limit(most)
    )
    async with store.read_snapshot() as connection:
        return list((await connection.execute(statement)).scalars())


@dataclass(frozen=True, slots=True)
class HealthStatus:
    """Health figures for an operator; counts and ids only."""

    people: Mapping[str, int]
    follow_ups: Mapping[str, int]
    due: int
    oldest_due: dt.datetime | None
    stuck: int
    uncertain: list[int]
    owed: int
    oldest_owed: dt.datetime | None
    set_aside: list[tuple[int, str]]
    workers: int
    leads: int
    unreachable: int
    unseen: int
    oldest_unseen: dt.datetime | None
    without_worker: int
    complaints: int
    oldest_complaint: dt.datetime | None


async def verify_keys(store: Database, vault: Vault) -> None:
    """Checks that the master keys unwrap the database's keys.

    Raises:
        WrongKey: they do not.
    """
    async with store.transaction() as connection:
        rows = (await connection.execute(sa.select(KeyringRow))).all()
        read_system_keys(vault, {row.name: row.wrapped for row in rows})


async def health_status(store: Database, now: dt.datetime) -> HealthStatus:
    """The current figures."""
    is_open = sa.text("state IN ('waiting', 'claimed', 'sending')")
    due = sa.select(sa.func.count(), sa.func.min(FollowUpRow.due_at)).where(
        is_open, FollowUpRow.due_at <= now, FollowUpRow.state == FollowUpState.WAITING
    )
    stuck = sa.select(sa.func.count()).where(
        is_open, FollowUpRow.due_at <= now, FollowUpRow.lease_until < now
    )
    uncertain = (
        sa.select(FollowUpRow.id).where(FollowUpRow.state == FollowUpState.UNCERTAIN).limit(100)
    )
    owed = sa.select(sa.func.count(), sa.func.min(OutboxRow.first_at)).where(~OutboxRow.held)
    aside = sa.select(DeadLetterRow.update_id, DeadLetterRow.error).limit(100)
    people = sa.select(ParticipantRow.state, sa.func.count()).group_by(ParticipantRow.state)
    kinds = sa.select(FollowUpRow.state, sa.func.count()).group_by(FollowUpRow.state)
    async with store.transaction() as connection:
        due_count, oldest_due = (await connection.execute(due)).one()
        owed_count, oldest_owed = (await connection.execute(owed)).one()
        return HealthStatus(
            people={life.value: n for life, n in (await connection.execute(people)).all()},
            follow_ups={kind.value: n for kind, n in (await connection.execute(kinds)).all()},
            due=due_count,
            oldest_due=oldest_due,
            stuck=(await connection.execute(stuck)).scalar_one(),
            uncertain=list((await connection.execute(uncertain)).scalars()),
            owed=owed_count,
            oldest_owed=oldest_owed,
            set_aside=[(u, e) for u, e in (await connection.execute(aside)).all()],
            **await _workers(connection),
            **await _complaints(connection),
        )


async def _workers(connection: AsyncConnection) -> dict[str, Any]:
    """The figures of the workers' side."""
    active = WorkerRow.standing == WorkerState.ACTIVE
    crew = sa.select(WorkerRow.lead, sa.func.count()).where(active).group_by(WorkerRow.lead)
    unseen = sa.select(sa.func.count(), sa.func.min(AlertRow.asked_at)).where(
        AlertRow.seen_at.is_(None)
    )
    alone = (
        sa.select(sa.func.count(CaseRow.id))
        .join(WorkerRow, WorkerRow.id == CaseRow.worker_id)
        .where(~active)
    )
    deaf = sa.select(sa.func.count()).where(active, WorkerRow.unreachable_since.is_not(None))
    by_lead = {row[0]: row[1] for row in (await connection.execute(crew)).all()}
    count, oldest = (await connection.execute(unseen)).one()
    return {
        "workers": sum(by_lead.values()),
        "leads": by_lead.get(True, 0),
        "unreachable": (await connection.execute(deaf)).scalar_one(),
        "unseen": count,
        "oldest_unseen": oldest,
        "without_worker": (await connection.execute(alone)).scalar_one(),
    }


async def _complaints(connection: AsyncConnection) -> dict[str, Any]:
    """Complaints that are not acknowledged."""
    statement = sa.select(sa.func.count(), sa.func.min(ComplaintRow.made_at)).where(
        ComplaintRow.acknowledged_at.is_(None)
    )
    count, oldest = (await connection.execute(statement)).one()
    return {"complaints": count, "oldest_complaint": oldest}
