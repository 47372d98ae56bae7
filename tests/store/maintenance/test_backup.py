"""A backup is whole though the bot runs, and puts people back in place but those deleted since.

What older versions wrote is restored in `test_restore_older`.
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.states import FollowUpState
from bot.messages.incoming import Command
from bot.store.crypto.system_keys import SystemKeys, read_system_keys
from bot.store.maintenance.backup import (
    KEYS_MAGIC,
    KEYS_NAME,
    MAGIC,
    OMITTED_TABLES,
    owner_of,
    read_backup,
    read_keys,
)
from bot.store.maintenance.encrypted_file import InvalidBackup, read_lines
from bot.store.maintenance.restore import Restored
from bot.store.opening import open_vault
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.delivery_tables import WordingNoteRow
from bot.store.tables.follow_up_tables import FollowUpRow
from tests.conftest import Time
from tests.store.maintenance.backups import (
    CANARY,
    GONE,
    NOW,
    backed_up,
    contents,
    files_of_backups,
    restored,
    saved,
    settings_for,
)
from tests.support.participants import agree, allow_messages, before
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import FakeTelegram
from tests.support.worker_scenario import Office, an_office

# --- there and back ------------------------------------------------------------------------------


async def test_a_person_goes_on_exactly_where_the_backup_was(
    telegram: FakeTelegram, database_url: str, other_url: str, tmp_path: Path, time: Time
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    path = tmp_path / "checkin.backup"
    async with Running(telegram, database_url, time):
        for person in (sam, kim):
            await agree(person)
            await allow_messages(person)
        await before(kim)
        await sam.says(CANARY)
        assert "going wrong" in sam.last.text
        count = await backed_up(database_url, path)
        was = await contents(database_url)
        await sam.taps("Money", "Done")  # after the backup, and lost with the machine
        assert "different if things were better" in sam.last.text

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
        await sam.taps("Only me", "OK")
        assert "hello again around 7 December" in sam.last.text
        time.pass_(days=14)
        await again.tick()
        for person in (sam, kim):
            await person.taps("Yes")
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
    await sam.says(CANARY)
    path = tmp_path / "checkin.backup"
    before_umask = os.umask(0)
    try:
        await backed_up(database_url, path)
    finally:
        os.umask(before_umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / KEYS_NAME).stat().st_mode) == 0o600
    assert files_of_backups(tmp_path) == ["checkin.backup", "checkin.keys"]
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
