"""Fixtures of the tests of what keeps a database in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.maintenance.backups import CANARY, backed_up
from tests.support.database.databases import PostgresServer
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram


@pytest.fixture(params=["sqlite", "postgresql"])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Gives the address of a second, empty database, of the same kind and of the other."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
async def backup(
    telegram: FakeTelegram, running: Running, database_url: str, tmp_path: Path
) -> Path:
    """A good backup of one person, half-way."""
    sam = telegram.person("Sam")
    await agree(sam)
    await sam.says(CANARY)
    path = tmp_path / "good.backup"
    await backed_up(database_url, path)
    return path
