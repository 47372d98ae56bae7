"""The master key is rotated beside a bot that goes on: killed half-way, resumed, all readable.

How a bot starts with keys that are not the right ones is in `test_wrong_keys`.
"""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cli.rotate_keys import counted, rotated
from bot.domain.states import FollowUpState
from bot.settings import CannotBeDone
from bot.store.crypto.master_keys import key_file, read_key_file
from bot.store.crypto.vault import Vault, WrongKey, name_of, new_master
from bot.store.database import Database
from bot.store.maintenance.key_rotation import MARK, rotate, tally
from bot.store.opening import begin_store
from bot.store.tables.delivery_tables import DeadLetterRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.keyring_tables import KeyringRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import CaseRow
from tests.conftest import Time
from tests.reliability.crash.bot_process import GUARD, BotProcess, SharedTime
from tests.reliability.crash.crash_participants import Town
from tests.reliability.crash.rotating import THERE
from tests.store.maintenance.rotating_keys import (
    NEW,
    PEOPLE,
    a_screen,
    added,
    crowded,
    rotating,
    said_by,
    settings_for,
    unreadable,
)
from tests.support.participants import agree, before
from tests.support.running_bot import KEY, Running, upgrade
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import an_office


async def test_rotated_under_load_killed_half_way_and_resumed(  # noqa: PLR0915 - one story
    database_url: str, tmp_path: Path
) -> None:
    time = SharedTime(tmp_path)
    settings = settings_for(database_url, KEY)
    file = key_file(settings.sqlite_file) if settings.sqlite_file else None
    if file is not None:
        file.write_text(KEY)
    else:
        await asyncio.to_thread(upgrade, database_url)
        (tmp_path / ".env").write_text(f"CHECKIN_SECRET_KEYS={KEY}\n")
    store = begin_store(settings)
    await store.open(time(), [])
    await crowded(store, time, PEOPLE)
    async with FakeTelegram(clock=time, seed=1) as telegram:
        town = Town(telegram, 3)
        town.open()
        bot = BotProcess(telegram, database_url, time, secret_keys="")
        bot.start()
        try:
            # Some who came before the rotation, and are in the middle of it all.
            assert await town.until(lambda: town.acts > 20 or not bot.runs, 2 * GUARD), bot.log()
            if file is None:
                (tmp_path / ".env").write_text(f"CHECKIN_SECRET_KEYS={NEW},{KEY}\n")
            first = await rotating(
                *(tmp_path, database_url, "tests.reliability.crash.rotating"), until=PEOPLE // 2
            )
            assert first.stdout is not None
            said = b""
            while THERE not in said:
                said += (more := await first.stdout.read(4096))
                assert more, said.decode()
            newest = read_key_file(file)[0] if file is not None else NEW
            first.kill()
            await first.communicate()
            vault = Vault([newest, KEY])
            found = await tally(store, vault)
            assert found[0] >= PEOPLE // 2, "it was killed half-way"
            assert found[1] > 0
            acts = town.acts
            # The bot goes on in between: with those wrapped by the new key and those by the old.
            assert await town.until(lambda: town.acts > acts + 30 or not bot.runs, 2 * GUARD)
            second = await rotating(tmp_path, database_url)
            out, _ = await second.communicate()
            assert second.returncode == 0, out.decode()
            assert f"Nothing in this database hangs on {name_of(KEY)} any more" in out.decode()
            acts, people = town.acts, len(town.people)
            assert await town.until(
                lambda: (town.acts > acts + 30 and len(town.people) > people) or not bot.runs, GUARD
            ), bot.log()
            assert bot.runs, bot.log()
            town.at_once = 0
            assert await town.until(
                lambda: all(t.done for t in town.people) or not bot.runs, 2 * GUARD
            )
        finally:
            bot.kill()
            await town.close()
            await store.engine.dispose()
        assert telegram.complaints == []
    assert set(await tally(store, vault)) == {0}, "new people, too, are on the newest key"
    if file is not None:
        assert read_key_file(file) == [newest, KEY], "resumed, not begun with another key"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    async with store.engine.connect() as connection:
        aside = (await connection.execute(sa.select(DeadLetterRow))).all()
    await store.close()
    assert aside == []
    assert "update.later" not in bot.log(), "nobody had to wait for a key"
    rows, shut = await unreadable(database_url, newest)
    assert rows > PEOPLE + 20
    assert shut == 0
    print(  # noqa: T201 - with -s, for the benchmarks
        f"\n{rows} rows, killed with {found[0]} keys of {found.total()} done; unreadable: {shut};"
        f" {town.acts} taps and messages of {len(town.people)} people meanwhile"
    )


