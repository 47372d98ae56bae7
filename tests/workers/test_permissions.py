"""The authorisation law: every deed of the workers' side, by everyone, on a real database.

What a deed does for those who may do it is tested elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.domain.ids import new_id
from bot.messages.callback_data import WorkerButton, to_base36
from bot.messages.incoming import ButtonPress, Command, TextMessage, UpdateContent
from bot.store.tables.delivery_tables import ChatMessageRow
from bot.store.tables.worker_tables import AlertRow, RefusalRow
from bot.workers.permissions import ACTIONS, Permission
from bot.workers.router import COMMANDS
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office, all_tables, an_office, statements
from tests.workers.test_alerts import asks

MEANWHILE = ("updates_seen", "refusals")
ACTORS = ("own", "other", "lead", "removed", "participant", "stranger")
MAY = {
    Permission.NOBODY: {"own", "other", "lead"},
    Permission.OWN: {"own"},
    Permission.LEAD: {"lead"},
    Permission.LEAD_ANYONE: {"lead"},
}
HOWS = {
    "when": "after.now",
    "began": "today",
    "ended": "yesterday",
    "record": "reached",
    "morning": "on",
    "page": "0",
    "people": "",
}


@dataclass
class House:
    """An office in which everybody is, and what there is to do something about."""

    office: Office
    actors: dict[str, Ear]
    case: int
    unused: int
    alert: int
    session: int
    other: int

    def button(self, verb: str, case: int | None = None) -> ButtonPress:
        """A button that does this to the own worker's person, or to this case."""
        about = self.case if case is None else case
        how = HOWS.get(verb, "")
        if verb in ("link", "drop"):
            about = self.unused if case is None else case
        elif verb == "seen":
            about = self.alert if case is None else case
        elif verb in ("theirs", "mate", "fire", "remove"):
            about = self.other if case is None else case
        elif verb in ("hand", "move"):
            how = str(self.other)
        elif verb == "read":
            how = to_base36(self.session)
        return ButtonPress(WorkerButton(verb, about, how).encode(), 1, "1")


@pytest.fixture
async def house(database_url: str, time: Time) -> AsyncIterator[House]:
    async with an_office(database_url, time) as office:
        own, other = await office.worker("Sam"), await office.worker("Ali")
        actors = {"own": own, "other": other, "removed": await office.worker("Eve")}
        actors["lead"] = await office.worker("Lou", lead=True)
        kim = await office.joined(own, "Kim")
        await office.before(kim)
        await office.link(own, "Lee")
        await office.joined(actors["removed"], "Old")
        await office.remove(actors["removed"])
        await asks(office, kim)
        (alert,) = await office.rows(AlertRow)
        (session,) = [s for s in await office.sessions() if s.sharing == "worker"]
        actors |= {"participant": kim, "stranger": office.phone()}
        yield House(
            office,
            actors,
            await office.case("Kim"),
            await office.case("Lee"),
            alert.id,
            session.id,
            await office.number(other),
        )


def may(verb: str, actor: str) -> bool:
    """Whether someone may do this to the own worker's person."""
    return actor == "own" if verb == "seen" else actor in MAY[ACTIONS[verb].permission]


async def refused(
    house: House, phone: Ear, what: UpdateContent, before: dict[str, Counter[Any]]
) -> list[str]:
    """Does what must be refused, and gives what was asked of the database for it."""
    office = house.office
    refusals = await office.count(RefusalRow)
    with statements(office) as asked:
        await office.act([(phone, what)])
    assert await all_tables(office, *MEANWHILE) == before
    assert await office.count(RefusalRow) == refusals + 1
    assert phone.messages == []
    assert phone.reply is not None
    assert phone.reply.toast == office.words("stale")
    return asked


async def test_every_deed_by_everyone(house: House) -> None:
    lines = [f"{'':10}" + "".join(f"{actor:>13}" for actor in ACTORS)]
    # First all that is refused, for it changes nothing; then the rest, what takes away last.
    before = await all_tables(house.office, *MEANWHILE)
    for verb in ACTIONS:
        for actor in ACTORS:
            if not may(verb, actor):
                await refused(house, house.actors[actor], house.button(verb), before)
        lines.append(
            f"{verb:10}" + "".join(f"{'yes' if may(verb, a) else '-':>13}" for a in ACTORS)
        )
    refusals = await house.office.count(RefusalRow)
    for verb in sorted(ACTIONS, key=("drop", "move", "hand").__contains__):
        for actor in ACTORS:
            if may(verb, actor) and (verb, actor) != ("hand", "own"):
                phone = house.actors[actor]
                await house.office.act([(phone, house.button(verb))])
                assert phone.reply, (verb, actor)
    assert await house.office.count(RefusalRow) == refusals
    print("\n" + "\n".join(lines))  # noqa: T201


