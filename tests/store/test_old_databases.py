"""Databases that earlier versions really made come to today's whole, and what is sealed opens.

Each file in `old` is the dump of a SQLite file with three made-up people, written by the program of
that commit: its name is the revision and the commit. One half-way, one done, one who stopped.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.unit_of_work import UnitOfWork
from flows.engine import AnswerState, load_folder
from tests.conftest import Time
from tests.store.test_migrations import FOLDER, look
from tests.store.test_schema import _config
from tests.support.database.filled_tables import Rows, contents, lost, reflected
from tests.support.running_bot import FLOWS

OLD = sorted((Path(__file__).parent / "old").glob("*.sql.gz"))
MASTER = "b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xkIG9sZCE="
EARLIEST = {"0001": {"Somewhere safe, and quiet", "I would sleep the whole night"}}
LATER = {"the stairs are loud at night"}


def restored(dump: Path, file: Path) -> None:
    """Makes the SQLite file again."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(gzip.decompress(dump.read_bytes()).decode())


async def taken_over(dump: Path, url: str, folder: Path) -> None:
    """Makes the same database on PostgreSQL."""
    restored(dump, folder / "dump.db")
    engine = sa.create_engine(f"sqlite:///{folder / 'dump.db'}")
    with engine.connect() as connection:
        rows, forms = contents(connection), {t.name: set(t.c.keys()) for t in reflected(connection)}
    engine.dispose()
    await asyncio.to_thread(command.upgrade, _config(url), dump.name.partition("-")[0])

    def fill(connection: sa.Connection) -> None:
        for table in reflected(connection):
            for column in set(table.c.keys()) - forms[table.name]:
                # A migration was changed after this database had been made with it.
                connection.execute(sa.text(f'ALTER TABLE {table.name} DROP COLUMN "{column}"'))
        for table in reflected(connection):
            if found := [{k: _aware(v) for k, v in row.items()} for row in rows[table.name]]:
                connection.execute(sa.insert(table), found)

    async with _opened(url) as store:
        await look(store, fill)


def _aware(value: Any) -> Any:
    naive = isinstance(value, dt.datetime) and value.tzinfo is None
    return value.replace(tzinfo=dt.UTC) if naive else value


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    store = Database(url, Vault([MASTER]), FOLDER)
    try:
        yield store
    finally:
        await store.close()


async def everybody(uow: UnitOfWork, ids: list[int]) -> list[Participant]:
    """All people, with all they have said."""
    found = await uow.participants.load([], ids=ids, lock=False)
    return sorted(found.values(), key=lambda person: person.joined_at)


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.name.removesuffix(".sql.gz"))
async def test_an_old_database_comes_to_today_whole(
    empty_database_url: str, tmp_path: Path, time: Time, dump: Path
) -> None:
    url = empty_database_url
    if url.startswith("sqlite"):
        restored(dump, Path(url.removeprefix("sqlite:///")))
    else:
        await taken_over(dump, url, tmp_path)
    async with _opened(url) as store:
        before: Rows = await look(store, contents)
        if not url.startswith("sqlite"):
            await store.migrate()
        await store.open(time(), load_folder(FLOWS).values())
        after: Rows = await look(store, contents)
        assert {t: len(rows) for t, rows in after.items() if t in before} == {
            t: len(rows) for t, rows in before.items()
        } | {"flow_versions": len(after["flow_versions"])}
        missing = lost(before, after)
        missing.pop("cases", None)  # their words were sealed anew, by a key of each
        assert missing == {}

        ids = [row["id"] for row in after["participants"]]
        async with store.unit_of_work() as uow:
            people = await everybody(uow, ids)
        answers = [a for p in people for past in p.checkins for a in past.session.answers.values()]
        words = {answer.words for answer in answers if answer.words}
        assert words >= EARLIEST.get(dump.name[:4], LATER)
        assert {p.state for p in people} == {ParticipantState.ACTIVE, ParticipantState.STOPPED}
        assert sum(p.open_checkin is not None for p in people) >= 1
        assert len(answers) == len(before["answers"])
        chosen = {(a.step, a.choices, a.state) for a in answers}
        unsure = ("first", ("not_sure",), AnswerState.NOT_SURE)
        no = ("first", ("n",), AnswerState.ANSWERED)
        assert (unsure if dump.name.startswith("0001") else no) in chosen
