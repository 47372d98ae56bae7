"""Kim, who came by Wanda's link and said yes."""

from __future__ import annotations

import pytest

from tests.support.contact_requests import joined, worker
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person


@pytest.fixture
async def wanda(telegram: FakeTelegram, running: Running) -> Person:
    """A worker."""
    return await worker(telegram, running)


@pytest.fixture
async def kim(telegram: FakeTelegram, running: Running, wanda: Person) -> Person:
    """A participant of this worker's, who has said yes."""
    return await joined(telegram, running, wanda)
