"""A backup is whole though the bot runs, opens only with the keys, and puts people back in place.

Restoring by another version of the bot is refused, not tried.
"""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.app import open_store, open_vault
from bot.settings import ROOT, Settings, read_settings
from bot.store.backup import (
    MAGIC,
    NotABackup,
    NotEmpty,
    read_backup,
    restore_backup,
    write_backup,
)
from bot.store.tables import AnswerRow, Base, FollowUpRow, SeenRow
from bot.store.vault import WrongKey, new_master
from tests.conftest import Time
from tests.databases import PostgresServer
from tests.people import agree, before, say, tap
from tests.running import KEY, Running
from tests.telegram_fake import FakeTelegram

CANARY = "canary-7319 my brother knows"


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


def settings_for(url: str, key: str = KEY) -> Settings:
    """Settings for the database alone."""
    return read_settings(_env_file=None, database_url=url, secret_keys=key)


async def backed_up(url: str, path: Path) -> int:
    """Writes a backup as the command does: with a connection of its own."""
    settings = settings_for(url)
    store = open_store(settings)
    try:
        return await write_backup(store, open_vault(settings), path)
    finally:
        await store.close()


async def restored(url: str, path: Path, key: str = KEY) -> int:
    """Restores a backup as the command does."""
    settings = settings_for(url, key)
    store = open_store(settings)
    try:
        return await restore_backup(store, open_vault(settings), path)
    finally:
        await store.close()


