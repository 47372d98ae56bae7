"""Fixtures of the tests about who is here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Time
from tests.conversation.identity.two_people import KIMS, Two, remember
from tests.conversation.identity.two_phones import Moving, a_move
from tests.support.worker_scenario import an_office


@pytest.fixture
async def moving(database_url: str, time: Time) -> AsyncIterator[Moving]:
    async with an_office(database_url, time) as office:
        yield await a_move(office)


@pytest.fixture
async def two(database_url: str, time: Time) -> AsyncIterator[Two]:
    async with an_office(database_url, time) as office:
        kim = office.phone()
        await office.agree([kim])
        await office.before(kim, "only_me", words=KIMS)
        found = Two(office, kim, remember(kim))
        time.pass_(days=1)
        yield found
