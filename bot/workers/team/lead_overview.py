"""Overviews for a lead beside a worker's own work: all workers, and their cases to move.

Without answers: a lead reads no more than any worker. Inviting and removing is in `manage_team`.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from bot.conversation import worker_messages
from bot.conversation.context import Context
from bot.domain.worker import Worker
from bot.messages.callback_data import WorkerButton
from bot.messages.parts import ButtonPart
from bot.workers import people_list, worker_pending_input
from bot.workers.team import manage_team
from flows.engine import Value


async def workers(ctx: Context, worker: Worker, _button: WorkerButton) -> None:
    """All workers, with their number of cases and unacknowledged alerts; and invites."""
    totals = await ctx.uow.cases.totals_by_worker()
    keys: list[ButtonPart] = []
    for other in await ctx.uow.workers.all():
        known, joined, alerts = totals.get(other.id, (0, 0, 0))
        if not other.active and not known:
            continue
        values: dict[str, Value] = {
            "name": other.name,
            "total": known,
            "joined": joined,
            "alerts": alerts,
        }
        name = "w_crew_row" if other.active else "w_crew_row_removed"
        name = "w_crew_row_alert" if alerts and other.active else name
        keys += worker_messages.button_rows(
            [(ctx.phrase(name, values), WorkerButton("mate", other.id))]
        )
    for invite in await ctx.uow.workers.open_invites(ctx.now):
        ends = invite.expires_at.astimezone(ZoneInfo(worker.timezone)).date()
        words = ctx.phrase("w_crew_invited", {"name": invite.name, "date": ends})
        keys += worker_messages.button_rows(
            [(words, WorkerButton("invited", manage_team.number_of(invite)))]
        )
    controls = [
        worker_messages.worker_button(ctx, "w_crew", verb, WorkerButton(verb))
        for verb in ("invite", "did")
    ]
    ctx.say_with_buttons("w_crew", keys, controls=controls)


async def theirs(ctx: Context, _worker: Worker, button: WorkerButton) -> None:
    """Another worker's cases, to move them to a third."""
    place = people_list.wanted_page(button)
    cases, place, total = await people_list.some(ctx, button.about, place)
    if not cases:
        ctx.say("w_theirs_none")
        return
    found = await ctx.uow.case_lists.statuses(cases)
    keys = worker_messages.button_rows(
        (people_list.row(ctx, w, mine=False), WorkerButton("move", w.case.id)) for w in found
    )
    more = []
    if (place + 1) * people_list.ON_A_PAGE < total:
        more = [
            worker_messages.worker_button(
                ctx, "w_theirs", "more", WorkerButton("theirs", button.about, str(place + 1))
            )
        ]
    worker_pending_input.ask_for(ctx, "w_theirs", {"total": total}, keys, controls=more)
