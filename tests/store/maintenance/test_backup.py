"""A backup is whole though the bot runs, opens only with the keys, and puts people back in place.

What older versions wrote is restored in `test_restore_older`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.states import FollowUpState
from bot.messages.incoming import Command
from bot.settings import Settings, read_settings
from bot.store.crypto.system_keys import SystemKeys, read_system_keys
from bot.store.crypto.vault import WrongKey, new_master
from bot.store.maintenance import encrypted_file
from bot.store.maintenance.backup import (
    KEYS_MAGIC,
    KEYS_NAME,
    MAGIC,
    OMITTED_TABLES,
    DatabaseNotEmpty,
    owner_of,
    read_backup,
    read_keys,
    write_backup,
    write_keys,
)
from bot.store.maintenance.encrypted_file import EncryptedFile, InvalidBackup, read_lines
from bot.store.maintenance.restore import Restored, restore_backup
from bot.store.opening import begin_store, open_vault
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import WordingNoteRow
from bot.store.tables.follow_up_tables import FollowUpRow
from tests.conftest import Time
from tests.support.cli_process import checkin
from tests.support.database.databases import PostgresServer
from tests.support.participants import agree, before
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import Office, an_office

CANARY = "canary-7319 my brother knows"
GONE = "Quillfeather"
NOW = Time().now


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


async def backed_up(url: str, path: Path, now: dt.datetime = NOW) -> int:
    """Writes a backup as the command does: with a connection of its own."""
    settings = settings_for(url)
    store = begin_store(settings)
    try:
        return await write_backup(store, open_vault(settings), path, now=now)
    finally:
        await store.close()


async def saved(url: str, keys: Path, now: dt.datetime = NOW) -> int:
    """Writes the key file alone, as the command does."""
    settings = settings_for(url)
    store = begin_store(settings)
    try:
        return await write_keys(store, open_vault(settings), keys, now=now)
    finally:
        await store.close()


async def restored(
    url: str,
    path: Path,
    key: str = KEY,
    keys: Path | None = None,
    now: dt.datetime = NOW,
    *,
    nothing_was_lost: bool = True,
) -> Restored:
    """Restores a backup as the command does."""
    settings = settings_for(url, key)
    store = begin_store(settings)
    beside = keys or path.with_name(KEYS_NAME)
    try:
        return await restore_backup(
            store, open_vault(settings), path, beside, now, nothing_was_lost=nothing_was_lost
        )
    finally:
        await store.close()


async def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table there is, as the program sees it."""
    store = begin_store(settings_for(url))
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
    """Every file there that is one, or its keys, or was to become one."""
    return sorted(p.name for p in folder.iterdir() if "backup" in p.name or ".keys" in p.name)


# --- there and back ------------------------------------------------------------------------------


