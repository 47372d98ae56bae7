"""Asks a participant whether it was them who requested a transfer code from a worker.

The code itself is created and used in `move_phone`. The question comes after a neutral opening
message.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.domain.participant import FollowUp, Participant
from bot.messages.callback_data import PhraseButton
from flows.engine import Value


async def ask(ctx: Context, participant: Participant, found: FollowUp) -> Next | None:
    """Asks, unless the code works by now, is used, or is dead."""
    stories = ctx.uow.identity
    if await stories.waits_for_yes(participant.id, found.id, ctx.now) is None:
        return Next.START
    ctx.say("numbers_ask", about=found.id)
    return None


async def answered(ctx: Context, participant: Participant, button: PhraseButton) -> None:
    """Handles the answer: a yes activates the code now, a no invalidates it."""
    stories = ctx.uow.identity
    worker_id = await stories.waits_for_yes(participant.id, button.about, ctx.now)
    if worker_id is None or button.choice not in ("mine", "not_mine"):
        ctx.toast_phrase("stale")
        return
    if button.choice == "mine":
        await stories.say_yes(participant.id, button.about)
    else:
        await stories.say_no(participant.id, button.about)
        await _not_possible(ctx, participant, worker_id)
    ctx.say("changed")


async def _not_possible(ctx: Context, participant: Participant, worker_id: int) -> None:
    """Notifies the worker who requested it, and the leads, that it is not possible; not why."""
    for worker in await ctx.uow.workers.all():
        mine = next((c for c in participant.cases if worker.lead or c.worker_id == worker.id), None)
        if not worker.active or mine is None or not (worker.lead or worker.id == worker_id):
            continue
        values: dict[str, Value] = {"name": mine.name}
        localizer = ctx.env.languages[worker.language]
        said = worker_messages.build_message(ctx, localizer, "w_phone_no", values, about=mine.id)
        worker_messages.notify(ctx, worker, said, about=mine)
