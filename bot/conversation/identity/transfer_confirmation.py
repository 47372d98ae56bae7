"""A worker has asked for numbers to move a story: its person is asked whether that was them.

The numbers themselves are made and used in `move_phone`. The question comes after a neutral hello.
"""

from __future__ import annotations

from bot.conversation.context import Context
from bot.dispatch import commands
from bot.domain.participant import FollowUp, Participant
from bot.messages.callback_data import PhraseButton
from bot.workers import accounts
from flows.engine import Value


async def ask(visit: Context, person: Participant, found: FollowUp) -> None:
    """Asks, unless the numbers work by now, are used, or are dead."""
    stories = visit.uow.stories
    if await stories.waits_for_yes(person.id, found.id, visit.now) is None:
        commands.resume(visit)
    else:
        visit.say("numbers_ask", about=found.id)


def answered(visit: Context, button: PhraseButton) -> None:
    """Takes the answer: a yes lets them work now, a no kills them."""
    person = visit.participant
    if person is None:
        visit.toast_phrase("stale")
    else:
        visit.after_handling.append(lambda: _answered(visit, person, button))


async def _answered(visit: Context, person: Participant, button: PhraseButton) -> None:
    stories = visit.uow.stories
    worker_id = await stories.waits_for_yes(person.id, button.about, visit.now)
    if worker_id is None or button.choice not in ("mine", "not_mine"):
        visit.toast_phrase("stale")
        return
    if button.choice == "mine":
        await stories.say_yes(person.id, button.about)
    else:
        await stories.say_no(person.id, button.about)
        await _not_possible(visit, person, worker_id)
    visit.say("changed")


async def _not_possible(visit: Context, person: Participant, worker_id: int) -> None:
    """Tells the worker who asked, and the leads, that it is not possible; not why."""
    for worker in await visit.uow.caseload.workers():
        mine = next((c for c in person.cases if worker.lead or c.worker_id == worker.id), None)
        if not worker.active or mine is None or not (worker.lead or worker.id == worker_id):
            continue
        values: dict[str, Value] = {"name": mine.name}
        tongue = visit.env.languages[worker.language]
        said = accounts.build_message(visit, tongue, "w_phone_no", values, about=mine.id)
        accounts.notify(visit, worker, said, about=mine)
