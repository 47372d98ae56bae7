"""What a participant may do after a backup that a restore must not undo.

It checks nothing by itself.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bot.conversation.identity.move_phone import digits_in
from bot.messages.incoming import Command
from bot.store.tables.worker_tables import CaseRow
from tests.support.participants import TO_KEEP
from tests.support.worker_scenario import Ear, Office

SERVICE_CHOICES = ("worker", "service", "only_me")


@dataclass
class Kit:
    """One person: the phone they hold now, and every other phone they ever had."""

    office: Office
    phone: Ear
    secret: str
    session: int
    participant: int
    changed: int = 0
    phones: list[Ear] = field(default_factory=list)


Deed = Callable[[Kit, random.Random], Awaitable[None]]
LIFE: list[Deed] = []


def deed(work: Deed) -> Deed:
    """Adds a deed to those there are."""
    LIFE.append(work)
    return work


@deed
async def stops(kit: Kit, _chance: random.Random) -> None:
    await kit.office.act([(kit.phone, Command("stop"))])


@deed
async def starts_again(kit: Kit, _chance: random.Random) -> None:
    await kit.office.act([(kit.phone, Command("start"))])
    for choice in (*TO_KEEP, "agree"):
        if choice in kit.phone.offered:
            await kit.office.all([kit.phone], choice)


@deed
async def shares(kit: Kit, chance: random.Random) -> None:
    choice = chance.choice(SERVICE_CHOICES)
    if choice == "worker":
        cases = [r for r in await kit.office.rows(CaseRow) if r.participant_id == kit.participant]
        choice = f"worker.{cases[0].worker_id}" if cases else choice
    await kit.office.aside(kit.phone, "share", choice, kit.session)


@deed
async def withdraws(kit: Kit, _chance: random.Random) -> None:
    await kit.office.aside(kit.phone, "share", "only_me", kit.session)


@deed
async def takes_an_answer_back(kit: Kit, chance: random.Random) -> None:
    await kit.office.aside(kit.phone, "change_which", chance.choice(STEPS), kit.session)
    await kit.office.aside(kit.phone, "change_one", "take_back", kit.session)


@deed
async def changes_an_answer(kit: Kit, chance: random.Random) -> None:
    await kit.office.aside(kit.phone, "change_which", chance.choice(STEPS), kit.session)
    kit.changed += 1
    await kit.office.say(kit.phone, f"{kit.secret} changed {kit.changed}")


@deed
async def pauses(kit: Kit, chance: random.Random) -> None:
    await kit.office.act([(kit.phone, Command("pause"))])
    offered = [choice for choice in kit.phone.offered if choice.startswith("week")]
    if offered:
        await kit.office.all([kit.phone], chance.choice(offered))


@deed
async def is_only_written_to_first(kit: Kit, _chance: random.Random) -> None:
    await kit.office.aside(kit.phone, "times", "never")


@deed
async def moves_to_another_phone(kit: Kit, _chance: random.Random) -> None:
    office = kit.office
    await office.aside(kit.phone, "safety_first", "move")
    found = [line for line in kit.phone.said.split("\n") if digits_in(line)]
    if not found:
        return
    new = office.phone()
    await office.aside(new, "came_back", "ask")
    await office.say(new, found[0])
    kit.phones.append(new)
    if office.words("story_open") in new.said:
        kit.phone = new


@deed
async def another_takes_the_phone(kit: Kit, _chance: random.Random) -> None:
    office = kit.office
    await office.act([(kit.phone, Command("start"))])
    await office.aside(kit.phone, "other_person", "new", kit.participant)
    for choice in TO_KEEP:
        if choice in kit.phone.offered:
            await office.all([kit.phone], choice)


@deed
async def deletes_all(kit: Kit, chance: random.Random) -> None:
    if chance.random() < 0.5:  # else everybody would be gone soon
        await kit.office.aside(kit.phone, "delete_ask", "delete")
        if chance.random() < 0.7:
            await kit.office.deleted()


STEPS: list[str] = []
"""The steps that everybody has answered."""
