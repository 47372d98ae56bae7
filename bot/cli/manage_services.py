"""Actions of a lead on the list of services.

Published months keep the names they were published with.
"""

from __future__ import annotations

from bot.settings import CannotBeDone, Settings
from bot.store.opening import open_batch
from bot.store.repositories.work.service_repository import ListedService
from bot.workers.invitations import LONGEST_SERVICE
from flows.engine.normalise import normalise

SEE = "`checkin services list` shows them"


async def listed(settings: Settings) -> list[str]:
    """A line for each service."""
    async with open_batch(settings) as uow:
        found = await uow.services.all()
    lines = [
        f"{each.cases:>5}  {each.name}{'' if each.listed else '  (typed by a worker)'}"
        for each in found
    ]
    return lines or ["no services yet: `checkin services add NAME` puts one on the list"]


async def add(settings: Settings, name: str) -> str:
    """Adds a service to the list.

    Raises:
        CannotBeDone: the name is invalid or already on the list.
    """
    name = _name(name)
    async with open_batch(settings) as uow:
        there = _there(await uow.services.all(), name)
        if there is not None and there.listed:
            raise CannotBeDone(f"{there.name} is on the list already")
        changed = await uow.services.rename(name, name)
    return f"{name} is on the list; {changed} links that had it in other letters say so now"


async def rename(settings: Settings, name: str, new: str) -> str:
    """Renames a service.

    Raises:
        CannotBeDone: there is no such service, or the new name is another service's.
    """
    new = _name(new)
    async with open_batch(settings) as uow:
        services = await uow.services.all()
        old, other = _found(services, name), _there(services, new)
        if other is not None and other != old:
            raise CannotBeDone(f"there is {other.name} already: `checkin services merge` joins two")
        changed = await uow.services.rename(old.name, new)
    return f"{old.name} is {new} now, in {changed} links"


async def merge(settings: Settings, name: str, into: str) -> str:
    """Merges two services.

    Raises:
        CannotBeDone: one of them does not exist, or they are the same.
    """
    async with open_batch(settings) as uow:
        services = await uow.services.all()
        old, new = _found(services, name), _found(services, into)
        if old == new:
            raise CannotBeDone(f"{name} and {into} are one service already: {old.name}")
        changed = await uow.services.rename(old.name, new.name)
    return f"{old.name} is {new.name} now, in {changed} links"


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not normalise(name) or len(name) > LONGEST_SERVICE:
        raise CannotBeDone(f"a service's name has 1 to {LONGEST_SERVICE} letters")
    return name


def _there(services: list[ListedService], name: str) -> ListedService | None:
    return next((each for each in services if normalise(each.name) == normalise(name)), None)


def _found(services: list[ListedService], name: str) -> ListedService:
    if (found := _there(services, name)) is None:
        raise CannotBeDone(f"there is no service {name}: {SEE}")
    return found
