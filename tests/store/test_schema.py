"""The tables are what the models say, and what people say is in the file only sealed.

What is kept when is tested elsewhere.
"""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from bot.config.database_url import parsed
from bot.settings import ROOT, read_settings
from bot.store.crypto.master_keys import begin, master_keys
from bot.store.crypto.system_keys import SystemKeys
from bot.store.crypto.vault import DataKey, Vault, WrongKey, new_master
from bot.store.database import Database
from bot.store.migrations import SchemaOutdated
from bot.store.opening import begin_store
from bot.store.tables import Base
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.tables.participant_tables import ParticipantRow
from flows.engine import load_folder
from tests.conftest import Time
from tests.support.participants import agree, everything
from tests.support.running_bot import FLOWS, KEY, Running, upgrade
from tests.support.telegram_fake import FakeTelegram

WORDS = "the heron by the weir"


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic").replace("%", "%%"))
    config.attributes["url"] = url
    config.attributes["secret_keys"] = KEY
    return config


def _store(database_url: str, key: str = KEY) -> Database:
    settings = read_settings(_env_file=None, database_url=database_url, secret_keys=key)
    return begin_store(settings)


async def _look(url: str, look: Any) -> Any:
    engine = create_async_engine(parsed(url)[0])
    async with engine.connect() as connection:
        found = await connection.run_sync(look)
    await engine.dispose()
    return found


async def _held(url: str) -> bytes:
    store = _store(url)
    found = await everything(store)
    await store.close()
    return found


# --- migrations ----------------------------------------------------------------------------------


def _differences(connection: sa.Connection) -> Any:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": False}
    )
    return compare_metadata(context, Base.metadata)


def _tables(connection: sa.Connection) -> set[str]:
    return set(sa.inspect(connection).get_table_names()) - {"alembic_version"}


