"""Help for workers: what can be done here, and whom to ask.

The helplines are one tap away there; a worker who is a participant too gets them at once.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.conversation.safety.help import LINES
from bot.domain.worker import Worker
from bot.messages.callback_data import WorkerButton
from flows.engine import Value


def _worker(ctx: Context) -> Worker | None:
    """The worker who asks, if it is one who does not ask for the helplines."""
    worker, button = ctx.worker, ctx.button
    wants_numbers = isinstance(button, WorkerButton) and button.verb == LINES
    return worker if worker is not None and worker.active and not wants_numbers else None


def alone(ctx: Context) -> Worker | None:
    """The worker who asks for help and is no participant here, nor about to become one."""
    on_the_way = (
        ctx.participant is not None or ctx.onboarding is not None or ctx.lookups.awaits_private_word
    )
    return None if on_the_way else _worker(ctx)


async def asked(ctx: Context) -> None:
    """Shows a worker what they can do; others get nothing."""
    if (worker := _worker(ctx)) is not None:
        await offer(ctx, worker)


async def offer(ctx: Context, worker: Worker) -> None:
    """Shows what can be done here and whom to ask, with the helplines one tap away."""
    ctx.language = ctx.participant.language if ctx.participant else worker.language
    ctx.say_with_buttons(
        "w_help", [worker_messages.worker_button(ctx, "w_help", LINES, WorkerButton(LINES))]
    )
    others = [w for w in await ctx.uow.workers.all() if w.lead and w.active]
    names = [w.name for w in others if w.id != worker.id]
    values: dict[str, Value] = {"worker": ctx.localizer.format_list(names)} if names else {}
    ctx.say("w_help_ask" if names else "w_help_ask_none", values)
    worker_messages.show_menu(ctx)
