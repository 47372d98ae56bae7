"""No update of the tables loses a row: from every revision, on both databases, and by planted ones.

What a migration makes of the tables' form is tested in `test_store`.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.settings import ROOT
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.migrations import MigrationRefused, SchemaOutdated, revisions
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.database.filled_tables import contents, fill, lost, reflected
from tests.support.running_bot import KEY
from tests.support.telegram_fake import FakeTelegram

FOLDER = ROOT / "alembic"
REVISIONS = sorted(file.stem.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py"))

PLANTED = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {revision!r}, {down!r}, None, None
{named}

def upgrade():
    {upgrade}


def downgrade():
    pass
"""


@asynccontextmanager
async def a_store(url: str, folder: Path = FOLDER) -> AsyncIterator[Database]:
    store = Database(url, Vault([KEY]), folder)
    try:
        yield store
    finally:
        await store.close()


def to(target: str, folder: Path = FOLDER) -> Any:
    """Alembic's `upgrade` to a revision, on the connection it is given."""

    def run(connection: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, target)

    return run


async def look(store: Database, work: Any) -> Any:
    """Does something on a connection, and commits it."""
    async with store.engine.begin() as connection:
        return await connection.run_sync(work)


# --- from every revision to the newest -----------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
async def test_rows_written_at_any_revision_are_there_at_the_newest(
    empty_database_url: str, seed: int
) -> None:
    """At every revision rows are added to every table; all are there at every later one."""
    chance = random.Random(seed)  # noqa: S311 - rows of a test
    async with a_store(empty_database_url) as store:
        count = 0
        for revision in REVISIONS:
            before = await look(store, contents)
            await store.upkeep.migrate(to(revision))
            assert lost(before, await look(store, contents)) == {}, revision
            count += await look(store, partial(fill, chance=chance))
        found = await look(store, contents)
        assert sum(map(len, found.values())) == count > 20 * len(REVISIONS)
        assert (await store.revision())[0] == REVISIONS[-1]


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_filled_file_of_any_revision_comes_to_the_newest_at_once(
    tmp_path: Path, revision: str
) -> None:
    """On SQLite, as the bot's own start does it."""
    async with a_store(f"sqlite:///{tmp_path / 'checkin.db'}") as store:
        await store.upkeep.migrate(to(revision))
        await look(store, partial(fill, chance=random.Random(revision)))  # noqa: S311
        before = await look(store, contents)
        await store.upkeep.migrate()
        assert lost(before, await look(store, contents)) == {}
        async with store.engine.connect() as connection:
            on = await connection.exec_driver_sql("PRAGMA foreign_keys")
            assert on.scalar() == 1  # and again as they should be


# --- migrations that would lose something --------------------------------------------------------

BAD = {
    "drops the rows": 'op.execute("DELETE FROM answers")',
    "takes half": 'op.execute("DELETE FROM moves WHERE id IN (SELECT min(id) FROM moves)")',
    "drops a table": 'op.drop_table("voices")',
    "takes people with all that is theirs": 'op.execute("DELETE FROM participants")',
    "renames and loses": (
        'op.rename_table("consents", "agreed"); op.execute("DELETE FROM agreed")'
    ),
    "loses in the middle of two steps": (
        'op.execute("DELETE FROM tries"); op.execute("CREATE TABLE other (id INTEGER)")'
    ),
}

REBUILT = """with op.batch_alter_table("participants", recreate="always") as batch_op:
        batch_op.add_column(sa.Column("mood", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_index("ix_mood", ["mood"])"""


