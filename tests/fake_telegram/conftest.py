"""Fixtures of the tests of the fake Telegram, with a clock that stands still."""

from collections.abc import AsyncIterator

import pytest
from telegram import (
    Bot,
)

from tests.fake_telegram.calls import Clock, connect
from tests.support.telegram_fake import FakeTelegram, Person


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(clock=clock, webhook_timeout=0.3) as served:
        yield served


@pytest.fixture
async def bot(telegram: FakeTelegram) -> AsyncIterator[Bot]:
    async with connect(telegram) as connected:
        yield connected


@pytest.fixture
def sam(telegram: FakeTelegram) -> Person:
    return telegram.person("Sam", started=True)
