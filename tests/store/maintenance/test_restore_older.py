"""A backup that an older version wrote is restored by today's, whole, and what is sealed opens.

Each `.backup` in `old`, with its `.keys`, was written by the program of that commit: its name is
the revision and the commit. (Those of 0012 to 0016 refused to write any, for a table that nobody
had named; that table was named for them.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.crypto.system_keys import SystemKeys, read_system_keys
from bot.store.crypto.vault import Vault
from bot.store.database import Database
from bot.store.maintenance.backup import read_backup, read_keys
from bot.store.maintenance.column_sealing import ColumnSealing
from bot.store.maintenance.encrypted_file import InvalidBackup
from bot.store.maintenance.restore import restore_backup
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.follow_up_tables import FollowUpRow
from flows.engine import load_folder
from tests.conftest import Time
from tests.store.test_migrations import FOLDER, look
from tests.store.test_old_databases import LATER, MASTER, everybody
from tests.support.database.filled_tables import Rows, contents, lost
from tests.support.running_bot import FLOWS

BACKUPS = sorted((Path(__file__).parent.parent / "old").glob("*.backup"))
CHANGED = {"participants": {"safe"}, "follow_ups": {"state", "outcome", "ended_at", "lease_until"}}
"""What a restore changes on purpose."""


def rows_in(path: Path, revision: str) -> Rows:
    """All that a backup holds, opened with its keys."""
    vault, found = Vault([MASTER]), read_keys(Vault([MASTER]), path.with_suffix(".keys"))
    ours = read_system_keys(vault, found.house)
    gone: set[tuple[str, int]] = set()
    rows: Rows = {}
    for name, row in read_backup(
        vault, path, SystemKeys(vault, ours["chats"], ours["house"]), found, gone
    ):
        if name:
            rows.setdefault(name, []).append(row)
        else:
            assert row["revision"] == revision
    assert gone == set()
    return rows


def comparable(rows: Rows) -> Rows:
    """Without what a restore changes, and with all times as moments."""
    return {
        name: [
            {k: _moment(v) for k, v in row.items() if k not in CHANGED.get(name, ())}
            for row in each
        ]
        for name, each in rows.items()
    }


def _moment(value: Any) -> Any:
    naive = isinstance(value, dt.datetime) and value.tzinfo is None
    return value.replace(tzinfo=dt.UTC) if naive else value


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    store = Database(url, Vault([MASTER]), FOLDER)
    try:
        yield store
    finally:
        await store.close()


@pytest.mark.parametrize("path", BACKUPS, ids=lambda path: path.stem)
async def test_a_backup_of_an_older_version_comes_to_today_whole(
    empty_database_url: str, time: Time, path: Path
) -> None:
    revision = path.name.partition("-")[0]
    before = rows_in(path, revision)
    async with opened(empty_database_url) as store:
        found = await restore_backup(
            store, Vault([MASTER]), path, path.with_suffix(".keys"), time()
        )
        assert found.rows == sum(map(len, before.values()))
        assert (found.skipped, found.ledger_at) == (0, None)
        assert found.only_first == len(before["participants"]) > 0
        after: Rows = await look(store, contents)
        assert lost(comparable(before), comparable(after)) == {}
        for name, rows in before.items():
            assert len(after[name]) == len(rows), name
        at, head = await store.revision()
        assert at == head

        await store.open(time(), load_folder(FLOWS).values())
        sealing = ColumnSealing(store)
        while await sealing.some():
            pass
        async with store.unit_of_work() as uow:
            people = await everybody(uow, [row["id"] for row in before["participants"]])
        answers = [a for p in people for past in p.checkins for a in past.session.answers.values()]
        assert {answer.words for answer in answers if answer.words} >= LATER
        assert len(answers) == len(before["answers"])
        assert {p.state for p in people} == {ParticipantState.ACTIVE, ParticipantState.STOPPED}
        assert all(p.contact_times.never for p in people)
        async with store.engine.connect() as connection:
            clear = sa.select(sa.func.count()).where(AnswerRow.state != "")
            assert (await connection.execute(clear)).scalar_one() == 0
            due = sa.select(sa.func.count()).where(
                FollowUpRow.state == FollowUpState.WAITING, FollowUpRow.due_at <= time()
            )
            assert (await connection.execute(due)).scalar_one() == 0


@pytest.mark.parametrize("path", BACKUPS[:1], ids=lambda path: path.stem)
async def test_it_is_restored_into_a_database_that_was_only_started_once(
    database_url: str, time: Time, path: Path
) -> None:
    async with opened(database_url) as store:
        await store.open(time(), load_folder(FLOWS).values())
        sealing = ColumnSealing(store)
        while await sealing.some():
            pass
        keys = path.with_suffix(".keys")
        await restore_backup(store, Vault([MASTER]), path, keys, time())
    async with opened(database_url) as store:
        await store.open(time(), load_folder(FLOWS).values())
        before, after = rows_in(path, path.name[:4]), await look(store, contents)
        assert len(after["answers"]) == len(before["answers"]) > 0
        sealing = ColumnSealing(store)
        assert await sealing.some(), "what older versions left in clear is sealed"
        while await sealing.some():
            pass


async def test_without_a_ledger_nobody_can_say_that_nothing_was_lost(
    empty_database_url: str, time: Time
) -> None:
    path = BACKUPS[-1]
    async with opened(empty_database_url) as store:
        with pytest.raises(InvalidBackup, match=r"has none\. Restore without it"):
            await restore_backup(
                store,
                Vault([MASTER]),
                path,
                path.with_suffix(".keys"),
                time(),
                nothing_was_lost=True,
            )
        assert await store.revision() == (None, store.upkeep.known()[-1])


def test_there_is_one_of_every_revision_that_could_write_any() -> None:
    revisions = [path.name[:4] for path in BACKUPS]
    assert revisions == [f"{number:04}" for number in range(7, 7 + len(revisions))]