def planted(folder: Path, upgrade: str, named: str = "", number: int = 1) -> Path:
    """The migrations, and one more that is not good."""
    copied = folder / "alembic"
    shutil.copytree(
        FOLDER, copied, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    revision = f"{int(REVISIONS[-1]) + number:04}"
    down = f"{int(revision) - 1:04}"
    text = PLANTED.format(revision=revision, down=down, named=named, upgrade=upgrade)
    (copied / "versions" / f"{revision}_planted.py").write_text(text)
    return copied


async def filled(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A filled database at the newest revision: its rows, and the form of its tables."""
    async with a_store(url) as store:
        await store.upkeep.migrate()
        await look(store, partial(fill, chance=random.Random(url[:6]), most=9))  # noqa: S311
        return await look(store, contents), await look(store, _forms)


def _forms(connection: sa.Connection) -> dict[str, Any]:
    return {t.name: sorted(c.name for c in t.columns) for t in reflected(connection)}


@pytest.mark.parametrize("bad", BAD)
async def test_a_migration_that_loses_rows_is_undone_whole(
    empty_database_url: str, tmp_path: Path, bad: str
) -> None:
    rows, forms = await filled(empty_database_url)
    async with a_store(empty_database_url, planted(tmp_path, BAD[bad])) as store:
        with pytest.raises(MigrationRefused, match=r"had \d+ rows and would have \d+") as refused:
            await store.upkeep.migrate()
        assert "Nothing was changed" in str(refused.value)
    async with a_store(empty_database_url) as store:
        assert await look(store, contents) == rows
        assert await look(store, _forms) == forms
        assert (await store.revision())[0] == REVISIONS[-1]


async def test_all_migrations_of_one_start_are_undone_together(
    empty_database_url: str, tmp_path: Path
) -> None:
    rows, forms = await filled(empty_database_url)
    folder = planted(tmp_path, 'op.add_column("moves", sa.Column("why", sa.Integer()))')
    folder = planted(tmp_path, BAD["drops the rows"], number=2)
    async with a_store(empty_database_url, folder) as store:
        with pytest.raises(MigrationRefused):
            await store.upkeep.migrate()
    async with a_store(empty_database_url) as store:
        assert await look(store, contents) == rows
        assert await look(store, _forms) == forms


async def test_a_table_that_is_rebuilt_takes_nothing_with_it(
    empty_database_url: str, tmp_path: Path
) -> None:
    """The fault that once wiped every answer: SQLite drops the table that others refer to."""
    rows, _ = await filled(empty_database_url)
    sqlite = empty_database_url.startswith("sqlite")
    upgrade = REBUILT if sqlite else REBUILT.replace(', recreate="always"', "")
    async with a_store(empty_database_url, planted(tmp_path, upgrade)) as store:
        await store.upkeep.migrate()
        assert lost(rows, await look(store, contents)) == {}
        assert "mood" in (await look(store, _forms))["participants"]


async def test_what_a_migration_names_may_go(empty_database_url: str, tmp_path: Path) -> None:
    rows, _ = await filled(empty_database_url)
    named = 'removes = {"tries": "counted anew"}\nrenames = {"receipts": "codes"}'
    upgrade = 'op.drop_table("tries"); op.rename_table("receipts", "codes")'
    async with a_store(empty_database_url, planted(tmp_path, upgrade, named)) as store:
        await store.upkeep.migrate()
        found = await look(store, contents)
    assert found.pop("codes") == rows.pop("receipts")
    del rows["tries"]
    assert found == rows


async def test_rows_that_would_refer_to_nothing_are_not_left_behind(tmp_path: Path) -> None:
    """On SQLite nothing cascades while its foreign keys are off; so it is looked at afterwards."""
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    rows, _ = await filled(url)
    named = 'removes = {"participants": "planted"}'
    upgrade = 'op.execute("DELETE FROM participants")'
    async with a_store(url, planted(tmp_path, upgrade, named)) as store:
        with pytest.raises(MigrationRefused, match="would refer to rows of participants"):
            await store.upkeep.migrate()
        assert await look(store, contents) == rows


async def test_what_was_broken_before_is_no_reason_to_stay_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    await filled(url)

    def orphan(connection: sa.Connection) -> None:
        connection.exec_driver_sql("DELETE FROM workers")  # keys are off on a bare connection

    engine = sa.create_engine(url)
    with engine.begin() as connection:
        orphan(connection)
    engine.dispose()
    folder = planted(tmp_path, 'op.add_column("moves", sa.Column("why", sa.Integer()))')
    async with a_store(url, folder) as store:
        before = await look(store, contents)
        await store.upkeep.migrate()
        assert lost(before, await look(store, contents)) == {}


# --- more than one process, and other versions ---------------------------------------------------


async def test_of_several_that_start_at_once_one_migrates(
    empty_database_url: str, tmp_path: Path
) -> None:
    rows, _ = await filled(empty_database_url)
    once = 'op.execute("CREATE TABLE once (id INTEGER)"); op.execute("INSERT INTO once VALUES (1)")'
    folder = planted(tmp_path, once)
    stores = [Database(empty_database_url, Vault([KEY]), folder) for _ in range(4)]
    await asyncio.gather(*(store.upkeep.migrate() for store in stores))
    found = await look(stores[0], contents)
    assert found.pop("once") == [{"id": 1}]
    assert found == rows
    for store in stores:
        await store.close()


async def test_a_database_of_a_newer_version_is_named_and_left_alone(
    telegram: FakeTelegram, empty_database_url: str, tmp_path: Path, time: Time
) -> None:
    newer = planted(tmp_path, 'op.add_column("moves", sa.Column("why", sa.Integer()))')
    async with a_store(empty_database_url, newer) as store:
        await store.upkeep.migrate()
        before = await look(store, contents)
    async with a_store(empty_database_url) as store:
        for tried in (store.open(time(), []), store.migrate(), store.revision()):
            with pytest.raises(SchemaOutdated, match="made by a newer version"):
                await tried
    said = {}
    for words in (("run",), ("doctor",), ("migrate",), ("workers", "list"), ("keys", "rotate")):
        done = await checkin(
            tmp_path,
            *words,
            telegram_token=telegram.token,
            telegram_api_url=telegram.url,
            database_url=empty_database_url,
            secret_keys=KEY,
        )
        said[words[0]] = done.code
        assert "made by a newer version" in done.out + done.err, words
        assert "Traceback" not in done.err
    assert said == {"run": 2, "doctor": 1, "migrate": 2, "workers": 2, "keys": 2}
    async with a_store(empty_database_url, newer) as store:
        assert await look(store, contents) == before


async def test_the_command_migrates(empty_database_url: str, tmp_path: Path) -> None:
    async with a_store(empty_database_url) as store:
        await store.upkeep.migrate(to(REVISIONS[-3]))
    given: dict[str, Any] = {"database_url": empty_database_url, "secret_keys": KEY}
    done = await checkin(tmp_path, "migrate", **given)
    assert (done.code, done.out) == (
        0,
        f"The database is at {REVISIONS[-1]}; it was at {REVISIONS[-3]}.\n",
    )
    done = await checkin(tmp_path, "migrate", **given)
    assert (done.code, done.out) == (0, f"The database is at {REVISIONS[-1]}.\n")
    async with a_store(empty_database_url) as store:
        assert await look(store, partial(revisions, folder=FOLDER)) == (REVISIONS[-1],) * 2
