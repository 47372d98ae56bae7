"""A worker hears, without a sound, that somebody joined by their link, or shared something new.

Only what they may read, and no word of it; who has not read it yet finds it in their list too.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.worker import Case
from bot.workers import accounts


def joined(visit: Context, case: Case) -> None:
    """Tells the worker whose link it was."""
    visit.after_handling.append(lambda: _tell(visit, case, case.worker_id, "w_joined_now"))


def shared(visit: Context, person: Participant, case_id: int | None, worker_id: int | None) -> None:
    """Tells the worker with whom a check-in is shared from now on."""
    case = person.case(case_id) if case_id is not None else None
    if case is not None and worker_id == case.worker_id and person.delete_at is None:
        visit.after_handling.append(lambda: _tell(visit, case, case.worker_id, "w_shared_now"))


async def _tell(visit: Context, case: Case, worker_id: int, name: str) -> None:
    workers = await visit.uow.caseload.workers()
    worker = next((w for w in workers if w.id == worker_id and w.active), None)
    if worker is None or worker.chat_id == visit.update.chat:
        return
    tongue = visit.env.languages[worker.language]
    said = accounts.build_message(visit, tongue, name, {"name": case.name}, about=case.id)
    if all(
        reply.chat != worker.chat_id or said not in reply.messages for reply in visit.other_replies
    ):
        accounts.notify(visit, worker, said, about=case, silent=True)