async def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table there is, as the program sees it."""
    store = open_store(settings_for(url))
    found: dict[str, list[Any]] = {}
    try:
        async with store.engine.connect() as connection:
            names = await connection.run_sync(lambda c: sa.inspect(c).get_table_names())
            for table in Base.metadata.sorted_tables:
                if table.name in names:
                    rows = (await connection.execute(sa.select(table))).all()
                    found[table.name] = sorted((tuple(row) for row in rows), key=repr)
    finally:
        await store.close()
    return found


def _backups(folder: Path) -> list[str]:
    """Every file there that is one, or was to become one."""
    return [path.name for path in folder.iterdir() if "backup" in path.name]


# --- there and back ------------------------------------------------------------------------------


async def test_a_person_goes_on_exactly_where_the_backup_was(
    telegram: FakeTelegram, database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    path = tmp_path / "checkin.backup"
    async with Running(telegram, database_url, time) as running:
        await agree(kim, running)
        await before(kim, running)
        await agree(sam, running)
        await tap(sam, running, "Start")
        await say(sam, running, CANARY)
        assert "going wrong" in sam.last.text
        count = await backed_up(database_url, path)
        was = await contents(database_url)
        await tap(sam, running, "Money", "Done")  # after the backup, and lost with the machine
        assert "things had got better" in sam.last.text

    assert await restored(other_url, path) == count == sum(len(rows) for rows in was.values())
    assert await contents(other_url) == was

    async with Running(telegram, other_url, time) as again:
        await say(sam, again, "START")
        assert "going wrong" in sam.last.text
        await tap(sam, again, "Money", "Done")
        await say(sam, again, "I would sleep")
        await tap(sam, again, "No", "Skip")
        assert f"“{CANARY}”" in sam.last.text, "what was said before the backup is there"
        await tap(sam, again, "Yes", "Only me", "OK")
        assert "hello again around 7 December" in sam.last.text
        time.pass_(days=14)
        await again.tick()
        for person in (sam, kim):
            await tap(person, again, "Yes", "No, just me")
            assert "Can I ask how it went" in person.last.text
        assert len({r.id for r in await again.rows(FollowUpRow)}) == 10, "none is planned twice"


async def test_a_backup_is_of_one_moment_though_a_conversation_goes_on(
    telegram: FakeTelegram, database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    people = [telegram.person(name) for name in ("Sam", "Kim", "Ola")]
    path = tmp_path / "checkin.backup"
    async with Running(telegram, database_url, time) as running:
        for person in people:
            await agree(person, running)
            await tap(person, running, "Start")
        seen = [{"update_id": -n, "at": time()} for n in range(1, 30_001)]
        async with running.bot.store.engine.begin() as connection:
            await connection.execute(sa.insert(SeenRow), seen)  # so that writing it takes a while
        first = len(await running.rows(AnswerRow))
        backup = asyncio.create_task(backed_up(database_url, path))
        said = 0
        while not backup.done():
            for person in people:
                await say(person, running, f"{CANARY} {said}")
                said += 1
        await backup
        after = len(await running.rows(AnswerRow))
    assert said >= len(people), "people were answered while it was written"
    assert first < after, "and what they said was kept"
    await restored(other_url, path)
    found = await contents(other_url)
    sessions = {row[0]: row for row in found["sessions"]}
    assert len(sessions) == len(found["participants"]) == 3
    assert {row[0] for row in found["answers"]} <= set(sessions)
    assert len(found["updates_seen"]) >= 30_000
    async with Running(telegram, other_url, time) as again:
        for person in people:
            await say(person, again, "START")
            assert person.fresh, "and each can go on"


async def test_the_file_is_for_its_owner_and_shows_nothing(
    telegram: FakeTelegram, running: Running, database_url: str, tmp_path: Path
) -> None:
    sam = telegram.person("Samphire")
    await agree(sam, running)
    await tap(sam, running, "Start")
    await say(sam, running, CANARY)
    path = tmp_path / "checkin.backup"
    before_umask = os.umask(0)
    try:
        await backed_up(database_url, path)
    finally:
        os.umask(before_umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert _backups(tmp_path) == ["checkin.backup"]
    held = path.read_bytes()
    for word in ("canary", "brother", "Samphire", str(sam.chat_id), "participants", KEY):
        assert word.encode() not in held
    rows = "\n".join(str(row) for row in read_backup(open_vault(settings_for(database_url)), path))
    assert CANARY not in rows, "sealed once more inside, with a key for each person"
    assert str(sam.chat_id) not in rows
    with pytest.raises(FileExistsError):
        await backed_up(database_url, path)
    assert path.read_bytes() == held, "a backup is never written over"


# --- refused, and nothing changed ----------------------------------------------------------------


@pytest.fixture
async def backup(
    telegram: FakeTelegram, running: Running, database_url: str, tmp_path: Path
) -> Path:
    """A good backup of one person, half-way."""
    sam = telegram.person("Sam")
    await agree(sam, running)
    await tap(sam, running, "Start")
    await say(sam, running, CANARY)
    path = tmp_path / "good.backup"
    await backed_up(database_url, path)
    return path


def _spoiled(backup: Path) -> Iterator[tuple[str, bytes]]:
    good = backup.read_bytes()
    yield "empty", b""
    yield "another file", b"PK\x03\x04" + good[4:]
    for place in {1, len(MAGIC), len(MAGIC) + 20, *range(200, len(good), 797), len(good) - 1}:
        yield f"cut short at {place}", good[:place]
    for place in range(200, len(good), 797):
        changed = bytes([good[place] ^ 1])
        yield f"changed at {place}", good[:place] + changed + good[place + 1 :]
    yield "something after its end", good + b"\0"


def _frames(backup: Path) -> tuple[bytes, list[bytes]]:
    """A backup taken apart: what stands before its frames, and they."""
    good = backup.read_bytes()
    at = good.index(b"\n", len(MAGIC)) + 1
    head, frames = good[:at], []
    while at < len(good):
        size = 4 + int.from_bytes(good[at : at + 4], "big")
        frames.append(good[at : at + size])
        at += size
    return head, frames


async def test_a_spoiled_backup_is_refused_and_nothing_is_changed(
    backup: Path, other_url: str, tmp_path: Path
) -> None:
    path = tmp_path / "spoiled.backup"
    tried = 0
    for how, data in _spoiled(backup):
        path.write_bytes(data)
        with pytest.raises(NotABackup, match="backup") as refused:
            await restored(other_url, path)
        assert str(path) in str(refused.value), how
        tried += 1
    assert tried > 10
    assert await contents(other_url) == {}, "not even a table"


async def test_frames_cannot_be_put_together_anew(
    backup: Path, other_url: str, tmp_path: Path
) -> None:
    head, frames = _frames(backup)
    assert len(frames) > 3
    swapped = [frames[0], frames[2], frames[1], *frames[3:]]
    without = [*frames[:1], *frames[2:]]
    for order in (swapped, without, frames[:-1]):
        path = tmp_path / "spoiled.backup"
        path.write_bytes(head + b"".join(order))
        with pytest.raises(NotABackup, match="cut short or was changed"):
            await restored(other_url, path)
    assert await contents(other_url) == {}


async def test_other_keys_do_not_open_it(backup: Path, other_url: str) -> None:
    with pytest.raises(WrongKey, match="those of the bot that made it"):
        await restored(other_url, backup, new_master())
    assert await contents(other_url) == {}


async def test_it_is_not_restored_over_people(backup: Path, database_url: str) -> None:
    was = await contents(database_url)
    with pytest.raises(NotEmpty, match="already holds people"):
        await restored(database_url, backup)
    assert await contents(database_url) == was


async def test_a_database_that_was_only_started_once_counts_as_empty(
    backup: Path, other_url: str, telegram: FakeTelegram, time: Time
) -> None:
    async with Running(telegram, other_url, time):
        pass
    await restored(other_url, backup)
    assert len((await contents(other_url))["participants"]) == 1


async def test_one_of_another_revision_is_refused(
    telegram: FakeTelegram, running: Running, database_url: str, other_url: str, tmp_path: Path
) -> None:
    await agree(telegram.person("Sam"), running)
    async with running.bot.store.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    path = tmp_path / "old.backup"
    await backed_up(database_url, path)
    with pytest.raises(NotABackup, match="made at revision 0000, this version is at"):
        await restored(other_url, path)
    assert await contents(other_url) == {}


async def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    nothing = f"sqlite:///{tmp_path / 'nothing.db'}"
    with pytest.raises(NotABackup, match="nothing to back up"):
        await backed_up(nothing, tmp_path / "checkin.backup")
    assert _backups(tmp_path) == []


# --- the commands --------------------------------------------------------------------------------


async def checkin(*words: str, url: str, key: str = KEY) -> tuple[int, str]:
    """Runs the real command, and gives its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=ROOT,
        env={**os.environ, "CHECKIN_DATABASE_URL": url, "CHECKIN_SECRET_KEYS": key},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_the_commands_back_up_and_restore_while_the_bot_runs(
    telegram: FakeTelegram, database_url: str, tmp_path: Path, time: Time
) -> None:
    sam, path = telegram.person("Sam"), tmp_path / "checkin.backup"
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    async with Running(telegram, database_url, time) as running:
        await agree(sam, running)
        command = asyncio.create_task(checkin("backup", str(path), url=database_url))
        await tap(sam, running, "Start")
        await say(sam, running, CANARY)
        code, said = await command
    assert code == 0, said
    assert "Keep it apart from the keys" in said
    cut = tmp_path / "cut.backup"
    cut.write_bytes(path.read_bytes()[:-3])
    refusals = [
        await checkin("restore", str(cut), url=other_url),
        await checkin("restore", str(path), url=other_url, key=new_master()),
        await checkin("restore", str(path), url=database_url),
        await checkin("backup", str(path), url=database_url),
    ]
    words = ("cut short", "do not open", "already holds people", "is there already")
    for (code, said), word in zip(refusals, words, strict=True):
        assert code == 2
        assert word in said
        assert "Traceback" not in said
    code, said = await checkin("restore", str(path), url=other_url)
    assert (code, "rows restored" in said) == (0, True), said
    async with Running(telegram, other_url, time) as again:
        await say(sam, again, "START")
        assert sam.fresh
