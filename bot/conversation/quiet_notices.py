"""Silent notifications to a worker: a participant joined by their link, or shared something new.

Only about what they may read, and without its content; unread check-ins are in their list too.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.worker import Case


async def joined(ctx: Context, case: Case) -> None:
    """Notifies the worker whose link it was."""
    await _tell(ctx, case, case.worker_id, "w_joined_now")


async def shared(
    ctx: Context, participant: Participant, case_id: int | None, worker_id: int | None
) -> None:
    """Notifies the worker with whom a check-in is shared from now on."""
    case = participant.case(case_id) if case_id is not None else None
    if case is not None and worker_id == case.worker_id and participant.delete_at is None:
        await _tell(ctx, case, case.worker_id, "w_shared_now")


async def _tell(ctx: Context, case: Case, worker_id: int, name: str) -> None:
    workers = await ctx.uow.workers.all()
    worker = next((w for w in workers if w.id == worker_id and w.active), None)
    if worker is None or worker.chat_id == ctx.update.chat:
        return
    localizer = ctx.env.languages[worker.language]
    said = worker_messages.build_message(ctx, localizer, name, {"name": case.name}, about=case.id)
    if all(other.chat != worker.chat_id or said not in other.parts for other in ctx.other_replies):
        worker_messages.notify(ctx, worker, said, about=case, silent=True)
