"""Invites and removes workers, for the command line and for a lead in Telegram alike.

Permission is checked by the caller.
"""

from __future__ import annotations

import datetime as dt

from bot.domain.ids import new_id
from bot.domain.states import ParticipantState
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.schedule import follow_ups
from bot.schedule.plan import Plan
from bot.store.unit_of_work import UnitOfWork

LONGEST_NAME = 60


def tidied(name: str) -> str | None:
    """A worker's name as it is stored; None if it is invalid."""
    name = " ".join(name.split())
    return name if 0 < len(name) <= LONGEST_NAME else None


async def invite(uow: UnitOfWork, name: str, *, lead: bool, now: dt.datetime) -> str:
    """Creates an invite, and returns its token."""
    token = new_token()
    await uow.workers.make_invite(token, name, lead=lead, now=now, expires_at=now + WORKS_FOR)
    return token


async def remove(
    uow: UnitOfWork, plan: Plan, number: int, to: int | None, now: dt.datetime
) -> int | None:
    """Removes a worker; returns the number of their cases. None where there is no such worker."""
    active = {w.id for w in await uow.workers.all() if w.active}
    if number not in active or (to is not None and (to not in active or to == number)):
        return None
    joined = await uow.cases.joined_with(number) if to is not None else {}
    handed = await uow.workers.remove(number, to, now)
    # As with a handover: participants are informed, and asked what the new worker may read.
    for participant in (await uow.participants.load_by_id(joined)).values():
        if participant.state is not ParticipantState.STOPPED and participant.may_message:
            uow.follow_ups.add(
                [
                    follow_ups.worker_changed(
                        plan, participant, joined[participant.id], new_id(), now
                    )
                ]
            )
    return handed
