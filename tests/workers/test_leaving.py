"""People who delete, workers who are removed, and people who are moved: what goes and what stays.

What deleting means for the answers themselves is in `test_data`.
"""

from __future__ import annotations

import pytest

from bot.cli import manage_workers
from bot.domain.states import WorkerState
from bot.messages.incoming import Command
from bot.settings import CannotBeDone
from bot.store.tables.worker_tables import (
    AlertRow,
    AlertStepRow,
    CaseRow,
    ReadRow,
    RecordRow,
    WorkerRow,
)
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office, an_office
from tests.workers.test_alerts import asks
from tests.workers.test_reading import may_read

BELONGING = (CaseRow, ReadRow, RecordRow, AlertRow, AlertStepRow)


async def counted(office: Office) -> list[int]:
    """How many rows there are of each table that holds something of a person."""
    return [await office.count(table) for table in BELONGING]


async def test_who_deletes_takes_all_of_it_along(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        lee = await office.joined(sam, "Lee")
        await office.before(lee)
        stays = await counted(office)
        time.pass_(hours=1)
        kim = await office.joined(sam)
        await office.before(kim)
        assert await may_read(office, sam)
        await office.does(sam, "record", await office.case(), "left")
        await office.does(sam, "record", await office.case(), "add.left")
        await office.say(sam, "moved away")
        await asks(office, kim)
        await office.does(sam, "rename", await office.case())
        assert all(a > b for a, b in zip(await counted(office), stays, strict=True))
        await office.aside(kim, "delete_ask", "delete")
        assert all(a > b for a, b in zip(await counted(office), stays, strict=True))
        await office.deleted()
        assert await counted(office) == stays
        await office.say(sam, "A name")
        assert sam.said == office.words("w_unknown")
        await office.act([(sam, Command("people"))])
        assert [b.about for b in sam.work if b.verb == "one"] == [await office.case("Lee")]
        time.pass_(hours=1)
        assert await office.go_round() == []
        # And comes back as anybody does.
        await office.agree([kim])
        assert await office.count(CaseRow) == 1


async def test_a_removed_worker_with_somebody_in_their_place(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        kim = await office.joined(sam)
        await office.before(kim)
        token = await office.link(sam, "Lee")
        one, two = await office.number(sam), await office.number(ali)
        await manage_workers.remove(office.settings, time, one, two)
        assert not await may_read(office, ali)  # only once the person says yes
        await office.tick()
        assert office.hellos == [kim.chat]
        await office.all([kim], "open")
        assert "Ali is the person to talk to from now on. May Ali read" in kim.messages[-1].text
        await office.all([kim], f"agree.{two}")
        assert await may_read(office, ali)
        lee = office.phone()
        await office.joins(lee, token)
        await office.act([(ali, Command("people"))])
        assert len([b for b in ali.work if b.verb == "one"]) == 2
        await refused_all(office, sam)
        for number in (one, 99):
            with pytest.raises(CannotBeDone):
                await manage_workers.remove(office.settings, time, number, None)
        for to in (one, two, 99):
            with pytest.raises(CannotBeDone):
                await manage_workers.remove(office.settings, time, two, to)


async def refused_all(office: Office, worker: Ear) -> None:
    """A removed worker sees nobody and can do nothing."""
    await office.act([(worker, Command("people"))])
    assert worker.said
    assert not [m for m in worker.messages for k in m.choices if k.data.startswith("k:")]
    await office.does(worker, "people")
    assert worker.toasts[-1] == office.words("stale")


async def test_a_removed_worker_with_nobody_in_their_place(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, lou = await office.worker("Sam"), await office.worker("Lou", lead=True)
        kim = await office.joined(sam)
        await office.before(kim)
        one = await office.number(sam)
        await manage_workers.remove(office.settings, time, one, None)
        await refused_all(office, sam)
        await office.aside(kim, "mydata", "share")
        assert "Sam" not in kim.keys[0].label
        await office.does(lou, "crew")
        row = office.words("w_crew_row_removed", name="Sam", total=1, joined=1)
        assert row in [key.label for key in lou.keys]
        await office.act([(lou, lou.does("mate"))])
        await office.act([(lou, lou.does("theirs", ""))])
        await office.act([(lou, lou.does("move"))])
        await office.act([(lou, lou.does("move", str(await office.number(lou))))])
        assert lou.said.startswith(office.words("w_handed", worker="Lou", name="Kim"))
        assert not await may_read(office, lou)
        lines = await manage_workers.listed(office.settings, time)
        assert "removed" in lines[0]
        assert "lead" in lines[1]
        assert "1 people" in lines[1]


async def test_a_removed_worker_comes_back_under_their_number(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.before(kim)
        one = await office.number(sam)
        await office.remove(sam)
        await office.worker("Samuel", phone=sam)
        assert await office.number(sam) == one
        assert await may_read(office, sam)
        (row,) = await office.rows(WorkerRow)
        assert row.standing is WorkerState.ACTIVE


async def test_leads_see_numbers_and_no_answers(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, lou = await office.worker("Sam"), await office.worker("Lou", lead=True)
        kim = await office.joined(sam)
        await office.before(kim)
        await asks(office, kim)
        await office.does(lou, "crew")
        row = office.words("w_crew_row_alert", name="Sam", total=1, joined=1, alerts=1)
        assert row in [key.label for key in lou.keys]
        assert not await may_read(office, lou)
