"""You said, we did: a lead writes what was changed because of what people said.

Tells nobody itself: people hear it at their next hello, and it stands in the report.
"""

from __future__ import annotations

from bot.conversation.context import Visit
from bot.domain.worker import Worker
from bot.messages.callback_data import Work
from bot.workers import accounts, worker_pending_input

LONGEST = 600


async def ask(visit: Visit, worker: Worker, _button: Work) -> None:
    """Asks what was changed."""
    await worker_pending_input.keep(visit, worker, to="did")
    worker_pending_input.ask(visit, "w_did")


async def written(visit: Visit, worker: Worker, text: str) -> None:
    """Shows what was written as people will hear it, and asks if it is right."""
    words = text.strip()
    if not worker.lead:  # no longer, since they were asked
        await worker_pending_input.keep(visit, worker)
        await accounts.refuse(visit, "did")
        return
    if not words or len(words) > LONGEST:
        worker_pending_input.ask(visit, "w_did_wrong")
        return
    await worker_pending_input.keep(visit, worker, to="did", words=words)
    keys = [
        accounts.key(visit, "w_did_check", verb, Work(verb)) for verb in ("tell", "did", "crew")
    ]
    quoted = visit.tongue.phrase("quote", {"words": words})
    visit.offer("w_did_check", keys, {"words": quoted})


async def tell(visit: Visit, worker: Worker, _button: Work) -> None:
    """Keeps what was written, once; from now on people hear it."""
    words = worker.waits.get("words")
    if worker.waits.get("to") != "did" or not isinstance(words, str):
        visit.glance("stale")
        return
    await visit.batch.caseload.add_news(worker, words, visit.now)
    await worker_pending_input.keep(visit, worker)
    visit.chosen = visit.label("w_did_check", "tell")
    visit.say("w_did_done")
