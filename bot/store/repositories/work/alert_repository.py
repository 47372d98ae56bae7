"""Alerts: who requested contact, which workers were notified, who acknowledged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ids import new_id
from bot.domain.worker import Alert, Case, Worker
from bot.store.crypto.system_keys import SystemKeys
from bot.store.repositories.work.worker_rows import open_worker_name
from bot.store.tables.worker_tables import AlertRow, AlertStepRow, WorkerRow


class AlertRepository:
    """Alerts, within a unit of work."""

    def __init__(self, connection: AsyncConnection, keys: SystemKeys) -> None:
        self._connection = connection
        self._keys = keys

    async def request(self, case: Case, now: dt.datetime, next_at: dt.datetime) -> int:
        """Creates an alert."""
        alert_id = new_id()
        row = {"id": alert_id, "case_id": case.id, "asked_at": now, "next_at": next_at}
        await self._connection.execute(sa.insert(AlertRow).values(**row))
        return alert_id

    async def mark_notified(
        self, alert_id: int, workers: Iterable[Worker], step: str, now: dt.datetime
    ) -> None:
        """Records which workers were notified of an alert, or acknowledged it."""
        rows = [{"alert_id": alert_id, "worker_id": w.id, "step": step, "at": now} for w in workers]
        if rows:
            await self._connection.execute(sa.insert(AlertStepRow), rows)

    async def last(self, case_ids: Collection[int]) -> Alert | None:
        """The newest alert about any of these cases."""
        statement = (
            sa.select(AlertRow)
            .where(AlertRow.case_id.in_(case_ids))
            .order_by(AlertRow.asked_at.desc())
            .limit(1)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        return _alert(row, await self._steps(row.id)) if row is not None else None

    async def find(self, alert_id: int) -> Alert | None:
        """An alert by its id, locked."""
        statement = sa.select(AlertRow).where(AlertRow.id == alert_id).with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        # Queried also where there is no alert, so that a wrong guess takes as long as an id of
        # another's.
        steps = await self._steps(alert_id)
        return _alert(row, steps) if row is not None else None

    async def acknowledge(self, alert: Alert, worker: Worker, now: dt.datetime) -> None:
        """Ends an alert: a worker acknowledged it."""
        await self._connection.execute(
            sa.update(AlertRow)
            .where(AlertRow.id == alert.id)
            .values(seen_at=now, seen_by=worker.id, next_at=None)
        )
        await self.mark_notified(alert.id, [worker], "seen", now)

    async def unseen(
        self, now: dt.datetime, most: int, only: int | None = None
    ) -> list[tuple[int, int]]:
        """Unacknowledged alerts that are due to be repeated: alert and case.

        With `only` that one, if it is among them.
        """
        statement = (
            sa.select(AlertRow.id, AlertRow.case_id)
            .where(AlertRow.next_at <= now, AlertRow.seen_at.is_(None))
            .order_by(AlertRow.next_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        if only is not None:
            statement = statement.where(AlertRow.id == only)
        rows = (await self._connection.execute(statement)).all()
        return [(row.id, row.case_id) for row in rows]

    async def repeat_for_unreachable(self, worker_id: int, now: dt.datetime) -> None:
        """Makes a worker's unacknowledged alerts due at once."""
        told = sa.exists().where(
            AlertStepRow.alert_id == AlertRow.id, AlertStepRow.worker_id == worker_id
        )
        statement = sa.update(AlertRow).where(AlertRow.seen_at.is_(None), told)
        await self._connection.execute(statement.values(next_at=now))

    async def repeat_at(self, alert_id: int, next_at: dt.datetime) -> None:
        """Sets when an alert is repeated."""
        statement = sa.update(AlertRow).where(AlertRow.id == alert_id)
        await self._connection.execute(statement.values(next_at=next_at))

    async def _steps(self, alert_id: int) -> list[tuple[Any, str]]:
        """The steps of an alert in order, each with the name of its worker."""
        statement = (
            sa.select(
                AlertStepRow.worker_id,
                AlertStepRow.step,
                AlertStepRow.at,
                WorkerRow.chat_hash,
                WorkerRow.name,
            )
            .join(WorkerRow, WorkerRow.id == AlertStepRow.worker_id)
            .where(AlertStepRow.alert_id == alert_id)
            .order_by(AlertStepRow.at, AlertStepRow.id)
        )
        steps = (await self._connection.execute(statement)).all()
        return [(step, open_worker_name(self._keys, step.chat_hash, step.name)) for step in steps]


def _alert(row: Any, steps: Sequence[tuple[Any, str]]) -> Alert:
    return Alert(
        row.id,
        row.case_id,
        row.asked_at,
        row.seen_at,
        next((name for step, name in steps if step.step == "seen"), None),
        tuple((step.worker_id, name, step.at) for step, name in steps if step.step != "seen"),
    )