async def test_a_made_up_id_is_refused_with_as_much_work_as_another_workers(house: House) -> None:
    before = await all_tables(house.office, *MEANWHILE)
    for verb in ACTIONS:
        if ACTIONS[verb].permission is Permission.OWN or verb == "seen":
            for actor in ("other", "removed", "participant", "stranger"):
                phone = house.actors[actor]
                theirs = await refused(house, phone, house.button(verb), before)
                nobodys = await refused(house, phone, house.button(verb, new_id()), before)
                assert theirs == nobodys, (verb, actor)


FORGED = (
    "k:one:zzzzzzzzzzzzz:",
    "k:page:0:²",
    "k:page:0:99999",
    "k:people:0:-1",
    "k:service:1:²",
    "k:read:0:zzzzzzzzzzzzz",
    "k:nothing:1:1",
    "k:\x00:1:1",
    "k:\ud800:1:1",
    "k:morning:1:",
    "k:lang:0:xx",
    "k:theirs:0:",
    "k:seen:0:",
    "k:when:0:a.b.c",
    "p:share:worker.1:1",
    "p:new_worker:agree.1:1",
    "p:new_worker::0",
    "p:hello:open:zzzzzzzzzzzzz",
)


async def test_forged_data_does_no_harm(house: House) -> None:
    office = house.office
    for data in FORGED:
        for actor in ACTORS:
            phone = house.actors[actor]
            await office.act([(phone, ButtonPress(data, 1, "1"))])
            assert phone.reply is not None
            assert office.words("set_aside") not in phone.said, (data, actor)


async def test_words_waited_for_about_somebody_who_is_no_longer_theirs(house: House) -> None:
    office, own, lead = house.office, house.actors["own"], house.actors["lead"]
    waits = {"rename": "", "record": "add.left", "when": "after.date", "began": "date"}
    for verb, how in waits.items():
        asked = []
        for gone in (False, True):
            name = f"{verb} {gone}"
            phone = await office.joined(own, name)
            await office.before(phone)
            case = await office.case(name)
            await office.does(own, verb, case, how)
            if gone:
                await office.aside(phone, "delete_ask", "delete")
                await office.deleted()
            else:
                await office.does(lead, "move", case, str(house.other))
            before = await all_tables(office, *MEANWHILE, "workers", "owed")
            refusals = await office.count(RefusalRow)
            with statements(office) as seen:
                await office.say(own, "24/12/2026")
            assert own.said == office.words("w_unknown"), verb
            assert name not in own.said
            assert await all_tables(office, *MEANWHILE, "workers", "owed") == before
            assert await office.count(RefusalRow) == refusals + 1
            asked.append(seen)
        assert asked[0] == asked[1], verb


ASKED = ("participants.asked", "participants.asked_at")
NOT_LOOKED_AT = ("updates_seen", "owed", "messages", *ASKED)
"""What every reply writes, also what it asked of a participant."""


async def test_who_is_no_worker_has_no_commands(house: House) -> None:
    office = house.office
    async with office.store.read_with_keys() as (_, keys):
        theirs = {keys.chat_hash(house.actors["participant"].chat)}
    for actor in ("removed", "participant", "stranger"):
        phone = house.actors[actor]
        for command in COMMANDS:
            before = await all_tables(office, *NOT_LOOKED_AT)
            stood = set(await office.rows(ChatMessageRow))
            await office.act([(phone, Command(command, "Kim"))])
            greeted = actor != "participant" and "I am a computer, not a person" in phone.said
            assert greeted or "not understand" in phone.said or "do not know" in phone.said
            assert phone.work == []
            assert await all_tables(office, *NOT_LOOKED_AT) == before
            # Where a message stands is written down for who said yes, to clear their own chat.
            stands = {row.chat_hash for row in set(await office.rows(ChatMessageRow)) ^ stood}
            assert stands == (theirs if actor == "participant" else set())


async def test_a_removed_workers_words_mean_nothing_any_more(house: House) -> None:
    office, own = house.office, house.actors["own"]
    await office.does(own, "rename", house.case)
    await office.remove(own)
    before = await all_tables(office, "updates_seen", "owed")
    await office.act([(own, TextMessage("Another name"))])
    assert await all_tables(office, "updates_seen", "owed") == before
