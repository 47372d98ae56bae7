"""What a lead can do beside a worker's own work: see workers and totals, and move people on.

Shows no answers: a lead reads no more than any worker.
"""

from __future__ import annotations

from bot.conversation.buttons import Work
from bot.conversation.visit import Visit
from bot.store.workers import Worker
from bot.workers import crew, people, waiting
from flows.engine import Value


async def workers(visit: Visit, _worker: Worker, _button: Work) -> None:
    """All workers, with how many people they know and alerts nobody has seen."""
    totals = await visit.batch.caseload.totals()
    keys = []
    for worker in await visit.batch.caseload.workers():
        known, joined, alerts = totals.get(worker.id, (0, 0, 0))
        if not worker.active and not known:
            continue
        values: dict[str, Value] = {
            "name": worker.name,
            "total": known,
            "joined": joined,
            "alerts": alerts,
        }
        name = "w_crew_row" if worker.active else "w_crew_row_removed"
        name = "w_crew_row_alert" if alerts and worker.active else name
        keys += crew.rows([(visit.tongue.phrase(name, values), Work("theirs", worker.id))])
    visit.offer("w_crew", keys, controls=[crew.key(visit, "w_crew", "did", Work("did"))])


async def theirs(visit: Visit, _worker: Worker, button: Work) -> None:
    """Another worker's people, to move them on to somebody else."""
    place = people.wanted_page(button)
    cases, place, total = await people.some(visit, button.about, place)
    if not cases:
        visit.say("w_theirs_none")
        return
    found = await visit.batch.caseload.where(cases)
    keys = crew.rows((people.row(visit, w, mine=False), Work("move", w.case.id)) for w in found)
    more = []
    if (place + 1) * people.ON_A_PAGE < total:
        more = [crew.key(visit, "w_theirs", "more", Work("theirs", button.about, str(place + 1)))]
    waiting.ask(visit, "w_theirs", {"total": total}, keys, controls=more)
