"""What a worker's next words mean, for a day at most, and the button by which they mean nothing.

Takes no words itself; see `desk`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from bot.conversation.context import Visit
from bot.domain.worker import Case, Worker
from bot.messages.callback_data import Work
from bot.messages.reply import Key
from bot.store.unit_of_work import Batch
from flows.engine import Value

WAITS_FOR = dt.timedelta(days=1)
LEAVE = "leave"


async def keep(visit: Visit, worker: Worker, **what: object) -> None:
    """Keeps what the worker's next words mean; nothing means that they mean nothing special."""
    worker.waits = {**what, "at": int(visit.now.timestamp())} if what else {}
    await visit.batch.caseload.change_worker(worker)


async def end_old(batch: Batch, worker: Worker, now: dt.datetime) -> None:
    """Forgets a question of yesterday: what is typed today answers it no more."""
    if not worker.waits:
        return
    at = worker.waits.get("at")
    if not isinstance(at, int) or now.timestamp() - at >= WAITS_FOR.total_seconds():
        worker.waits = {}
        await batch.caseload.change_worker(worker)


def ask(
    visit: Visit,
    name: str,
    values: Mapping[str, Value] | None = None,
    keys: Iterable[Key] = (),
    *,
    case: Case | None = None,
    controls: Iterable[Key] = (),
) -> None:
    """Asks a worker something, with a button that leaves it."""
    leave = Key(visit.label("w_left", LEAVE), Work(LEAVE, case.id if case else 0).data())
    visit.offer(name, keys, values, [*controls, leave])
