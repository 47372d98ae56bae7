"""Help for a worker's work: what can be done here, and whom to ask.

The numbers to call are one tap away there; whoever is a participant too gets them at once.
"""

from __future__ import annotations

from bot.conversation.context import Visit
from bot.conversation.safety.help import LINES
from bot.domain.worker import Worker
from bot.messages.callback_data import Work
from bot.workers import accounts
from flows.engine import Value


def _worker(visit: Visit) -> Worker | None:
    """The worker who asks, if it is one who does not ask for the numbers."""
    worker, button = visit.worker, visit.button
    wants_numbers = isinstance(button, Work) and button.verb == LINES
    return worker if worker is not None and worker.active and not wants_numbers else None


def alone(visit: Visit) -> Worker | None:
    """The worker who asks for help and is no participant here, nor on the way to be one."""
    on_the_way = visit.person is not None or visit.way is not None or visit.known.asked
    return None if on_the_way else _worker(visit)


async def asked(visit: Visit) -> None:
    """Says what a worker can do; to nobody else."""
    if (worker := _worker(visit)) is not None:
        await offer(visit, worker)


async def offer(visit: Visit, worker: Worker) -> None:
    """Says what can be done here and whom to ask, with the numbers to call one tap away."""
    visit.language = visit.person.language if visit.person else worker.language
    visit.offer("w_help", [accounts.key(visit, "w_help", LINES, Work(LINES))])
    others = [w for w in await visit.batch.caseload.workers() if w.lead and w.active]
    names = [w.name for w in others if w.id != worker.id]
    values: dict[str, Value] = {"worker": visit.tongue.listed(names)} if names else {}
    visit.say("w_help_ask" if names else "w_help_ask_none", values)
    accounts.show_menu(visit)
