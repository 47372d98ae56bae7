"""What a service records, what a worker may read, and who has read what, within a batch.

Says nothing about whom anything is shared with; the person does.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from bot.domain.participant import Person
from bot.domain.worker import Case, Readable, Record, Worker
from bot.store.crypto.system_keys import new_id
from bot.store.repositories.work.worker_rows import Opened
from bot.store.tables import OwedRow, ParticipantRow, SessionRow
from bot.store.tables.worker_tables import ReadRow, RecordRow, RefusalRow, WorkerRow

MINE = "worker"
"""The choice by which a person shares a check-in with their worker."""


class SharedRows(Opened):
    """What a service records, what a worker may read, and who has read what, within a batch."""

    async def record(
        self, case: Case, worker: Worker, outcome: str, words: str | None, now: dt.datetime
    ) -> None:
        """Adds what the service records; what stood before stays in the history."""
        record_id = new_id()
        key = self._house.case_key(case.id, case.data_key)
        sealed = key.seal(words.encode(), "records", record_id, "words") if words else None
        row = {"id": record_id, "case_id": case.id, "worker_id": worker.id, "at": now}
        await self._connection.execute(
            sa.insert(RecordRow).values(**row, outcome=outcome, words=sealed)
        )

    async def recorded(self, case: Case) -> Record | None:
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
        key = self._house.case_key(case.id, case.data_key)
        words = key.open(row.words, "records", row.id, "words").decode() if row.words else None
        return Record(row.outcome, words, row.at)

    async def readable(self, case: Case, worker: Worker) -> list[Readable]:
        """The check-ins of a case that this worker may read, oldest first."""
        statement = (
            sa.select(SessionRow.id, SessionRow.flow, SessionRow.started_at)
            .join(ParticipantRow, ParticipantRow.id == SessionRow.participant_id)
            .where(
                SessionRow.case_id == case.id,
                SessionRow.sharing == MINE,
                SessionRow.shared_with == worker.id,
                # Somebody who has asked to be deleted may still undo it; until then nobody reads.
                ParticipantRow.delete_at.is_(None),
            )
            .order_by(SessionRow.started_at)
        )
        rows = (await self._connection.execute(statement)).all()
        return [Readable(row.id, row.flow, row.started_at) for row in rows]

    async def read(self, case: Case, worker: Worker, session_id: int, now: dt.datetime) -> bool:
        """Writes down that a worker reads a check-in; False, and nothing, when they may not."""
        if session_id not in {found.session_id for found in await self.readable(case, worker)}:
            return False
        row = {"participant_id": case.participant_id, "session_id": session_id}
        await self._connection.execute(
            sa.insert(ReadRow).values(**row, worker_id=worker.id, at=now)
        )
        return True

    async def readers(
        self, person: Person, most: int | None = 50
    ) -> list[tuple[str, int, dt.datetime]]:
        """Who has read which check-in of a person, and when, newest first."""
        statement = (
            sa.select(ReadRow.session_id, ReadRow.at, WorkerRow.chat_hash, WorkerRow.name)
            .join(WorkerRow, WorkerRow.id == ReadRow.worker_id)
            .where(ReadRow.participant_id == person.id)
            .order_by(ReadRow.at.desc())
            .limit(most)
        )
        rows = (await self._connection.execute(statement)).all()
        return [(self._open_name(r.chat_hash, r.name), r.session_id, r.at) for r in rows]

    async def share(self, session_id: int, sharing: str, worker_id: int | None) -> None:
        """Writes who may read a check-in from now on; what is on its way to another goes."""
        others = (
            sa.select(WorkerRow.chat_hash)
            .join(SessionRow, SessionRow.shared_with == WorkerRow.id)
            .where(SessionRow.id == session_id, WorkerRow.id != (worker_id or 0))
        )
        whose = sa.select(SessionRow.participant_id).where(SessionRow.id == session_id)
        await self._connection.execute(
            sa.delete(OwedRow).where(
                OwedRow.participant_id == whose.scalar_subquery(), OwedRow.chat_hash.in_(others)
            )
        )
        await self._connection.execute(
            sa.update(SessionRow)
            .where(SessionRow.id == session_id)
            .values(sharing=sharing, shared_with=worker_id if sharing == MINE else None)
        )

    async def refused(
        self, chat: int, worker: Worker | None, action: str, now: dt.datetime
    ) -> None:
        """Writes down what was tried and refused."""
        row = {"chat_hash": self._house.chat_hash(chat), "action": action[:20], "at": now}
        await self._connection.execute(
            sa.insert(RefusalRow).values(**row, worker_id=worker.id if worker else None)
        )
