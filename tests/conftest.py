"""What every test may ask for: an empty database of either kind, and a whole bot on it."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.support.database.databases import PostgresServer
from tests.support.database.memory_tmp import keep_files_in_memory
from tests.support.running_bot import Running, upgrade
from tests.support.telegram_fake import FakeTelegram, Person

# The library's own wish: retry_after as a time span.
os.environ.setdefault("PTB_TIMEDELTA", "1")

# People in the tests speak English unless a test says otherwise: reading twelve catalogues for each
# of a thousand bots would take most of the time.
os.environ.setdefault("CHECKIN_LANGUAGES", "en")

# Settings of whoever runs the tests are not for the bots of the tests.
os.environ["CHECKIN_ENV_FILE"] = os.devnull

keep_files_in_memory()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """Starts one PostgreSQL server for this process, half a second after it is first asked for."""
    server = PostgresServer()
    try:
        server.create()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nobody in it."""
    file = tmp_path_factory.mktemp("template") / "checkin.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: PostgresServer) -> str:
    """The name of a PostgreSQL database with all tables and nobody in it."""
    name = postgresql_server.create_database()
    upgrade(postgresql_server.url(name))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def kind_of_database(request: pytest.FixtureRequest) -> str:
    """SQLite, and then PostgreSQL."""
    return str(request.param)


@pytest.fixture
def empty_database_url(
    kind_of_database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """Gives the address of a new database without any tables, of either kind."""
    if kind_of_database == "sqlite":
        yield f"sqlite:///{tmp_path / 'checkin.db'}"
        return
    yield from _new_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture
def database_url(
    kind_of_database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """Gives the address of a new database with tables and nobody in it, of either kind.

    Made as a copy: a migration takes longer than most tests.
    """
    if kind_of_database == "sqlite":
        file = tmp_path / "checkin.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    yield from _new_database(server, request.getfixturevalue("postgresql_template"))


@pytest.fixture
def new_database(
    kind_of_database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[], str]:
    """Makes one such database after another, for a law that tries many things."""
    count = itertools.count()
    if kind_of_database == "sqlite":

        def make() -> str:
            file = tmp_path / f"{next(count)}.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
            return f"sqlite:///{file}"

        return make
    server: PostgresServer = request.getfixturevalue("postgresql_server")
    template = request.getfixturevalue("postgresql_template")
    return lambda: server.url(server.create_database(template))


def _new_database(server: PostgresServer, template: str | None = None) -> Iterator[str]:
    if not server.is_running():
        server.start()  # a test that stopped it may have failed before it could start it again
    name = server.create_database(template)
    yield server.url(name)
    if server.is_running():
        server.drop_database(name)


class Time:
    """The clock of a test: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        """Lets time pass: days=14, hours=3 ..."""
        self.now += dt.timedelta(**span)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def telegram(time: Time) -> AsyncIterator[FakeTelegram]:
    """A strict fake Bot API; a test fails at the end if the bot sent what Telegram has not."""
    async with FakeTelegram(clock=time) as fake:
        yield fake
        assert fake.complaints == []


@pytest.fixture
async def running(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Running]:
    """A whole bot, polling the fake, on an empty database."""
    async with Running(telegram, database_url, time) as bot:
        yield bot


@pytest.fixture
async def sam_agreed(telegram: FakeTelegram, running: Running) -> Person:
    """A participant who has consented, and was asked nothing yet."""
    from tests.support.participants import agree  # which itself needs the clock of this file

    person = telegram.person("Sam")
    await agree(person)
    return person


@pytest.fixture
async def sam(sam_agreed: Person) -> Person:
    """A participant who is asked the first question of BEFORE."""
    return sam_agreed


@pytest.fixture
async def sam_half_way(telegram: FakeTelegram, running: Running) -> Person:
    """A participant who has answered one question, and is asked the second."""
    from tests.support.participants import half_way  # as above

    person = telegram.person("Sam")
    await half_way(person)
    return person


@pytest.fixture
async def sam_after_before(sam_agreed: Person) -> Person:
    """A participant who has answered all of BEFORE."""
    from tests.support.participants import before

    await before(sam_agreed)
    return sam_agreed
