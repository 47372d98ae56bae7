"""Workers to whom Telegram takes no message: others hear of their alerts at once.

What the person was told is put right in `contact_corrections`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import structlog

from bot.conversation.context import Context
from bot.domain.worker import Worker
from bot.messages.incoming import BotBlocked
from bot.store.unit_of_work import UnitOfWork

log = structlog.get_logger()


async def mark_unreachable(uow: UnitOfWork, chat: int, now: dt.datetime) -> None:
    """Takes it that a chat cannot be written to: if it is a worker's, others hear of their alerts.

    The next round of alerts does that, within half a minute.
    """
    worker_id = await uow.caseload.unreachable(chat, now)
    if worker_id is not None:
        log.error("worker.unreachable", worker=worker_id)
        await uow.caseload.alerts_of_unreachable(worker_id, now)


async def heard_from(ctx: Context) -> None:
    """Takes it that a worker wrote, and so can hear again."""
    worker = ctx.worker
    if worker is not None and worker.unreachable and not isinstance(ctx.update.content, BotBlocked):
        worker.unreachable = False
        await ctx.uow.caseload.reachable(worker)


def reachable(workers: Iterable[Worker]) -> list[Worker]:
    """Those who can hear, of those who are workers now."""
    return [worker for worker in workers if worker.active and not worker.unreachable]


def nobody(alert_id: int) -> None:
    """Tells the operator that nobody can hear of an alert."""
    log.error("alert.nobody_hears", alert=alert_id)