def test_migrations_lead_to_the_models_and_back(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    assert asyncio.run(_look(empty_database_url, _differences)) == []
    assert asyncio.run(_look(empty_database_url, _tables)) == set(Base.metadata.tables)
    command.downgrade(_config(empty_database_url), "base")
    assert asyncio.run(_look(empty_database_url, _tables)) == set()
    upgrade(empty_database_url)
    assert asyncio.run(_look(empty_database_url, _differences)) == []


def test_each_migration_goes_down_and_up_again(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    before = asyncio.run(_look(empty_database_url, _tables))
    command.downgrade(_config(empty_database_url), "-1")
    upgrade(empty_database_url)
    assert asyncio.run(_look(empty_database_url, _tables)) == before
    assert asyncio.run(_look(empty_database_url, _differences)) == []


async def test_a_database_that_is_behind_is_migrated_or_named(
    empty_database_url: str, time: Time
) -> None:
    store = _store(empty_database_url)
    flows = load_folder(FLOWS).values()
    if empty_database_url.startswith("sqlite"):
        await store.open(time(), flows)  # migrates itself
    else:
        with pytest.raises(SchemaOutdated, match="alembic upgrade head"):
            await store.open(time(), flows)
        assert await _look(empty_database_url, _tables) == set()
        await asyncio.to_thread(upgrade, empty_database_url)
        await store.open(time(), flows)
    assert (await store.revision())[0] == (await store.revision())[1]
    await store.close()


# --- what is sealed ------------------------------------------------------------------------------


async def _told(telegram: FakeTelegram, running: Running) -> list[str]:
    """Two people say things that must never be read; gives what to look for."""
    never = [WORDS, "Quillfeather", "Featherquill"]
    for name in ("Quillfeather", "Featherquill"):
        person = telegram.person(name)
        never.append(str(person.chat_id))
        await agree(person)
        await person.says(WORDS)
        person.voice(caption=WORDS)
        await running.quiet()
        await person.says(f"{WORDS}, {name}")
    never += [f.file_id for f in telegram.files.values()]
    never += [f.unique_id for f in telegram.files.values()]
    return never


async def test_nothing_a_person_said_is_in_the_database_in_clear(
    telegram: FakeTelegram, running: Running
) -> None:
    never = await _told(telegram, running)
    held = await everything(running.bot.store)
    for secret in never:
        for form in (secret, secret.encode().hex()):
            assert form.encode() not in held, secret
    for person in telegram.chats:
        assert person.to_bytes(8, "big").lstrip(b"\0") not in held
    # They are there all the same, and can be opened with the key.
    answers = await running.rows(AnswerRow)
    assert sum(a.words is not None for a in answers) >= 4
    assert sum(a.voice is not None for a in answers) == 2


async def test_nothing_a_person_said_reaches_the_log(
    telegram: FakeTelegram, running: Running, capfd: pytest.CaptureFixture[str]
) -> None:
    never = await _told(telegram, running)
    telegram.push({"update_id": telegram.inbox.take_id(), "message": {"text": WORDS}})
    await running.quiet()
    printed = capfd.readouterr()
    for secret in (*never, telegram.token, KEY):
        assert secret not in printed.out + printed.err, secret


async def test_what_was_moved_elsewhere_does_not_open(
    telegram: FakeTelegram, running: Running
) -> None:
    await _told(telegram, running)
    house = running.bot.store._system_keys
    assert isinstance(house, SystemKeys)
    people = {p.id: p for p in await running.rows(ParticipantRow)}
    keys = {p.id: house.vault.key(p.data_key) for p in people.values()}
    words = [a for a in await running.rows(AnswerRow) if a.words is not None]
    own = [(a.participant_id, a.session_id, a.step) for a in words]
    assert len(set(own)) == len(own) >= 4
    for answer in words:
        for person, session, step in own:
            place = ("answers", person, session, step, "words")
            key = keys[answer.participant_id]
            if (person, session, step) == (answer.participant_id, answer.session_id, answer.step):
                assert WORDS in key.open(answer.words, *place).decode()
                with pytest.raises(WrongKey):
                    key.open(answer.words, *place[:-1], "voice")
                continue
            with pytest.raises(WrongKey):
                key.open(answer.words, *place)  # the same key, another row
            if person != answer.participant_id:
                with pytest.raises(WrongKey):
                    keys[person].open(answer.words, *place)


async def test_swapped_answers_are_not_shown_to_the_wrong_person(
    telegram: FakeTelegram, running: Running
) -> None:
    await _told(telegram, running)
    one, two = [a for a in await running.rows(AnswerRow) if a.step == "b3"] or [
        a for a in await running.rows(AnswerRow) if a.words is not None and a.step == "b1"
    ]
    async with running.bot.store.engine.begin() as connection:
        for to, source in ((one, two), (two, one)):
            await connection.execute(
                sa.update(AnswerRow)
                .where(AnswerRow.session_id == to.session_id, AnswerRow.step == to.step)
                .values(words=source.words)
            )
    for chat in list(telegram.chats):
        said = len(telegram.sent_to(chat))
        # Each asks to see their own: neither is shown the other's words.
        telegram.push(_mydata(telegram, chat))
        await running.quiet()
        shown = [bubble.text for bubble in telegram.sent_to(chat)[said:]]
        assert shown
        assert not any(WORDS in text for text in shown)


def _mydata(telegram: FakeTelegram, chat: int) -> dict[str, Any]:
    entities = [{"type": "bot_command", "offset": 0, "length": 7}]
    message = {
        "message_id": 99_999,
        "from": {"id": chat, "is_bot": False, "first_name": "S"},
        "chat": {"id": chat, "type": "private", "first_name": "S"},
        "date": int(telegram.clock().timestamp()),
        "text": "/mydata",
        "entities": entities,
    }
    return {"update_id": telegram.inbox.take_id(), "message": message}


def test_every_seal_is_another() -> None:
    key = DataKey(b"k" * 32)
    assert key.seal(b"same", "a", 1) != key.seal(b"same", "a", 1)
    with pytest.raises(WrongKey):
        key.open(key.seal(b"same", "a", 12), "a", 1, 2)


# --- keys ----------------------------------------------------------------------------------------


async def test_a_wrong_key_stops_the_start_before_anything_is_touched(
    database_url: str, time: Time
) -> None:
    flows = list(load_folder(FLOWS).values())
    store = _store(database_url)
    await store.open(time(), flows[:1])
    await store.close()
    before = await _held(database_url)

    other = _store(database_url, new_master())
    with pytest.raises(WrongKey, match="does not open this database"):
        await other.open(time(), flows)
    await other.close()
    assert await _held(database_url) == before


async def test_an_old_database_is_not_migrated_with_a_wrong_key(tmp_path: Path, time: Time) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}"
    store = _store(url)
    await store.open(time(), [])
    await store.close()
    await asyncio.to_thread(command.downgrade, _config(url), "0001")
    other = _store(url, new_master())
    with pytest.raises(WrongKey):
        await other.open(time(), [])
    assert (await other.revision())[0] == "0001"
    await other.close()


async def test_a_new_master_key_in_front_still_opens(database_url: str, time: Time) -> None:
    for key in (KEY, f"{new_master()},{KEY}"):
        store = _store(database_url, key)
        await store.open(time(), [])
        await store.close()


def test_the_key_is_made_beside_a_sqlite_file_for_its_owner_only(tmp_path: Path) -> None:
    database = tmp_path / "checkin.db"
    with pytest.raises(WrongKey, match="there is no key"):
        master_keys(database, ())
    begin(database, with_key=True)
    first = master_keys(database, ())
    path = database.with_name("checkin.db.key")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert master_keys(database, ()) == first
    Vault(first)
    database.write_bytes(b"something")
    path.unlink()
    with pytest.raises(WrongKey, match="set CHECKIN_SECRET_KEYS"):
        begin(database, with_key=True)
    assert not path.exists()


def test_a_malformed_key_is_named_and_not_shown() -> None:
    with pytest.raises(WrongKey, match="CHECKIN_SECRET_KEYS") as caught:
        Vault(["not-a-key-but-secret"])
    assert "not-a-key" not in str(caught.value)


async def test_many_processes_open_an_empty_database_at_once(database_url: str, time: Time) -> None:
    flows = list(load_folder(FLOWS).values())
    stores = [_store(database_url) for _ in range(6)]
    try:
        await asyncio.gather(*(store.open(time(), flows) for store in stores))
        hashes = {(await store.system_keys()).chat_hash(7) for store in stores}
        assert len(hashes) == 1  # all have the keys that one of them made
        async with stores[0].engine.connect() as connection:
            assert await connection.scalar(sa.select(sa.func.count()).select_from(KeyringRow)) == 2
    finally:
        for store in stores:
            await store.close()


async def test_the_keyring_of_the_house_must_be_whole(database_url: str, time: Time) -> None:
    store = _store(database_url)
    await store.open(time(), [])
    async with store.engine.begin() as connection:
        await connection.execute(sa.delete(KeyringRow).where(KeyringRow.name == "chats"))
    await store.close()
    store = _store(database_url)
    with pytest.raises(WrongKey, match="keyring"):
        await store.open(time(), [])
    await store.close()