async def test_a_bot_that_lacks_a_key_lets_that_update_wait_and_serves_the_others(
    telegram: FakeTelegram,
    running: Running,
    time: Time,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
    await before(sam)
    store = running.bot.store
    (mine,) = [
        row for row in await running.rows(ParticipantRow) if row.id == await _id_of(running, sam)
    ]
    wrapped = Vault([NEW, KEY]).rewrapped(mine.data_key)
    async with store.engine.begin() as connection:
        change = sa.update(ParticipantRow).where(ParticipantRow.id == mine.id)
        await connection.execute(change.values(data_key=wrapped))
    heard = len(telegram.sent_to(sam.chat_id))
    sam.say("START")
    sam.say("I want to die")
    kim.say("Somewhere quiet")
    await kim.sees("going wrong")
    assert await telegram.changes.until(
        lambda: any("999" in b.text for b in telegram.sent_to(sam.chat_id)), 10.0
    ), "danger is answered from memory all the same"
    assert len(telegram.sent_to(sam.chat_id)) == heard + 1
    kim.tap("Money")
    assert await telegram.changes.until(lambda: "✓ Money" in str(kim.last.buttons), 10.0)
    # What is due to them waits as well, and holds up nobody.
    time.pass_(days=14)
    await running.bot.follow_up_job.run()
    assert await running.rows(DeadLetterRow) == []
    due = [row for row in await running.rows(FollowUpRow) if row.participant_id == mine.id]
    assert FollowUpState.CLAIMED in {row.state for row in due}
    # The key comes: the settings are read again, and nothing was lost.
    monkeypatch.setenv("CHECKIN_SECRET_KEYS", f"{NEW},{KEY}")
    await running.quiet()
    assert len(telegram.sent_to(sam.chat_id)) > heard + 1
    assert await running.rows(DeadLetterRow) == []
    assert "Can I ask how it went" in sam.last.text
    # Whoever is new is wrapped by the newest.
    ola = telegram.person("Ola")
    await agree(ola)
    found = await tally(store, Vault([NEW, KEY]))
    assert (found[0], found[None]) == (2, 0)


async def _id_of(running: Running, person: Any) -> int:
    async with running.bot.store.unit_of_work() as uow:
        return (await uow.participants.load([person.chat_id]))[person.chat_id].id


async def test_a_row_that_is_in_use_is_not_waited_for_while_others_are_held(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        phones = office.chats(5)
        await office.agree(phones)
        vault = Vault([NEW, KEY])
        if office.settings.sqlite_file is not None:
            pytest.skip("SQLite locks the whole file, and one waits in line")
        ids = sorted(row.id for row in await office.rows(ParticipantRow))
        held, asked = asyncio.Event(), asyncio.Event()

        async def in_use() -> None:
            async with office.store.unit_of_work() as uow:
                await uow.participants.load_by_id([ids[3]])
                held.set()
                await asked.wait()
                # The other way round than the rotation goes: who waited for it would wait for ever.
                await uow.participants.load_by_id([ids[0], ids[1]])

        other = asyncio.create_task(in_use())
        await held.wait()
        steps: list[int] = []

        def done(count: int) -> None:
            steps.append(count)
            asked.set()

        await asyncio.wait_for(rotate(office.store, vault, done), 20)
        await other
        assert steps[0] == 4, "all but the one in use"
        assert set(await tally(office.store, vault)) == {0}


async def test_twice_is_refused_kindly_where_nothing_is_newer(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        await office.agree(office.chats(3))
        was = await office.rows(KeyringRow)
        with pytest.raises(CannotBeDone, match="nothing is newer: all 5 keys"):
            await rotated(settings_for(database_url, KEY), a_screen())
        with pytest.raises(WrongKey):
            await rotated(settings_for(database_url, NEW), a_screen())
        assert await office.rows(KeyringRow) == was
        screen = a_screen()
        assert await rotated(settings_for(database_url, NEW, KEY), screen)
        assert f"5 on {name_of(NEW)} (the newest), 0 on {name_of(KEY)}" in said_by(screen)
        assert "Backups made until now still need the older keys" in said_by(screen)
        for key in (NEW, KEY):
            assert key not in said_by(screen)
        with pytest.raises(CannotBeDone, match="nothing is newer"):
            await rotated(settings_for(database_url, NEW, KEY), a_screen())
        assert MARK not in {row.name for row in await office.rows(KeyringRow)}


async def test_beside_sqlite_the_new_key_is_made_and_the_file_is_never_half(
    tmp_path: Path, time: Time
) -> None:
    url = f"sqlite:///{tmp_path / 'checkin.db'}"
    file = key_file(tmp_path / "checkin.db")
    with pytest.raises(CannotBeDone, match="there is no database at"):
        await rotated(settings_for(url), a_screen())
    assert not file.exists()
    store = begin_store(settings_for(url))
    await store.open(time(), [])
    await crowded(store, time, 3)
    (old,) = read_key_file(file)
    assert await rotated(settings_for(url), a_screen())
    new, kept = read_key_file(file)
    assert kept == old
    assert new != old
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not file.with_name("checkin.db.key.new").exists()
    # A bot that has been running since before wraps the next by the new key at once.
    async with store.unit_of_work() as uow:
        added(uow, 7, time())
    assert await tally(store, Vault([new])) == {0: 6}
    await store.close()


async def test_the_keys_of_cases_hang_on_the_house_and_need_no_rotation(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.joined(sam, "Kim")
        was = [row.data_key for row in await office.rows(CaseRow)]
        assert await rotated(settings_for(database_url, NEW, KEY), a_screen())
        assert [row.data_key for row in await office.rows(CaseRow)] == was
    store = begin_store(settings_for(database_url, NEW))
    await store.open(time(), [])
    ids = [row.id for row in await _cases(store)]
    async with store.unit_of_work() as uow:
        (case,) = await uow.cases.find(ids=ids)
    assert case.name == "Kim"
    await store.close()


async def _cases(store: Database) -> list[Any]:
    async with store.engine.connect() as connection:
        return list((await connection.execute(sa.select(CaseRow.id))).all())


async def test_what_cannot_be_opened_is_counted_and_told(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        await office.agree(office.chats(2))
        one = (await office.rows(ParticipantRow))[0]
        other = Vault([new_master()]).new_key()[1]
        async with office.store.engine.begin() as connection:
            change = sa.update(ParticipantRow).where(ParticipantRow.id == one.id)
            await connection.execute(change.values(data_key=other))
        screen = a_screen()
        with suppress(CannotBeDone):
            assert not await rotated(settings_for(database_url, NEW, KEY), screen)
        assert "1 on a key that is not given" in said_by(screen)
        assert "Put back the key that is missing" in said_by(screen)
        vault = Vault([NEW, KEY])
        assert "1 on a key that is not given" in counted(await tally(office.store, vault), vault)


async def test_what_was_said_meanwhile_is_not_undone(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await crowded(running.bot.store, time, 300)
    vault = Vault([NEW, KEY])
    work = asyncio.create_task(rotate(running.bot.store, vault, lambda _: None))
    os.environ["CHECKIN_SECRET_KEYS"] = f"{NEW},{KEY}"
    try:
        await sam.says("Somewhere quiet")
        await work
        await sam.taps("Money", "Done")
        assert "different if things were better" in sam.last.text
    finally:
        del os.environ["CHECKIN_SECRET_KEYS"]
    assert set(await tally(running.bot.store, vault)) == {0}
