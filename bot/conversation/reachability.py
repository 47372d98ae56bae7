"""Workers whose chat Telegram cannot deliver to: their alerts go to others at once.

What the participant was told is corrected in `contact_corrections`.
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
    """Marks a chat as unreachable: if it is a worker's, others are notified of their alerts.

    The next round of the alerts job does that, within half a minute.
    """
    worker_id = await uow.workers.mark_unreachable(chat, now)
    if worker_id is not None:
        log.error("worker.unreachable", worker=worker_id)
        await uow.alerts.repeat_for_unreachable(worker_id, now)


async def heard_from(ctx: Context) -> None:
    """Marks a worker as reachable, because they wrote."""
    worker = ctx.worker
    if worker is not None and worker.unreachable and not isinstance(ctx.update.content, BotBlocked):
        worker.unreachable = False
        await ctx.uow.workers.mark_reachable(worker)


def reachable(workers: Iterable[Worker]) -> list[Worker]:
    """The reachable ones among active workers."""
    return [worker for worker in workers if worker.active and not worker.unreachable]


def nobody(alert_id: int) -> None:
    """Logs for the operator that an alert has no recipient."""
    log.error("alert.nobody_hears", alert=alert_id)
