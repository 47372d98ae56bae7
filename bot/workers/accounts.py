"""Worker accounts: accepting an invite, the commands shown, the daily digest.

Cases are handled in `people_list` and `person_page`.
"""

from __future__ import annotations

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Worker, WorkerInvite
from bot.messages.callback_data import WorkerButton


async def accept_invite(ctx: Context, invite: WorkerInvite) -> None:
    """Creates a worker from the first chat that opens an invite."""
    languages = ctx.env.languages
    language = languages.match(ctx.update.language_code) or languages.codes[0]
    worker = await ctx.uow.workers.create_from_invite(
        ctx.update.chat, invite, language, ctx.env.zone, ctx.now
    )
    ctx.worker = worker
    worker_messages.welcome(ctx, worker)


def menu_follows(ctx: Context, *, known: bool) -> None:
    """Updates a worker's commands once they have become a participant too, or are none."""
    worker = ctx.worker
    if worker is not None and worker.active and known != (ctx.participant is not None):
        worker_messages.show_menu(ctx)


async def daily_digest(ctx: Context, worker: Worker, button: WorkerButton) -> None:
    """Switches the daily digest on or off."""
    worker.daily_digest = button.how == "on"
    await ctx.uow.workers.save(worker)
    off = worker_messages.worker_button(
        ctx, "w_morning_on", "off", WorkerButton("morning", how="off")
    )
    ctx.say_with_buttons(
        "w_morning_on" if worker.daily_digest else "w_morning_off",
        [off] if worker.daily_digest else [],
    )
