"""Puts right what a person was told who asked for somebody: nobody was asked who could not hear."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.conversation.context import Visit
from bot.conversation.safety import contact_request
from bot.domain.worker import Case, Worker
from bot.messages.incoming import Arrival, Gone
from bot.store.tables import Life
from bot.workers import reachability

STILL_ASKING = dt.timedelta(minutes=10)
"""How long after somebody asked what they were told is put right; later it would be news."""


async def put_right(visit: Visit, alert_id: int, case: Case, told: list[Worker]) -> None:
    """Tells the person who is asked now, where whoever they were told of could not hear."""
    alert = await visit.batch.caseload.alert_for(alert_id)
    if alert is None or case.participant_id is None:
        return
    if visit.now - alert.asked_at > STILL_ASKING or not alert.told:
        return
    can_hear = {
        worker.id for worker in reachability.reachable(await visit.batch.caseload.workers())
    }
    if can_hear & {worker_id for worker_id, *_ in alert.told}:
        return  # one of them may yet look
    person = (await visit.batch.load_ids([case.participant_id])).get(case.participant_id)
    if person is None or not person.here or person.state is Life.STOPPED or person.delete_at:
        return
    there = Visit(
        Arrival(0, person.chat, Gone(), visit.now), person, visit.batch, visit.now, visit.around
    )
    contact_request.say_who(there, told, visit.now + visit.around.plan.alert, others=False)
    visit.beside.append(replace(there.reply(), lasting=False))
