"""Only the first run makes a database and its key, once, where none was lost; from any folder.

What is done with the database is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT, read_settings
from bot.store.crypto.master_keys import DatabaseLost
from bot.store.opening import begin_store
from tests.conftest import Time
from tests.store.test_migrations import a_store
from tests.support.cli_process import checkin, ended, files, start_on
from tests.support.database.new_database import begin
from tests.support.telegram_fake import FakeTelegram

AT_ONCE = 4
BEGINNING = """
import asyncio, sys
from bot.clock import system_clock
from bot.store.opening import begin_store
from bot.settings import read_settings

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    store = begin_store(read_settings(_env_file=None))
    await store.open(system_clock(), ())
    print((await store.system_keys()).chat_hash(7).hex())
    await store.close()

asyncio.run(main())
"""
NEEDS_ONE = [
    "workers list",
    "workers invite Sam",
    "workers remove 1",
    "complaints list",
    "complaints acknowledge X",
    "receipt X",
    "backup b",
    "restore b",
    "keys save k",
    "keys rotate",
    "export --out e",
    "report --out r.html",
    "flows feedback",
    "migrate",
    "doctor",
]


async def test_no_command_but_the_first_run_makes_a_database(
    telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    (tmp_path / "b").write_bytes(b"no backup")
    known: dict[str, Any] = {"telegram_token": telegram.token, "telegram_api_url": telegram.url}
    for words in NEEDS_ONE:
        done = await checkin(tmp_path, *words.split(), now=time(), **known)
        said = done.out + done.err
        assert done.code == (1 if words == "doctor" else 2), (words, said)
        where = "checkin.db.key, which is not there" if words == "restore b" else "checkin.db"
        assert f"{tmp_path}/{where}" in said, words
        assert files(tmp_path) == ["b"], words
    done = await checkin(tmp_path, "flows", "notes")
    assert (done.code, files(tmp_path)) == (0, ["b"])


async def test_a_database_that_is_lost_is_not_made_anew(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    known: dict[str, Any] = {"telegram_token": telegram.token, "telegram_api_url": telegram.url}
    for left in ("checkin.db-wal", "checkin.db.at-0001.x.copy", "checkin.db.key"):
        (tmp_path / left).touch()
        done = await checkin(tmp_path, "run", **known)
        assert done.code == 2
        gone = f"{tmp_path}/checkin.db is gone, and there was one: {tmp_path}/{left}"
        assert gone in done.err
        if left == "checkin.db.key":
            assert gone in (await checkin(tmp_path, "doctor", **known)).out
        assert files(tmp_path) == [left]
        (tmp_path / left).unlink()


async def test_from_any_folder_a_command_finds_the_same_database(tmp_path: Path) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    elsewhere.mkdir()
    await begin(project)
    file = project / ".env"
    file.write_text("CHECKIN_DATABASE_URL=sqlite:///checkin.db\n")
    said = []
    for folder in (project, elsewhere):
        done = await checkin(folder, "doctor", env_file=file, database_url="")
        said.append(done.out)
        assert f"looked at   {project}/checkin.db" in done.out
        listed = await checkin(folder, "workers", "list", env_file=file, database_url="")
        assert (listed.code, listed.err) == (0, "")
    assert said[0] == said[1]
    assert files(elsewhere) == []


async def test_processes_that_start_at_once_share_one_database(tmp_path: Path) -> None:
    """The key file too is made by one of them, and read whole by the others."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment["CHECKIN_DATABASE_URL"] = f"sqlite:///{tmp_path}/checkin.db"
    pipe = asyncio.subprocess.PIPE
    each = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", BEGINNING),
            env=environment,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        for _ in range(AT_ONCE)
    ]
    async with asyncio.timeout(120):
        for process in each:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        done = await asyncio.gather(*(ended(process, "\n") for process in each))
    assert [(one.code, one.err) for one in done] == [(0, "")] * AT_ONCE
    assert len({one.out.splitlines()[-1] for one in done}) == 1, (
        "all have the keys that one of them made"
    )
    assert files(tmp_path) == ["checkin.db", "checkin.db.key"]
    with sqlite3.connect(tmp_path / "checkin.db") as database:
        assert database.execute("SELECT count(*) FROM keyring").fetchone() == (2,)
    database.close()


async def test_of_those_that_migrate_at_once_one_does_and_the_others_wait(
    empty_database_url: str,
) -> None:
    if empty_database_url.startswith("sqlite"):
        begin_store(read_settings(_env_file=None, database_url=empty_database_url))
    async with (
        a_store(empty_database_url) as one,
        a_store(empty_database_url) as two,
        a_store(empty_database_url) as three,
    ):
        stores = (one, two, three)
        from_to = await asyncio.gather(*(store.migrate() for store in stores))
        head = one.upkeep.known()[-1]
        assert Counter(now for _, now in from_to) == {head: 3}
        assert {await store.revision() for store in stores} == {(head, head)}


async def test_without_a_token_run_opens_practice_only_in_a_terminal(tmp_path: Path) -> None:
    done = await checkin(tmp_path, "run", keep_months=0)
    assert done.code == 2
    assert "CHECKIN_TELEGRAM_TOKEN: is not set." in done.err
    assert "CHECKIN_KEEP_MONTHS: must be a number of months" in done.err
    assert files(tmp_path) == []
    ours, theirs = pty.openpty()
    process = await start_on(theirs, tmp_path, "run")
    os.close(theirs)
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert (await process.stdout.readline()).startswith(b"Practice: nobody real is here")
        process.send_signal(signal.SIGINT)
        await process.communicate()
    os.close(ours)
    assert all("practice" in name for name in files(tmp_path))


def test_a_key_that_is_half_made_is_never_seen(tmp_path: Path) -> None:
    file = tmp_path / "checkin.db"
    settings = read_settings(_env_file=None, database_url=f"sqlite:///{file}")
    file.touch()  # another process was killed between the file and its key
    begin_store(settings)
    key = (tmp_path / "checkin.db.key").read_text()
    begin_store(settings)
    assert (tmp_path / "checkin.db.key").read_text() == key
    assert files(tmp_path) == ["checkin.db", "checkin.db.key"]
    file.unlink()
    with pytest.raises(DatabaseLost, match="Nothing is made in its place"):
        begin_store(settings)
