"""A backup that is spoiled, strange or not welcome is refused, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store.crypto.vault import WrongKey, new_master
from bot.store.maintenance import encrypted_file
from bot.store.maintenance.backup import (
    MAGIC,
    DatabaseNotEmpty,
)
from bot.store.maintenance.encrypted_file import EncryptedFile, InvalidBackup, read_lines
from bot.store.opening import open_vault
from tests.conftest import Time
from tests.store.maintenance.backups import (
    backed_up,
    contents,
    files_of_backups,
    restored,
    settings_for,
)
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram


@pytest.fixture
def small_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if so little were much."""
    monkeypatch.setattr(encrypted_file, "LARGEST_FRAME", 500)


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
        with pytest.raises(InvalidBackup, match="backup") as refused:
            await restored(other_url, path)
        assert str(path) in str(refused.value), how
        tried += 1
    assert tried > 10
    assert await contents(other_url) == {}, "not even a table"


async def test_frames_cannot_be_put_together_anew(
    small_frames: None, backup: Path, other_url: str, tmp_path: Path
) -> None:
    head, frames = _frames(backup)
    assert len(frames) > 3
    swapped = [frames[0], frames[2], frames[1], *frames[3:]]
    without = [*frames[:1], *frames[2:]]
    for order in (swapped, without, frames[:-1]):
        path = tmp_path / "spoiled.backup"
        path.write_bytes(head + b"".join(order))
        with pytest.raises(InvalidBackup, match="cut short or was changed"):
            await restored(other_url, path)
    assert await contents(other_url) == {}


async def test_other_keys_do_not_open_it(backup: Path, other_url: str) -> None:
    with pytest.raises(WrongKey, match="those of the bot that made it"):
        await restored(other_url, backup, new_master())
    assert await contents(other_url) == {}


async def test_it_is_not_restored_over_people(backup: Path, database_url: str) -> None:
    was = await contents(database_url)
    with pytest.raises(DatabaseNotEmpty, match="already holds people"):
        await restored(database_url, backup)
    assert await contents(database_url) == was


async def test_a_database_that_was_only_started_once_counts_as_empty(
    backup: Path, other_url: str, telegram: FakeTelegram, time: Time
) -> None:
    async with Running(telegram, other_url, time):
        pass
    await restored(other_url, backup)
    assert len((await contents(other_url))["participants"]) == 1


async def test_one_of_a_newer_version_or_an_unknown_form_is_refused(
    telegram: FakeTelegram, running: Running, database_url: str, other_url: str, tmp_path: Path
) -> None:
    await agree(telegram.person("Sam"))
    path = tmp_path / "old.backup"
    await backed_up(database_url, path)
    vault = open_vault(settings_for(database_url))
    (head, *lines) = read_lines(vault, path, MAGIC)
    for revision, why in (("9999", "made by a newer version"), ("0010", "holds 'way' of sessions")):
        other = tmp_path / f"{revision}.backup"
        with EncryptedFile(vault, other, MAGIC) as file:
            for line in ({**head, "revision": revision}, *lines):
                file.write(line)
            file.close()
            file.rename()
        with pytest.raises(InvalidBackup, match=why):
            await restored(other_url, other)
        assert await contents(other_url) == {}
    older = tmp_path / "first.backup"
    older.write_bytes(b"checkin backup 1\n" + path.read_bytes()[len(MAGIC) :])
    with pytest.raises(InvalidBackup, match="checkin backup 2"):
        await restored(other_url, older)
    async with running.bot.store.engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '0010'"))
    with pytest.raises(InvalidBackup, match="is at 0010, this version needs"):
        await backed_up(database_url, tmp_path / "behind.backup")


async def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    nothing = f"sqlite:///{tmp_path / 'nothing.db'}"
    with pytest.raises(InvalidBackup, match="nothing to back up"):
        await backed_up(nothing, tmp_path / "checkin.backup")
    assert files_of_backups(tmp_path) == []
