"""The fixture as a database of either kind, a fresh copy for each test.

A copy for PostgreSQL is made of the same rows by plain inserts, at the revision it was made at.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.old_house import product
from tests.old_house.play import DATA
from tests.support.database.databases import PostgresServer
from tests.support.database.filled_tables import Rows, contents, reflected

REVISION = "0021"


@pytest.fixture(scope="session")
def old_house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SQLite file, as the old program left it."""
    file = tmp_path_factory.mktemp("old-house") / "house.db"
    file.write_bytes(gzip.decompress((DATA / "house.db.gz").read_bytes()))
    return file


@pytest.fixture(scope="session")
def old_rows(old_house: Path) -> Rows:
    """Every row in it, read without the product."""
    engine = sa.create_engine(f"sqlite:///{old_house}")
    try:
        with engine.connect() as connection:
            return contents(connection)
    finally:
        engine.dispose()


@pytest.fixture(scope="session")
def old_postgresql(postgresql_server: PostgresServer, old_rows: Rows) -> str:
    """The name of a PostgreSQL database with the same rows, brought to today's revision."""
    name = postgresql_server.create_database()
    url = postgresql_server.url(name)
    product.upgrade_to(url, REVISION)
    asyncio.run(product.on_connection(url, lambda connection: _fill(connection, old_rows)))
    product.upgrade_to(url, "head")
    return name


def _fill(connection: sa.Connection, rows: Rows) -> None:
    for table in reflected(connection):
        if found := [{k: aware(v) for k, v in row.items()} for row in rows[table.name]]:
            connection.execute(sa.insert(table), found)
        for column in table.primary_key:
            named = sa.func.pg_get_serial_sequence(table.name, column.name)
            if found and (sequence := connection.execute(sa.select(named)).scalar()):
                highest = max(row[column.name] for row in found)
                connection.execute(sa.select(sa.func.setval(sequence, highest)))


def aware(value: Any) -> Any:
    """A moment with its zone, as PostgreSQL has it."""
    naive = isinstance(value, dt.datetime) and value.tzinfo is None
    return value.replace(tzinfo=dt.UTC) if naive else value


@pytest.fixture
def house_urls(
    kind_of_database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Callable[[], str]]:
    """Makes the address of one copy after another, of either kind."""
    if kind_of_database == "sqlite":
        old: Path = request.getfixturevalue("old_house")
        count = iter(range(99))

        def copied() -> str:
            file = tmp_path / f"house-{next(count)}.db"
            shutil.copyfile(old, file)
            return f"sqlite:///{file}"

        yield copied
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    template = request.getfixturevalue("old_postgresql")
    names: list[str] = []

    def made() -> str:
        names.append(server.create_database(template))
        return server.url(names[-1])

    yield made
    for name in names:
        server.drop_database(name)


@pytest.fixture
def house_url(house_urls: Callable[[], str]) -> str:
    """The address of one copy."""
    return house_urls()
