"""A bot whose model knows one word, so that a test depends on no training."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Time
from tests.danger_model.model_folder import with_model
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram


@pytest.fixture
async def running(
    telegram: FakeTelegram, database_url: str, time: Time, tmp_path: Path
) -> AsyncIterator[Running]:
    """A bot whose model knows one word."""
    flows = with_model(tmp_path)
    async with Running(telegram, database_url, time, flows=flows) as bot:
        yield bot
