"""Two spellings are one service: for who types it, in report and export, and on a lead's list."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.manage_services import add, listed, merge, rename
from bot.reports.edition import closed
from bot.settings import CannotBeDone, read_settings
from bot.store.repositories.work.service_repository import one_name_each
from flows.engine.normalise import normalise
from tests.conftest import Time
from tests.support.database.synthetic_data import ZONE, edition_of
from tests.support.running_bot import KEY
from tests.support.worker_scenario import an_office

SPELLINGS = ("Night-Shelter", "night shelter", "NIGHT  SHELTER", "Night Shelter ", "night‑shelter")
NAMES = st.lists(st.sampled_from([*SPELLINGS, "Bus", "bus", "বাস", "Żar", "zar"]), max_size=12)


@given(NAMES, NAMES)
@settings(max_examples=60)
def test_each_service_has_one_name_and_a_leads_wins(on_list: list[str], used: list[str]) -> None:
    names = one_name_each(on_list, used)
    assert {normalise(name) for name in (*on_list, *used)} == set(names)
    assert all(normalise(name) == key for key, name in names.items())
    assert all(names[normalise(name)] in on_list for name in on_list)
    assert all(name in (*on_list, *used) for name in names.values())


async def test_what_is_typed_in_other_letters_is_the_service_there_is(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        workers = [await office.worker(name) for name in ("Sam", "Ola")]
        for number, spelling in enumerate(SPELLINGS):
            await office.link(workers[number % 2], f"Person {number}", service=spelling)
        async with office.store.unit_of_work() as uow:
            found = await uow.services.all()
        assert [(s.name, s.cases, s.listed) for s in found] == [("Night-Shelter", 5, False)]


async def test_a_lead_lists_adds_renames_and_merges(database_url: str, time: Time) -> None:
    config = read_settings(_env_file=None, database_url=database_url, secret_keys=KEY)
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        assert "no services yet" in (await listed(config))[0]
        people = [await office.joined(sam, f"Person {n}") for n in range(5)]
        assert len(people) == 5
        async with office.store.unit_of_work() as uow:
            (first,) = await uow.services.all()
        assert (first.cases, first.listed) == (5, False)
        assert "0 links" in await add(config, "Night bus")
        with pytest.raises(CannotBeDone, match="on the list already"):
            await add(config, "night-bus")
        with pytest.raises(CannotBeDone, match="merge"):
            await rename(config, first.name, "NIGHT BUS")
        with pytest.raises(CannotBeDone, match="no service"):
            await merge(config, "Nowhere", "Night bus")
        assert "5 links" in await rename(config, first.name.upper(), "Old house")
        assert "5 links" in await merge(config, "old-house", "night bus")
        assert await listed(config) == ["    5  Night bus"]
        time.pass_(days=30)
        counted, _ = await edition_of(office, closed(time(), ZONE))
    assert counted.places["reach", "service", "Night bus", "joined"] == 5
