"""The states in which a worker may ask a participant for a check-in.

It checks nothing by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

from bot.messages.incoming import Command
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office

HOUR = dt.timedelta(hours=1)


async def as_they_are(_office: Office, _kim: Ear, _time: Time) -> None:
    pass


async def paused(office: Office, kim: Ear, _time: Time) -> None:
    await office.act([(kim, Command("pause"))])
    await office.all([kim], "week1")


async def quiet(office: Office, kim: Ear, _time: Time) -> None:
    async with office.store.unit_of_work() as uow:
        (person,) = (await uow.participants.load([kim.chat])).values()
        person.unanswered = 2  # two hellos went unanswered; the slow round has not been round yet
        uow.participants.save(person)


async def stopped(office: Office, kim: Ear, _time: Time) -> None:
    await office.say(kim, "stop")


async def only_first(office: Office, kim: Ear, _time: Time) -> None:
    await office.act([(kim, Command("times"))])
    await office.all([kim], "never")


async def evenings(office: Office, kim: Ear, _time: Time) -> None:
    await office.act([(kim, Command("times"))])
    await office.all([kim], "evenings")


async def greeted(office: Office, kim: Ear, time: Time) -> None:
    async with office.store.unit_of_work() as uow:
        (person,) = (await uow.participants.load([kim.chat])).values()
        person.last_follow_up_at = time() - HOUR
        uow.participants.save(person)


Making = Callable[[Office, Ear, Time], Awaitable[None]]
STATES: dict[str, tuple[Making, str | None]] = {
    # why they are not asked, as the worker is told; None: the time, which then comes true
    "active": (as_they_are, None),
    "paused": (paused, None),
    "quiet": (quiet, "w_cannot_quiet"),
    "stopped": (stopped, "w_cannot_stopped"),
    "only first": (only_first, "w_asked_when_they_write"),
    "evenings": (evenings, None),
    "greeted": (greeted, None),
}
