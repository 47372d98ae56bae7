"""What is taken away when its time is over, and what an operator needs to see of the tables.

Decides no times; it is given them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.house import house_keys
from bot.store.store import Store
from bot.store.story_tables import FarewellRow, RejoinRow, TryRow
from bot.store.tables import (
    AnswerRow,
    Due,
    FollowUpRow,
    KeyringRow,
    Life,
    OwedRow,
    ParticipantRow,
    SeenRow,
    SessionRow,
    SetAsideRow,
)
from bot.store.vault import Vault
from bot.store.worker_tables import (
    AlertRow,
    CaseRow,
    RefusalRow,
    Standing,
    WorkerInviteRow,
    WorkerRow,
)


async def forget_seen(store: Store, before: dt.datetime) -> int:
    """Takes away the ids of updates from before a moment; gives how many."""
    async with store.connection() as connection:
        return (await connection.execute(sa.delete(SeenRow).where(SeenRow.at < before))).rowcount


async def keeping(store: Store) -> list[int]:
    """The different numbers of months that people were promised."""
    statement = sa.select(ParticipantRow.keep_months).distinct()
    async with store.connection() as connection:
        return list((await connection.execute(statement)).scalars())


async def take_answers(store: Store, months: int, before: dt.datetime) -> int:
    """Takes away the answers of check-ins last touched before a moment, with the way they went.

    Only of people who were promised that many months; gives how many answers went. That there
    was a check-in, and when, stays: without it someone would be asked BEFORE anew.
    """
    old = (
        sa.select(SessionRow.id)
        .join(ParticipantRow, ParticipantRow.id == SessionRow.participant_id)
        .where(ParticipantRow.keep_months == months, SessionRow.moved_at < before)
    )
    way = (
        sa.update(SessionRow)
        .where(SessionRow.id.in_(old), SessionRow.ended_at.is_not(None))
        .values(trail=[], passed=[], picks=[])
    )
    async with store.connection() as connection:
        gone = await connection.execute(sa.delete(AnswerRow).where(AnswerRow.session_id.in_(old)))
        if gone.rowcount:
            await connection.execute(way)
        return gone.rowcount


async def forget_set_aside(store: Store, before: dt.datetime) -> int:
    """Takes away updates set aside before a moment: they may hold words; gives how many."""
    statement = sa.delete(SetAsideRow).where(SetAsideRow.at < before)
    async with store.connection() as connection:
        return (await connection.execute(statement)).rowcount


async def forget_old(store: Store, before: dt.datetime) -> int:
    """Takes away refusals, unused invites and who held old links; gives how many."""
    refused = sa.delete(RefusalRow).where(RefusalRow.at < before)
    invites = sa.delete(WorkerInviteRow).where(
        WorkerInviteRow.worker_id.is_(None), WorkerInviteRow.expires_at < before
    )
    # Whoever opened a link and never said yes is not known by it any more once it is too old.
    held = (
        sa.update(CaseRow)
        .where(CaseRow.joined_at.is_(None), CaseRow.expires_at < before)
        .where(CaseRow.holder.is_not(None))
        .values(holder=None)
    )
    async with store.connection() as connection:
        gone = [await connection.execute(statement) for statement in (refused, invites, held)]
    return sum(result.rowcount for result in gone)


async def forget_tries(store: Store, before: dt.datetime, now: dt.datetime) -> int:
    """Takes away counts of wrong words, dead numbers, and chats that were left; gives how many."""
    statements = (
        sa.delete(TryRow).where(TryRow.at < before),
        sa.delete(RejoinRow).where(RejoinRow.expires_at < before),
        sa.delete(FarewellRow).where(FarewellRow.until < now),
    )
    async with store.connection() as connection:
        gone = [await connection.execute(statement) for statement in statements]
    return sum(result.rowcount for result in gone)


async def forget_held(store: Store, before: dt.datetime) -> int:
    """Takes away what people wrote and never said is to be kept, from before a moment."""
    statement = (
        sa.update(ParticipantRow)
        .where(ParticipantRow.waits_since < before)
        .values(waits=None, waits_since=None)
    )
    async with store.connection() as connection:
        return (await connection.execute(statement)).rowcount


async def unheard(store: Store, unanswered: int, before: dt.datetime, most: int) -> list[int]:
    """Ids of active people with this many hellos unanswered, the last from before a moment."""
    statement = (
        sa.select(ParticipantRow.id)
        .where(
            ParticipantRow.state == Life.ACTIVE,
            ParticipantRow.unanswered >= unanswered,
            ParticipantRow.last_hello_at < before,
        )
        .limit(most)
    )
    async with store.connection() as connection:
        return list((await connection.execute(statement)).scalars())


@dataclass(frozen=True, slots=True)
class State:
    """What an operator needs to see; numbers and ids only."""

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
    unseen: int
    oldest_unseen: dt.datetime | None
    without_worker: int


async def try_keys(store: Store, vault: Vault) -> None:
    """Looks whether the master keys open the database.

    Raises:
        WrongKey: when they do not.
    """
    async with store.connection() as connection:
        rows = (await connection.execute(sa.select(KeyringRow))).all()
        house_keys(vault, {row.name: row.wrapped for row in rows})


async def state(store: Store, now: dt.datetime) -> State:
    """How the tables stand now."""
    is_open = sa.text("state IN ('waiting', 'claimed', 'sending')")
    due = sa.select(sa.func.count(), sa.func.min(FollowUpRow.due_at)).where(
        is_open, FollowUpRow.due_at <= now, FollowUpRow.state == Due.WAITING
    )
    stuck = sa.select(sa.func.count()).where(
        is_open, FollowUpRow.due_at <= now, FollowUpRow.lease_until < now
    )
    uncertain = sa.select(FollowUpRow.id).where(FollowUpRow.state == Due.UNCERTAIN).limit(100)
    owed = sa.select(sa.func.count(), sa.func.min(OwedRow.first_at))
    aside = sa.select(SetAsideRow.update_id, SetAsideRow.error).limit(100)
    people = sa.select(ParticipantRow.state, sa.func.count()).group_by(ParticipantRow.state)
    kinds = sa.select(FollowUpRow.state, sa.func.count()).group_by(FollowUpRow.state)
    async with store.connection() as connection:
        due_count, oldest_due = (await connection.execute(due)).one()
        owed_count, oldest_owed = (await connection.execute(owed)).one()
        return State(
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
        )


async def _workers(connection: AsyncConnection) -> dict[str, Any]:
    """How the workers' side stands."""
    active = WorkerRow.standing == Standing.ACTIVE
    crew = sa.select(WorkerRow.lead, sa.func.count()).where(active).group_by(WorkerRow.lead)
    unseen = sa.select(sa.func.count(), sa.func.min(AlertRow.asked_at)).where(
        AlertRow.seen_at.is_(None)
    )
    alone = (
        sa.select(sa.func.count(CaseRow.id))
        .join(WorkerRow, WorkerRow.id == CaseRow.worker_id)
        .where(~active)
    )
    by_lead = {row[0]: row[1] for row in (await connection.execute(crew)).all()}
    count, oldest = (await connection.execute(unseen)).one()
    return {
        "workers": sum(by_lead.values()),
        "leads": by_lead.get(True, 0),
        "unseen": count,
        "oldest_unseen": oldest,
        "without_worker": (await connection.execute(alone)).scalar_one(),
    }
