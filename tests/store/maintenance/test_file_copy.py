"""Before a SQLite file is migrated a sealed copy of it is written, that comes back and that goes.

A copy holds people's keys: whoever deletes what they said must be in none.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from bot.store.crypto.vault import Vault, WrongKey, new_master
from bot.store.maintenance import file_copy
from bot.store.maintenance.encrypted_file import InvalidBackup
from bot.store.maintenance.file_copy import CopyFailed, is_copy, remove_copies
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.store.test_migrations import REVISIONS, a_store, planted
from tests.support.cli_process import checkin
from tests.support.participants import agree
from tests.support.running_bot import KEY, Running, upgrade
from tests.support.telegram_fake import FakeTelegram, Person

WORDS = "the heron by the weir"
MORE = 'op.add_column("moves", sa.Column("why", sa.Integer()))'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a SQLite database is made, with its tables."""
    path = tmp_path / "data" / "checkin.db"
    path.parent.mkdir()
    upgrade(f"sqlite:///{path}")
    return path


def copies(file: Path) -> list[Path]:
    return sorted(file.parent.glob("*.copy"))


def rows(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows, past our own code; the write-ahead log is read too."""
    connection = sqlite3.connect(file)
    try:
        named = "SELECT name FROM sqlite_master WHERE type = 'table'"
        names = [name for (name,) in connection.execute(named)]
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608
            for name in names
        }
    finally:
        connection.close()


async def told(telegram: FakeTelegram, file: Path, time: Time) -> Person:
    """One person says something on a bot of today, and puts the next question off."""
    async with Running(telegram, f"sqlite:///{file}", time):
        person = telegram.person("Robin")
        await agree(person)
        await person.says(WORDS)
        await person.taps("Not now", "Tomorrow")
        return person


async def updated(file: Path, folder: Path, upgrade: str = MORE) -> None:
    """The same file is opened by a program with one migration more."""
    async with a_store(f"sqlite:///{file}", planted(folder, upgrade)) as store:
        await store.migrate()


async def test_a_sealed_copy_is_made_before_and_restored_by_command(
    telegram: FakeTelegram, file: Path, tmp_path: Path, time: Time
) -> None:
    person = await told(telegram, file, time)
    before = rows(file)
    await updated(file, tmp_path)
    (copy,) = copies(file)
    assert copy.name.startswith(f"checkin.db.at-{REVISIONS[-1]}.20")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    held = copy.read_bytes()
    assert not any(
        found in held
        for found in (b"participants", b"SQLite format", b"CREATE TABLE", WORDS.encode())
    )

    given: dict[str, Any] = {"database_url": f"sqlite:///{file}", "secret_keys": KEY}
    done = await checkin(tmp_path, "restore", str(copy), **given)
    assert done.code == 2  # a database is there
    assert "is there already" in done.err
    for each in file.parent.glob("checkin.db*"):
        if not is_copy(each):
            each.rename(tmp_path / each.name)
    done = await checkin(tmp_path, "restore", str(copy), **given)
    assert (done.code, done.err) == (0, "")
    after = rows(file)
    assert after.keys() == before.keys()
    changed = {name for name in before if after[name] != before[name]}
    assert changed <= {"participants", "follow_ups", "owed"}  # nothing old is sent
    assert len(after["participants"]) == len(before["participants"]) == 1
    assert len(after["follow_ups"]) == len(before["follow_ups"]) > 0
    async with Running(telegram, f"sqlite:///{file}", time) as running:
        time.pass_(days=2)
        await running.tick()
        assert not any("OK time" in bubble.text for bubble in person.chat), "they may have stopped"
        await person.says("/mydata")
        assert any(WORDS in message.text for message in person.chat)


async def test_it_opens_with_the_master_key_alone_and_only_whole(
    telegram: FakeTelegram, file: Path, tmp_path: Path, time: Time
) -> None:
    await told(telegram, file, time)
    await updated(file, tmp_path)
    (copy,) = copies(file)
    other = tmp_path / "elsewhere" / "checkin.db"
    other.parent.mkdir()
    with pytest.raises(WrongKey):
        file_copy.restore_copy(Vault([new_master()]), copy, other, time())
    whole = copy.read_bytes()
    for harmed in (whole[:-1], whole[: len(whole) // 2], whole[:-20] + b"\0" + whole[-19:]):
        copy.write_bytes(harmed)
        with pytest.raises(InvalidBackup):
            file_copy.restore_copy(Vault([KEY]), copy, other, time())
    assert list(other.parent.iterdir()) == []


async def test_without_room_for_a_copy_nothing_is_migrated(
    telegram: FakeTelegram, file: Path, tmp_path: Path, time: Time
) -> None:
    await told(telegram, file, time)
    before = rows(file)
    today = dt.datetime.now(dt.UTC)
    for day in (today, today + dt.timedelta(days=1)):  # it may be midnight
        name = f"checkin.db.at-{REVISIONS[-1]}.{day:%Y-%m-%d}.copy.part"
        (file.parent / name).symlink_to("/dev/full")
    with pytest.raises(CopyFailed, match=r"the disk is full.*nothing was changed"):
        await updated(file, tmp_path)
    assert copies(file) == []
    assert rows(file) == before
    for part in file.parent.glob("*.part"):
        part.unlink()
    await updated(file, tmp_path)
    assert len(copies(file)) == 1


async def test_an_empty_database_is_not_copied(file: Path, tmp_path: Path) -> None:
    await updated(file, tmp_path)
    assert copies(file) == []


async def test_it_goes_with_the_first_words_that_go(
    telegram: FakeTelegram, file: Path, time: Time
) -> None:
    person = await told(telegram, file, time)
    async with Running(telegram, f"sqlite:///{file}", time) as running:
        copy = file.with_name(f"checkin.db.at-0010.{time():%Y-%m-%d}.copy")
        other = file.with_name(f"another.db.at-0010.{time():%Y-%m-%d}.copy")
        copy.write_bytes(b"sealed" * 2000)
        other.write_bytes(b"of another")
        await running.bot.started.wait()
        descriptor = os.open(copy, os.O_RDONLY)  # what the disk holds of it once it has no name
        await running.bot.clean_up_job.run()
        assert copy.exists()
        await person.says("/delete")
        await person.taps("Yes, delete them")
    assert not copy.exists()
    assert other.exists()
    assert os.pread(descriptor, 4096, 0) == bytes(4096)
    os.close(descriptor)


async def test_it_goes_after_seven_days(telegram: FakeTelegram, file: Path, time: Time) -> None:
    async with Running(telegram, f"sqlite:///{file}", time) as running:
        await running.bot.started.wait()
        copy = file.with_name(f"checkin.db.at-0010.{time():%Y-%m-%d}.copy")
        copy.write_bytes(b"sealed")
        for _ in range(7):
            await running.bot.clean_up_job.run()
            assert copy.exists()
            time.pass_(days=1)
        time.pass_(days=1)
        await running.bot.clean_up_job.run()
        assert not copy.exists()


async def test_one_that_cannot_be_removed_hinders_no_deletion(
    telegram: FakeTelegram, file: Path, time: Time
) -> None:
    person = await told(telegram, file, time)
    async with Running(telegram, f"sqlite:///{file}", time) as running:
        await running.bot.started.wait()
        copy = file.with_name(f"checkin.db.at-0010.{time():%Y-%m-%d}.copy")
        copy.mkdir()  # no file that could be opened
        await person.says("/delete")
        await person.taps("Yes, delete them")
        time.pass_(minutes=11)
        await running.tick()
        assert await running.rows(ParticipantRow) == []
        copy.rmdir()
        copy.write_bytes(b"sealed")
        await running.bot.clean_up_job.run()  # it tries again
        assert not copy.exists()


def test_only_ones_of_this_file_and_this_age_go(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    names = ["a.db.at-0001.2026-11-01.copy", "a.db.at-0002.2026-11-08.copy"]
    others = ["b.db.at-0001.2026-11-01.copy", "a.db.at-0001.copy.txt", "a.db", "x.copy"]
    for name in (*names, *others):
        (tmp_path / name).write_bytes(b"")
    assert remove_copies(file, dt.date(2026, 11, 8)) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([names[1], *others])
    assert remove_copies(file) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(others)
