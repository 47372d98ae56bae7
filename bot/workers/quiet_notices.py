"""A worker hears, without a sound, that somebody joined by their link, or shared something new.

Only what they may read, and no word of it; who has not read it yet finds it in their list too.
"""

from __future__ import annotations

from bot.conversation.context import Visit
from bot.domain.participant import Person
from bot.domain.worker import Case
from bot.workers import accounts


def joined(visit: Visit, case: Case) -> None:
    """Tells the worker whose link it was."""
    visit.then.append(lambda: _tell(visit, case, case.worker_id, "w_joined_now"))


def shared(visit: Visit, person: Person, case_id: int | None, worker_id: int | None) -> None:
    """Tells the worker with whom a check-in is shared from now on."""
    case = person.case(case_id) if case_id is not None else None
    if case is not None and worker_id == case.worker_id and person.delete_at is None:
        visit.then.append(lambda: _tell(visit, case, case.worker_id, "w_shared_now"))


async def _tell(visit: Visit, case: Case, worker_id: int, name: str) -> None:
    workers = await visit.batch.caseload.workers()
    worker = next((w for w in workers if w.id == worker_id and w.active), None)
    if worker is None or worker.chat == visit.arrival.chat:
        return
    tongue = visit.around.tongues[worker.language]
    said = accounts.message(visit, tongue, name, {"name": case.name}, about=case.id)
    if all(reply.chat != worker.chat or said not in reply.messages for reply in visit.beside):
        accounts.tell(visit, worker, said, about=case, silent=True)
