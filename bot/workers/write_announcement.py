"""You said, we did: a lead writes what was changed because of participants' answers.

Participants get it with their next follow-up, and it is in the report.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Worker
from bot.domain.worker_inputs import AwaitingAnnouncement
from bot.messages.callback_data import WorkerButton
from bot.workers import worker_pending_input

LONGEST = 600


async def ask(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """Asks what was changed."""
    await worker_pending_input.expect(ctx, worker, AwaitingAnnouncement())
    worker_pending_input.ask_for(ctx, "w_did")


async def written(ctx: Context, worker: Worker, text: str) -> None:
    """Shows the text as participants will get it, and asks if it is right."""
    words, awaited = text.strip(), worker.pending_input
    if not worker.lead:  # no longer a lead, since the question was asked
        await worker_pending_input.expect(ctx, worker)
        await worker_messages.refuse(ctx, "did")
        return
    asked = awaited.text if isinstance(awaited, AwaitingAnnouncement) else None
    if asked and ctx.env.library.replies.read(words, ctx.localizer.code) is not None:
        _check(ctx, asked)  # a short reply is not what they changed: it is asked again
        return
    if not words or len(words) > LONGEST:
        worker_pending_input.ask_for(ctx, "w_did_wrong")
        return
    await worker_pending_input.expect(ctx, worker, AwaitingAnnouncement(words))
    _check(ctx, words)


def _check(ctx: Context, words: str) -> None:
    keys = [
        worker_messages.worker_button(ctx, "w_did_check", verb, WorkerButton(verb))
        for verb in ("tell", "did", "crew")
    ]
    ctx.say_with_buttons("w_did_check", keys, {"words": ctx.phrase("quote", {"words": words})})


async def tell(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """Stores the text, once; participants get it from now on."""
    awaited = worker.pending_input
    if not isinstance(awaited, AwaitingAnnouncement) or awaited.text is None:
        ctx.toast_phrase("stale")
        return
    await ctx.uow.announcements.add(worker, awaited.text, ctx.now)
    await worker_pending_input.expect(ctx, worker)
    ctx.choose(ctx.label("w_did_check", "tell"))
    ctx.say("w_did_done")
