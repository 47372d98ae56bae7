"""What every test may ask for: so far, an empty database of either kind.

It puts no tables into one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresServer


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """Starts one PostgreSQL server for this process, half a second after it is first asked for."""
    server = PostgresServer()
    try:
        server.create()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Gives the address of a new, empty database, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'checkin.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    if not server.is_running():
        server.start()  # a test that stopped it may have failed before it could start it again
    name = server.create_database()
    yield server.url(name)
    if server.is_running():
        server.drop_database(name)
