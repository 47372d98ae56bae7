"""Workers and their invites, within a unit of work.

Permissions are in `bot.workers`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.states import WorkerState
from bot.domain.worker import Worker, WorkerInvite
from bot.domain.worker_inputs import to_json
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import UNREADABLE
from bot.store.repositories.work.worker_rows import open_worker, seal_worker_name
from bot.store.tables.worker_tables import CaseRow, WorkerInviteRow, WorkerRow

log = structlog.get_logger()


class WorkerRepository:
    """Workers and their invites, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def by_chat(self, chats: Collection[int]) -> dict[int, Worker]:
        """The workers among these chats, removed ones too, locked until the end."""
        if not chats:
            return {}
        by_hash = {self._keys.chat_hash(chat): chat for chat in chats}
        rows = (await self._connection.execute(_BY_CHATS, {"hashes": list(by_hash)})).all()
        return {by_hash[row.chat_hash]: open_worker(self._keys, row) for row in rows}

    async def all(self) -> list[Worker]:
        """All workers, by number."""
        statement = sa.select(WorkerRow).order_by(WorkerRow.id)
        rows = (await self._connection.execute(statement)).all()
        return [worker for _, worker in self._that_open(rows)]

    def _that_open(self, rows: Iterable[Any]) -> Iterator[tuple[Any, Worker]]:
        """Workers with their rows. One whose row cannot be decrypted hides no other."""
        for row in rows:
            try:
                yield row, open_worker(self._keys, row)
            except UNREADABLE:
                log.warning("worker.not_opened", worker=row.id)

    async def invite(self, token: str) -> WorkerInvite | None:
        """The invite with this token, locked; None when there is none."""
        statement = (
            sa.select(WorkerInviteRow)
            .where(WorkerInviteRow.token_hash == self._keys.token_hash(token))
            .with_for_update()
        )
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            return None
        name = self._keys.key.open(row.name, "worker_invites", row.token_hash.hex()).decode()
        return WorkerInvite(row.token_hash, name, row.lead, row.expires_at, row.worker_id)

    async def is_invite_used(self, invite: WorkerInvite) -> bool:
        """Whether an invite has been used by now."""
        statement = sa.select(WorkerInviteRow.worker_id).where(
            WorkerInviteRow.token_hash == invite.token_hash
        )
        return (await self._connection.execute(statement)).scalar_one() is not None

    async def make_invite(
        self, token: str, name: str, *, lead: bool, now: dt.datetime, expires_at: dt.datetime
    ) -> None:
        """Stores an invite; only the token's hash is stored."""
        token_hash = self._keys.token_hash(token)
        sealed = self._keys.key.seal(name.encode(), "worker_invites", token_hash.hex())
        row = {"token_hash": token_hash, "name": sealed, "lead": lead, "made_at": now}
        statement = sa.insert(WorkerInviteRow).values(**row, expires_at=expires_at)
        await self._connection.execute(statement)

    async def withdraw_invite(self, invite: WorkerInvite) -> bool:
        """Deletes an unused invite; False when it was used just before."""
        statement = sa.delete(WorkerInviteRow).where(
            WorkerInviteRow.token_hash == invite.token_hash, WorkerInviteRow.worker_id.is_(None)
        )
        return (await self._connection.execute(statement)).rowcount == 1

    async def open_invites(self, now: dt.datetime) -> list[WorkerInvite]:
        """Invites that are unused and still valid."""
        statement = sa.select(WorkerInviteRow).where(
            WorkerInviteRow.worker_id.is_(None), WorkerInviteRow.expires_at > now
        )
        rows = (await self._connection.execute(statement)).all()
        key = self._keys.key
        return [
            WorkerInvite(
                row.token_hash,
                key.open(row.name, "worker_invites", row.token_hash.hex()).decode(),
                row.lead,
                row.expires_at,
                None,
            )
            for row in rows
        ]

    async def create_from_invite(
        self, chat: int, invite: WorkerInvite, language: str, zone: str, now: dt.datetime
    ) -> Worker:
        """Creates a worker for a chat; one who was removed comes back under the same id."""
        chat_hash = self._keys.chat_hash(chat)
        values = {
            "chat": self._keys.key.seal(str(chat).encode(), "workers", chat_hash.hex(), "chat"),
            "name": seal_worker_name(self._keys, chat_hash, invite.name),
            "lead": invite.lead,
            "standing": WorkerState.ACTIVE,
            "language": language,
            "zone": zone,
            "waits": None,
            "morning": False,
            "removed_at": None,
            "unreachable_since": None,
        }
        known = (await self.by_chat([chat])).get(chat)
        if known is None:
            new = sa.insert(WorkerRow).values(chat_hash=chat_hash, joined_at=now, **values)
            statement: Any = new.returning(WorkerRow)
        else:
            changed = sa.update(WorkerRow).where(WorkerRow.id == known.id).values(**values)
            statement = changed.returning(WorkerRow)
        worker = open_worker(self._keys, (await self._connection.execute(statement)).one())
        await self._connection.execute(
            sa.update(WorkerInviteRow)
            .where(WorkerInviteRow.token_hash == invite.token_hash)
            .values(worker_id=worker.id)
        )
        return worker

    async def save(self, worker: Worker) -> None:
        """Stores a worker's own settings and pending input."""
        waits = None
        if stored := to_json(worker.pending_input, worker.pending_since):
            text = json.dumps(stored).encode()
            waits = self._keys.key.seal(text, "workers", worker.id, "waits")
        statement = sa.update(WorkerRow).where(WorkerRow.id == worker.id)
        values = {"waits": waits, "morning": worker.daily_digest, "language": worker.language}
        await self._connection.execute(statement.values(**values))

    async def remove(self, worker_id: int, to: int | None, now: dt.datetime) -> int | None:
        """Removes a worker and moves their cases to another; returns how many, None if unknown.

        Without another the cases get no worker and stay in the list of those.
        """
        removed = (
            sa.update(WorkerRow)
            .where(WorkerRow.id == worker_id, WorkerRow.standing == WorkerState.ACTIVE)
            .values(standing=WorkerState.REMOVED, removed_at=now, waits=None, morning=False)
            .returning(WorkerRow.id)
        )
        if (await self._connection.execute(removed)).first() is None:
            return None
        if to is None:
            count = sa.select(sa.func.count()).where(CaseRow.worker_id == worker_id)
            return int((await self._connection.execute(count)).scalar_one())
        handed = sa.update(CaseRow).where(CaseRow.worker_id == worker_id).values(worker_id=to)
        return (await self._connection.execute(handed)).rowcount

    async def mark_unreachable(self, chat: int, now: dt.datetime) -> int | None:
        """Marks the worker of a chat as unreachable; their id, if newly so."""
        mark = (
            sa.update(WorkerRow)
            .where(
                WorkerRow.chat_hash == self._keys.chat_hash(chat),
                WorkerRow.standing == WorkerState.ACTIVE,
                WorkerRow.unreachable_since.is_(None),
            )
            .values(unreachable_since=now)
            .returning(WorkerRow.id)
        )
        found: int | None = (await self._connection.execute(mark)).scalar()
        return found

    async def mark_reachable(self, worker: Worker) -> None:
        """Removes that mark."""
        statement = sa.update(WorkerRow).where(WorkerRow.id == worker.id)
        await self._connection.execute(statement.values(unreachable_since=None))

    async def due_for_digest(self, now: dt.datetime) -> list[Worker]:
        """Active workers who want the daily digest, locked by this process alone."""
        statement = (
            sa.select(WorkerRow)
            .where(WorkerRow.morning, WorkerRow.standing == WorkerState.ACTIVE)
            .with_for_update(skip_locked=True, key_share=True)
        )
        rows = (await self._connection.execute(statement)).all()
        found = []
        for row, worker in self._that_open(rows):
            try:
                if row.morning_on is None or row.morning_on < _today(now, worker.timezone):
                    found.append(worker)
            except UNREADABLE:  # an unknown time zone: no other digest waits for it
                log.warning("worker.not_opened", worker=row.id)
        return found

    async def mark_digest_sent(self, worker: Worker, now: dt.datetime) -> None:
        """Marks today's digest as sent."""
        statement = sa.update(WorkerRow).where(WorkerRow.id == worker.id)
        await self._connection.execute(statement.values(morning_on=_today(now, worker.timezone)))


_BY_CHATS = (
    sa.select(*WorkerRow.__table__.c)
    .where(WorkerRow.chat_hash.in_(sa.bindparam("hashes", expanding=True)))
    .order_by(WorkerRow.id)
    # Not against those who only point to the row, such as a step of an alert.
    .with_for_update(key_share=True)
)


def _today(now: dt.datetime, zone: str) -> dt.date:
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(zone)).date()