async def test_a_person_goes_on_exactly_where_the_backup_was(
    telegram: FakeTelegram, database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    path = tmp_path / "checkin.backup"
    async with Running(telegram, database_url, time):
        await agree(kim)
        await before(kim)
        await agree(sam)
        await sam.taps("Start")
        await sam.says(CANARY)
        assert "going wrong" in sam.last.text
        count = await backed_up(database_url, path)
        was = await contents(database_url)
        await sam.taps("Money", "Done")  # after the backup, and lost with the machine
        assert "things had got better" in sam.last.text

    kept = {name: rows for name, rows in was.items() if name not in OMITTED_TABLES}
    assert await restored(other_url, path) == Restored(count, 0, 0, ledger_at=NOW)
    assert count == sum(len(rows) for rows in kept.values())
    there = await contents(other_url)
    assert {name: there[name] for name in kept} == kept
    assert there.pop("keyring") == was["keyring"]
    assert not any(there[name] for name in OMITTED_TABLES - {"keyring"})

    async with Running(telegram, other_url, time) as again:
        await sam.says("START")
        assert "going wrong" in sam.last.text
        await sam.taps("Money", "Done")
        await sam.says("I would sleep")
        await sam.taps("No", "Skip")
        assert f"“{CANARY}”" in sam.last.text, "what was said before the backup is there"
        await sam.taps("Yes", "Only me", "OK")
        assert "hello again around 7 December" in sam.last.text
        time.pass_(days=14)
        await again.tick()
        for person in (sam, kim):
            await person.taps("Yes", "No, just me")
            assert "Can I ask how it went" in person.last.text
        assert len({r.id for r in await again.rows(FollowUpRow)}) == 10, "none is planned twice"


async def test_a_backup_is_of_one_moment_though_a_conversation_goes_on(
    telegram: FakeTelegram, database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    people = [telegram.person(name) for name in ("Sam", "Kim", "Ola")]
    path = tmp_path / "checkin.backup"
    async with Running(telegram, database_url, time) as running:
        for person in people:
            await agree(person)
            await person.taps("Start")
        notes = [
            {"id": n, "language": "pl", "place": "b1", "note": None, "at": time()}
            for n in range(1, 30_001)
        ]
        async with running.bot.store.engine.begin() as connection:
            await connection.execute(sa.insert(WordingNoteRow), notes)  # so that it takes a while
        first = len(await running.rows(AnswerRow))
        backup = asyncio.create_task(backed_up(database_url, path))
        said = 0
        while not backup.done():
            for person in people:
                await person.says(f"{CANARY} {said}")
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
    assert len(found["wording_notes"]) == 30_000
    async with Running(telegram, other_url, time):
        for person in people:
            await person.says("START")
            assert person.fresh, "and each can go on"


async def test_the_file_is_for_its_owner_and_shows_nothing(
    telegram: FakeTelegram, running: Running, database_url: str, tmp_path: Path
) -> None:
    sam = telegram.person("Samphire")
    await agree(sam)
    await sam.taps("Start")
    await sam.says(CANARY)
    path = tmp_path / "checkin.backup"
    before_umask = os.umask(0)
    try:
        await backed_up(database_url, path)
    finally:
        os.umask(before_umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / KEYS_NAME).stat().st_mode) == 0o600
    assert _backups(tmp_path) == ["checkin.backup", "checkin.keys"]
    held = path.read_bytes() + (tmp_path / KEYS_NAME).read_bytes()
    for word in ("canary", "brother", "Samphire", str(sam.chat_id), "participants", KEY):
        assert word.encode() not in held
    vault = open_vault(settings_for(database_url))
    rows = "\n".join(str(row) for row in read_lines(vault, path, MAGIC))
    assert CANARY not in rows, "sealed once more inside, with a key for each person"
    assert str(sam.chat_id) not in rows
    with pytest.raises(FileExistsError):
        await backed_up(database_url, path)
    both = path.read_bytes() + (tmp_path / KEYS_NAME).read_bytes()
    assert both == held, "a backup is never written over"


# --- who was deleted since -----------------------------------------------------------------------


async def test_what_was_deleted_since_is_in_no_backup_with_todays_keys(
    database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    path, keys = tmp_path / "yesterday.backup", tmp_path / KEYS_NAME
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam", lead=True)
        gone, stays = await office.joined(sam, GONE), await office.joined(sam, "Maple")
        for phone, words in ((gone, f"{CANARY} gone"), (stays, f"{CANARY} stays")):
            await office.before(phone, words=words)
        for name in (GONE, "Maple"):
            await office.does(sam, "record", await office.case(name), "left")
            await office.does(sam, "record", await office.case(name), "add.left")
            await office.say(sam, f"recorded of {name}")
            await office.does(sam, "ask", await office.case(name))
        for phone in (gone, stays):
            await office.act([(phone, Command("help"))])
            await office.all([phone], "contact")
        whole = await backed_up(database_url, path)
        old_keys = keys.read_bytes()
        was = await contents(database_url)
        await office.act([(gone, Command("delete"))])
        await office.all([gone], "delete")
        await office.deleted()
        assert await saved(database_url, keys) == 1
        left = await contents(database_url)
    assert keys.read_bytes() != old_keys
    found = await restored(other_url, path, keys=keys)
    assert (found.skipped, found.rows < whole) == (1, True)
    there = await contents(other_url)
    (person,) = there["participants"]
    assert [person] == left["participants"]
    for name, rows in was.items():
        if name in OMITTED_TABLES or owner_of(Base.metadata.tables[name]) is None:
            continue
        stayed = set(map(repr, left[name]))
        assert set(map(repr, there[name])) == {row for row in map(repr, rows) if row in stayed}
        if rows:
            assert len(there[name]) == len(rows) // 2 > 0, name
    # All of the other is whole, and opens.
    async with Office(other_url, time) as again:
        again.phones |= {p.chat: p for p in (sam, stays)}
        assert await again.case("Maple") == there["cases"][0][0]
        await again.act([(stays, Command("mydata"))])
        assert f"{CANARY} stays" in stays.said

    # With the master keys and today's keys together, nothing else of them can be read.
    settings = settings_for(database_url)
    vault = open_vault(settings)
    mine = read_keys(vault, keys)
    ours = read_system_keys(vault, mine.house)
    house = SystemKeys(vault, ours["chats"], ours["house"])
    lines = [json.dumps(line) for line in read_lines(vault, path, MAGIC)]
    shut: set[tuple[str, int]] = set()
    opened = [repr(row) for row in read_backup(vault, path, house, mine, shut)]
    assert len(shut) == 2, "the person, and the case"
    for text in (*lines, *opened):
        for word in (f"{CANARY} gone", GONE, house.chat_hash(gone.chat).hex()):
            assert word not in text
        assert repr(house.chat_hash(gone.chat)) not in text
    assert any(repr(house.chat_hash(stays.chat)) in text for text in opened)


async def test_with_the_old_keys_the_scan_would_have_found_them(
    database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    path, keys, old = tmp_path / "a.backup", tmp_path / KEYS_NAME, tmp_path / "old.keys"
    async with an_office(database_url, time) as office:
        (phone,) = office.chats(1)
        await office.agree([phone])
        await backed_up(database_url, path)
        old.write_bytes(keys.read_bytes())
        await office.act([(phone, Command("delete"))])
        await office.all([phone], "delete")
        await office.deleted()
        await saved(database_url, keys)
    assert (await restored(other_url, path, keys=keys)).skipped == 1
    assert (await contents(other_url))["participants"] == []
    assert (await restored(other_url, path, keys=old)).skipped == 0
    assert len((await contents(other_url))["participants"]) == 1


async def test_nothing_that_was_due_by_now_is_sent_after_a_restore(
    telegram: FakeTelegram, database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    sam, path = telegram.person("Sam"), tmp_path / "checkin.backup"
    async with Running(telegram, database_url, time) as running:
        await agree(sam)
        await before(sam)
        await backed_up(database_url, path)
        time.pass_(days=14)
        await running.tick()
        assert "Is now an OK time" in sam.last.text
    heard = len(telegram.sent_to(sam.chat_id))
    found = await restored(other_url, path, now=time())
    assert found.uncertain == 1
    async with Running(telegram, other_url, time) as again:
        await again.bot.started.wait()
        await again.tick()
        assert len(telegram.sent_to(sam.chat_id)) == heard
        states = [row.state for row in await again.rows(FollowUpRow)]
        assert states.count(FollowUpState.UNCERTAIN) == 1
        assert states.count(FollowUpState.WAITING) == 2, "what comes later stays planned"


def test_every_table_is_kept_or_said_not_to_be() -> None:
    for table in Base.metadata.sorted_tables:
        if table.name not in OMITTED_TABLES:
            owner_of(table)
    with pytest.raises(LookupError):
        owner_of(sa.Table("something_new", sa.MetaData(), sa.Column("id", sa.Integer)))


async def test_keys_of_another_bot_are_refused(
    database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    path, other = tmp_path / "checkin.backup", tmp_path / "other.keys"
    another = f"sqlite:///{tmp_path / 'another.db'}"
    async with an_office(another, time), an_office(database_url, time):
        await saved(another, other)
        await backed_up(database_url, path)
    with pytest.raises(InvalidBackup, match="do not belong together"):
        await restored(other_url, path, keys=other)
    with pytest.raises(InvalidBackup, match="is no key file"):
        await saved(database_url, path)
    with pytest.raises(InvalidBackup, match=KEYS_MAGIC.decode().strip()):
        await restored(other_url, path, keys=path)
    assert await contents(other_url) == {}


# --- refused, and nothing changed ----------------------------------------------------------------


@pytest.fixture
async def backup(
    telegram: FakeTelegram, running: Running, database_url: str, tmp_path: Path
) -> Path:
    """A good backup of one person, half-way."""
    sam = telegram.person("Sam")
    await agree(sam)
    await sam.taps("Start")
    await sam.says(CANARY)
    path = tmp_path / "good.backup"
    await backed_up(database_url, path)
    return path


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
    assert _backups(tmp_path) == []


# --- the commands --------------------------------------------------------------------------------


async def command(folder: Path, *words: str, url: str, key: str = KEY) -> tuple[int | None, str]:
    """Runs the real command, and gives its exit code and all it said."""
    done = await checkin(folder, *words, database_url=url, secret_keys=key)
    return done.code, done.out + done.err


async def test_the_commands_back_up_and_restore_while_the_bot_runs(
    telegram: FakeTelegram, database_url: str, tmp_path: Path, time: Time
) -> None:
    sam, path = telegram.person("Sam"), tmp_path / "checkin.backup"
    other_url = f"sqlite:///{tmp_path / 'other.db'}"
    async with Running(telegram, database_url, time):
        await agree(sam)
        saving = asyncio.create_task(command(tmp_path, "backup", str(path), url=database_url))
        await sam.taps("Start")
        await sam.says(CANARY)
        code, said = await saving
    assert code == 0, said
    assert "Keep it apart from the master keys" in said
    assert "Keep only the newest" in said
    code, said = await command(
        tmp_path, "keys", "save", str(tmp_path / KEYS_NAME), url=database_url
    )
    assert (code, "the keys of 1 people" in said) == (0, True), said
    code, said = await command(tmp_path, "restore", str(path), url=other_url)
    assert (code, "rows restored" in said) == (0, True), said
    async with Running(telegram, other_url, time):
        await sam.says("START")
        assert sam.fresh


async def test_the_commands_say_why_they_refuse(tmp_path: Path, time: Time) -> None:
    path, cut = tmp_path / "checkin.backup", tmp_path / "cut.backup"
    url, other_url = (f"sqlite:///{tmp_path / name}.db" for name in ("checkin", "other"))
    async with an_office(url, time) as office:
        await office.agree(office.chats(1))
        await backed_up(url, path)
    cut.write_bytes(path.read_bytes()[:-3])
    refusals = [
        await command(tmp_path, "restore", str(cut), url=other_url),
        await command(tmp_path, "restore", str(path), url=other_url, key=new_master()),
        await command(tmp_path, "restore", str(path), url=url),
        await command(tmp_path, "backup", str(path), url=url),
    ]
    words = ("cut short", "do not open", "already holds people", "is there already")
    for (code, said), word in zip(refusals, words, strict=True):
        assert code == 2
        assert word in said
        assert "Traceback" not in said
