"""A worker's pending input, for a day at most, and the button that discards it.

The text itself is handled in `router`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from bot.conversation.context import Context
from bot.domain.worker import Case, Worker
from bot.domain.worker_inputs import WorkerInput
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import ButtonPart
from bot.store.unit_of_work import UnitOfWork
from flows.engine import Value

WAITS_FOR = dt.timedelta(days=1)
LEAVE = "leave"


async def expect(ctx: Context, worker: Worker, awaited: WorkerInput | None = None) -> None:
    """Stores what the worker's next text means; None means nothing special."""
    worker.pending_input = awaited
    worker.pending_since = ctx.now if awaited is not None else None
    await ctx.uow.workers.save(worker)


async def expire(uow: UnitOfWork, worker: Worker, now: dt.datetime) -> None:
    """Discards yesterday's question: what is typed today does not answer it."""
    if worker.pending_input is None:
        return
    if worker.pending_since is None or now - worker.pending_since >= WAITS_FOR:
        worker.pending_input = worker.pending_since = None
        await uow.workers.save(worker)


def ask_for(
    ctx: Context,
    name: str,
    values: Mapping[str, Value] | None = None,
    keys: Iterable[ButtonPart] = (),
    *,
    case: Case | None = None,
    controls: Iterable[ButtonPart] = (),
) -> None:
    """Asks a worker something, with a button that leaves the question."""
    leave = ButtonPart(
        ctx.label("w_left", LEAVE), WorkerButton(LEAVE, case.id if case else 0).encode()
    )
    ctx.say_with_buttons(name, keys, values, [*controls, leave])
