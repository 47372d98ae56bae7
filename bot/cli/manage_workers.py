"""Operator actions: workers invited, listed, removed; notes read.

Calls Telegram only for the bot's own name, which an invite's link needs.
"""

from __future__ import annotations

from bot.clock import Clock
from bot.content.plan_loader import load_plan
from bot.messages.deep_links import DeepLinks
from bot.settings import CannotBeDone, Settings
from bot.store.opening import database, open_batch
from bot.store.repositories.operation.language_texts import forget_language
from bot.workers.team import membership


async def notes(settings: Settings) -> list[str]:
    """A line for each text that a participant marked as sounding wrong."""
    async with open_batch(settings) as uow:
        found = await uow.wording_notes.all()
    lines = [f"{at:%Y-%m-%d}  {code}  {place}  {note}".rstrip() for at, code, place, note in found]
    return lines or ["nobody has said that anything sounds wrong"]


async def invite(settings: Settings, clock: Clock, name: str, *, lead: bool) -> str:
    """Creates an invite, and returns its link.

    Raises:
        CannotBeDone: there is no token, Telegram cannot be reached, or the name is invalid.
    """
    from bot.telegram.client import username  # imported here: the other commands need no Telegram

    tidied = membership.tidied(name)
    if tidied is None:
        raise CannotBeDone(f"a worker's name has 1 to {membership.LONGEST_NAME} letters")
    address = DeepLinks(await username(settings))
    async with open_batch(settings) as uow:
        token = await membership.invite(uow, tidied, lead=lead, now=clock())
    return address.link(token)


async def listed(settings: Settings, clock: Clock) -> list[str]:
    """A line for each worker and each invite that still works."""
    async with open_batch(settings) as uow:
        totals = await uow.cases.totals_by_worker()
        lines: list[str] = []
        for worker in await uow.workers.all():
            people, joined, alerts = totals.get(worker.id, (0, 0, 0))
            kind = "lead" if worker.lead else "worker"
            standing = kind if worker.active else "removed"
            if worker.active and worker.unreachable:
                standing += "; cannot be reached: has blocked the bot, or left Telegram"
            told = f"{people} people, {joined} joined, {alerts} alerts not seen"
            lines.append(f"{worker.id:>4}  {worker.name}  ({standing}; {told})")
        for found in await uow.workers.open_invites(clock()):
            kind = "lead" if found.lead else "worker"
            lines.append(f"   -  {found.name}  (invited as {kind}, until {found.expires_at:%d %b})")
    return lines or ["no workers yet: `checkin workers invite NAME --lead` makes the first"]


async def remove(settings: Settings, clock: Clock, number: int, to: int | None) -> str:
    """Removes a worker, and reports what became of their cases.

    Raises:
        CannotBeDone: there is no such worker.
    """
    now, plan = clock(), load_plan(settings.flows / "plan.yaml")
    async with open_batch(settings) as uow:
        handed = await membership.remove(uow, plan, number, to, now)
        if handed is None:
            raise CannotBeDone("no such worker: `checkin workers list` shows the numbers")
    if to is not None:
        return f"removed; {handed} people are now with worker {to}"
    return f"removed; {handed} people have no worker now: a lead can move them"


async def let_go(settings: Settings, code: str) -> str:
    """Records that a language that is no longer complete need not be offered after the next start.

    Raises:
        CannotBeDone: no start has offered it.
    """
    async with database(settings) as store:
        if not await forget_language(store, code):
            raise CannotBeDone(f"no start has offered `{code}`")
    return f"{code}: from the next start on it is offered only when it is whole"
