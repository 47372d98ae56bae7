"""Fixtures of the tests of what workers type."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Time
from tests.support.worker_scenario import Office, an_office


@pytest.fixture
async def office(database_url: str, time: Time) -> AsyncIterator[Office]:
    async with an_office(database_url, time) as office:
        yield office
