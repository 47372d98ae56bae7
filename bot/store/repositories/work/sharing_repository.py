"""What a service records, what a worker may read, and who has read what, in a unit of work.

With whom anything is shared is the participant's decision.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.domain.participant import Participant
from bot.domain.sharing_choice import Sharing
from bot.domain.worker import Case, ReadableCheckin, ServiceOutcome, Worker
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.work.worker_rows import open_worker_name
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import ReadRow, RecordRow, RefusalRow, WorkerRow


class SharingRepository:
    """Outcomes, sharing and reads, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def add_outcome(
        self, case: Case, worker: Worker, outcome: str, words: str | None, now: dt.datetime
    ) -> None:
        """Adds what the service records; earlier records stay in the history."""
        record_id = new_id()
        key = self._keys.case_key(case.id, case.data_key)
        sealed = key.seal(words.encode(), "records", record_id, "words") if words else None
        row = {"id": record_id, "case_id": case.id, "worker_id": worker.id, "at": now}
        await self._connection.execute(
            sa.insert(RecordRow).values(**row, outcome=outcome, words=sealed)
        )

    async def latest_outcome(self, case: Case) -> ServiceOutcome | None:
        """What the service recorded last."""
        statement = (
            sa.select(RecordRow)
            .where(RecordRow.case_id == case.id)
            .order_by(RecordRow.at.desc())
            .limit(1)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        if row is None:
            return None
        key = self._keys.case_key(case.id, case.data_key)
        words = key.open(row.words, "records", row.id, "words").decode() if row.words else None
        return ServiceOutcome(row.outcome, words, row.at)

    async def readable_by(self, case: Case, worker: Worker) -> list[ReadableCheckin]:
        """The check-ins of a case that this worker may read, oldest first."""
        statement = (
            sa.select(CheckinRow.id, CheckinRow.flow, CheckinRow.started_at)
            .join(ParticipantRow, ParticipantRow.id == CheckinRow.participant_id)
            .where(
                CheckinRow.case_id == case.id,
                CheckinRow.sharing == Sharing.WORKER,
                CheckinRow.shared_with == worker.id,
                # A pending deletion may still be undone; until then no worker reads.
                ParticipantRow.delete_at.is_(None),
            )
            .order_by(CheckinRow.started_at)
        )
        rows = (await self._connection.execute(statement)).all()
        return [ReadableCheckin(row.id, row.flow, row.started_at) for row in rows]

    async def record_read(
        self, case: Case, worker: Worker, session_id: int, now: dt.datetime
    ) -> bool:
        """Records that a worker reads a check-in; False, and nothing, when they may not."""
        if session_id not in {found.session_id for found in await self.readable_by(case, worker)}:
            return False
        row = {"participant_id": case.participant_id, "session_id": session_id}
        await self._connection.execute(
            sa.insert(ReadRow).values(**row, worker_id=worker.id, at=now)
        )
        return True

    async def readers_of(
        self, participant: Participant, most: int | None = 50
    ) -> list[tuple[str, int, dt.datetime]]:
        """Who has read which check-in of a participant, and when, newest first."""
        statement = (
            sa.select(ReadRow.session_id, ReadRow.at, WorkerRow.chat_hash, WorkerRow.name)
            .join(WorkerRow, WorkerRow.id == ReadRow.worker_id)
            .where(ReadRow.participant_id == participant.id)
            .order_by(ReadRow.at.desc())
            .limit(most)
        )
        rows = (await self._connection.execute(statement)).all()
        return [
            (open_worker_name(self._keys, r.chat_hash, r.name), r.session_id, r.at) for r in rows
        ]

    async def save(self, session_id: int, sharing: str, worker_id: int | None) -> None:
        """Stores who may read a check-in from now on; outbox entries for others are deleted."""
        others = (
            sa.select(WorkerRow.chat_hash)
            .join(CheckinRow, CheckinRow.shared_with == WorkerRow.id)
            .where(CheckinRow.id == session_id, WorkerRow.id != (worker_id or 0))
        )
        whose = sa.select(CheckinRow.participant_id).where(CheckinRow.id == session_id)
        await self._connection.execute(
            sa.delete(OutboxRow).where(
                OutboxRow.participant_id == whose.scalar_subquery(), OutboxRow.chat_hash.in_(others)
            )
        )
        await self._connection.execute(
            sa.update(CheckinRow)
            .where(CheckinRow.id == session_id)
            .values(sharing=sharing, shared_with=worker_id if sharing == Sharing.WORKER else None)
        )

    async def record_refusal(
        self, chat: int, worker: Worker | None, action: str, now: dt.datetime
    ) -> None:
        """Records a refused action."""
        row = {"chat_hash": self._keys.chat_hash(chat), "action": action[:20], "at": now}
        await self._connection.execute(
            sa.insert(RefusalRow).values(**row, worker_id=worker.id if worker else None)
        )
