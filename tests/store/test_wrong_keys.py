"""Keys that are not the right ones stop the bot with a clear word, and nothing has been touched.

How keys are rotated is in `test_rotation`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.settings import read_settings
from bot.store.crypto.master_keys import key_file, master_keys
from bot.store.crypto.vault import Vault, WrongKey, new_master
from bot.store.database import Database
from bot.store.maintenance.key_rotation import MARK, rotate
from bot.store.opening import begin_store
from bot.store.tables.keyring_tables import KeyringRow
from flows.engine import load_folder
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.participants import everything
from tests.support.running_bot import FLOWS, KEY
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import Office, an_office

NEW, OTHER = new_master(), new_master()


def _store(url: str, keys: str | None) -> Database:
    return begin_store(read_settings(_env_file=None, database_url=url, secret_keys=keys or ""))


async def _held(url: str) -> bytes:
    store = _store(url, KEY)
    found = await everything(store)
    await store.close()
    return found


async def _refused(url: str, keys: str | None, time: Time) -> str:
    """Starts with these keys, as a bot does; gives the word it stops with."""
    # A flow less than before: a start that gets anywhere writes the others down.
    with pytest.raises(WrongKey) as refused:
        await _started(url, keys, time)
    assert not any(key in str(refused.value) for key in (KEY, NEW, OTHER))
    return str(refused.value)


async def _started(url: str, keys: str | None, time: Time) -> None:
    store = _store(url, keys)
    try:
        await store.open(time(), load_folder(FLOWS).values())
    finally:
        await store.close()


async def _half_rotated(office: Office) -> None:
    """Kills a rotation after its first batch."""

    class Killed(Exception):
        pass

    def kill(_count: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        await rotate(office.store, Vault([NEW, KEY]), kill)
    assert MARK in {row.name for row in await office.rows(KeyringRow)}


async def test_every_wrong_way_is_refused_with_a_word_and_nothing_is_touched(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await office.agree(office.chats(3))
    was = await _held(database_url)
    ways = {
        OTHER: "does not open this database",
        f"{OTHER},{NEW}": "does not open this database",
        "no-key-at-all": "not of the right form",
        f"{KEY},no-key-at-all": "not of the right form",
        KEY[:-3]: "not of the right form",
    }
    for keys, word in ways.items():
        assert word in await _refused(database_url, keys, time)
        assert await _held(database_url) == was, keys
    # In any order, and beside others, the right one opens it.
    for keys in (f"{KEY},{OTHER}", f"{OTHER},{KEY}", KEY):
        await _started(database_url, keys, time)


async def test_half_way_through_a_rotation_it_takes_both_keys(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await office.agree(office.chats(3))
        await _half_rotated(office)
    was = await _held_with(database_url, f"{NEW},{KEY}")
    for keys in (KEY, NEW, f"{KEY},{OTHER}", f"{OTHER},{NEW}"):
        assert "does not open this database" in await _refused(database_url, keys, time)
        assert await _held_with(database_url, f"{NEW},{KEY}") == was, "one of two is not enough"
    for keys in (f"{NEW},{KEY}", f"{KEY},{NEW}"):
        await _started(database_url, keys, time)


async def _held_with(url: str, keys: str) -> bytes:
    store = _store(url, keys)
    found = await everything(store)
    await store.close()
    return found


def _gone(file: Path) -> None:
    file.unlink()


def _empty(file: Path) -> None:
    file.write_text("\n")


def _spoilt(file: Path) -> None:
    file.write_text("PK\x03\x04 something else")


def _not_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")


def _another(file: Path) -> None:
    file.write_text(OTHER)


FILES: list[tuple[Callable[[Path], None], str]] = [
    (_gone, "which is not there. Put it back"),
    (_empty, "is empty"),
    (_spoilt, "is no key"),
    (_not_text, "cannot be read"),
    (_another, "does not open this database"),
]


@pytest.mark.parametrize(("spoil", "word"), FILES)
def test_a_key_file_that_is_not_right_is_named(
    spoil: Callable[[Path], None], word: str, tmp_path: Path, time: Time
) -> None:
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    asyncio.run(_started(url, None, time))
    file = key_file(tmp_path / "checkin.db")
    (key,) = master_keys(tmp_path / "checkin.db", ())
    files = {p.name: p.read_bytes() for p in tmp_path.iterdir() if p != file}
    spoil(file)
    after = file.read_bytes() if file.exists() else None
    assert word in asyncio.run(_refused(url, None, time))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir() if p != file} == files
    assert (file.read_bytes() if file.exists() else None) == after, "no new key is made"
    file.write_text(key)
    asyncio.run(_started(url, None, time))


async def test_the_command_says_it_and_ends(
    telegram: FakeTelegram, tmp_path: Path, time: Time
) -> None:
    known: dict[str, Any] = {"telegram_token": telegram.token, "telegram_api_url": telegram.url}
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    await _started(url, None, time)
    key_file(tmp_path / "checkin.db").write_text(OTHER)
    for words in (["run"], ["backup", "b"], ["keys", "rotate"], ["doctor"]):
        end = await checkin(tmp_path, *words, database_url=url, **known)
        said = end.out + end.err
        assert end.code == (1 if words == ["doctor"] else 2), said
        assert "does not open this database" in said
        assert "Traceback" not in said
        assert OTHER not in said
    assert not (tmp_path / "b").exists()
