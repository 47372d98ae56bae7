"""Danger and help are answered whatever is broken, and what waits for a repair is lost nowhere.

A database that is away or hangs is in `test_danger_away`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.database.databases import PostgresServer
from tests.support.participants import agree, allow_messages, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

NUMBER, HELP, STOPPED = "Samaritans: 116 123", "Here is who can help", "I have stopped"
DANGERS = ("I want to kill myself", "my husband is hitting me")
GUARD = 30.0


@asynccontextmanager
async def damaged(running: Running) -> AsyncIterator[None]:
    """A SQLite file that is no database any more, as after a bad disk."""
    file = running.bot.settings.sqlite_file
    assert file is not None
    whole = await _moved(running, file, {})
    try:
        await _moved(running, file, dict.fromkeys(whole, b"what is left of a file " * 4_000))
        yield
    finally:
        await _moved(running, file, whole)


async def _moved(running: Running, file: Path, put: dict[Path, bytes]) -> dict[Path, bytes]:
    """What stood in the database's files, with this put in its place."""
    await let_go(running)
    found = {p: p.read_bytes() for p in file.parent.glob(f"{file.name}*") if p.suffix != ".key"}
    for path, body in put.items():
        path.write_bytes(body)
    running.bot.store.resume()
    return found


async def let_go(running: Running) -> None:
    """Closes every connection; nobody gets a new one before `wake`."""
    await running.bot.store.pause()
    await running.bot.store.engine.dispose()


@asynccontextmanager
async def only_reads(running: Running, server: PostgresServer) -> AsyncIterator[None]:
    """A PostgreSQL that takes no writes, as a primary after a failover."""
    name = running.bot.store.engine.url.database

    async def execute(*statements: str) -> None:
        engine = running.bot.store.engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(sa.text(statement))

    await execute(
        f'ALTER DATABASE "{name}" SET default_transaction_read_only = on',
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET default_transaction_read_only = on",
    )
    await let_go(running)
    running.bot.store.resume()
    try:
        yield
    finally:
        await execute(
            "SET transaction_read_only = off",
            "SET default_transaction_read_only = off",
            f'ALTER DATABASE "{name}" RESET default_transaction_read_only',
        )
        await let_go(running)
        running.bot.store.resume()
        assert server.is_running()


@asynccontextmanager
async def broken(running: Running, table: str) -> AsyncIterator[None]:
    """A table that is not what this version takes it for: a fault of ours."""
    engine = running.bot.store.engine
    async with engine.begin() as connection:
        await connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO gone"))
    try:
        yield
    finally:
        async with engine.begin() as connection:
            await connection.execute(sa.text(f"ALTER TABLE gone RENAME TO {table}"))


@asynccontextmanager
async def trouble(
    how: str, request: pytest.FixtureRequest, running: Running
) -> AsyncIterator[None]:
    if how != "hardware":
        kind = broken(running, how)
    elif running.bot.settings.sqlite_file is not None:
        kind = damaged(running)
    else:
        kind = only_reads(running, request.getfixturevalue("postgresql_server"))
    async with kind:
        yield


@pytest.mark.parametrize("how", ["hardware", "updates_seen", "participants", "sessions", "owed"])
async def test_danger_and_help_are_answered_and_the_rest_waits(
    how: str, request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
    eve = telegram.person("Eve", started=True)
    place = len(sam.chat)
    async with trouble(how, request, running):
        for words in DANGERS:
            sam.say(words)
        eve.say(DANGERS[0])
        eve.say("help")
        await sam.sees("It is not your fault", GUARD)
        await eve.sees(NUMBER, GUARD)
        await eve.sees(HELP, GUARD)
        assert any(NUMBER in bubble.text for bubble in sam.chat[place:])
        if how == "hardware":
            kim.say("stop")
    await running.quiet()
    for told in (NUMBER, "It is not your fault"):
        assert sum(told in b.text for b in sam.chat[place:] if b.from_bot) == 1, "once each"
    if how == "hardware":
        await kim.sees(STOPPED, GUARD)
        states = sorted(p.state.value for p in await running.rows(ParticipantRow))
        assert states == [ParticipantState.ACTIVE.value, ParticipantState.STOPPED.value]
    await sam.taps("Skip")
    await sam.says("words go on")
    assert "words go on" in {a.words for a in (await answers_of(running, sam)).values()}


async def test_a_database_that_is_not_there_at_the_start_is_waited_for(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running
) -> None:
    sam: Person = telegram.person("Sam")
    await agree(sam)
    await running.stop()
    file = running.bot.settings.sqlite_file
    server: PostgresServer | None = None
    gone = file.parent.with_name(f"{file.parent.name}-away") if file is not None else None
    if file is None:
        server = request.getfixturevalue("postgresql_server")
        await asyncio.to_thread(server.stop)
    else:
        assert gone is not None
        file.parent.rename(gone)  # a disk that is there later, all at once
    try:
        sam.say(DANGERS[0])
        sam.tap("Skip")
        await running.start()
        await sam.sees(NUMBER, GUARD)
        assert not running.bot.started.is_set()
    finally:
        if server is not None:
            await asyncio.to_thread(server.start)
        elif file is not None and gone is not None:
            gone.rename(file.parent)
    await asyncio.wait_for(running.bot.started.wait(), GUARD)
    await running.quiet()
    assert "2 of 5" in sam.last.text
    assert sum(NUMBER in bubble.text for bubble in sam.chat if bubble.from_bot) == 1


async def test_a_start_waits_for_a_file_that_another_holds(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    if not database_url.startswith("sqlite"):
        return  # PostgreSQL has no such lock
    running = Running(telegram, database_url, time)
    async with running:
        await asyncio.wait_for(running.bot.started.wait(), GUARD)
    engine = sa.create_engine(database_url)
    with engine.connect() as holder:
        holder.exec_driver_sql("BEGIN EXCLUSIVE")
        kim = telegram.person("Kim", started=True)
        kim.say(DANGERS[0])
        await running.start()
        await kim.sees(NUMBER, GUARD)  # within the lock's patience, and after it
        assert not running.bot.started.is_set()
        holder.exec_driver_sql("ROLLBACK")
    engine.dispose()
    await asyncio.wait_for(running.bot.started.wait(), GUARD)
    await running.stop()


@pytest.mark.parametrize("how", ["a damaged key", "sessions", "cases"])
async def test_a_stop_is_a_stop_whatever_does_not_open(
    how: str, telegram: FakeTelegram, running: Running
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    for person in (sam, kim):
        await agree(person)
        await allow_messages(person)
    if how != "a damaged key" and running.bot.settings.sqlite_file is not None:
        return  # SQLite says the same of a file that is away: the stop waits for the repair
    mark = (await running.bot.store.system_keys()).chat_hash(sam.chat_id)
    sams = next(r.id for r in await running.rows(ParticipantRow) if r.chat_hash == mark)
    if how == "a damaged key":
        await running.stop()  # what is remembered of a key goes with the process
        await running.start()
        await running.bot.started.wait()
        async with running.bot.store.engine.begin() as connection:
            await connection.execute(
                sa.update(ParticipantRow)
                .where(ParticipantRow.id == sams)
                .values(data_key=b"no key")
            )
        await sam.says("stop")
    else:
        async with broken(running, how):
            await sam.says("stop")
    assert STOPPED in sam.last.text
    states = {row.id: row.state for row in await running.rows(ParticipantRow)}
    assert states.pop(sams) is ParticipantState.STOPPED
    assert set(states.values()) == {ParticipantState.ACTIVE}
    mine = [row for row in await running.rows(FollowUpRow) if row.participant_id == sams]
    assert mine
    assert not [row for row in mine if row.state in (FollowUpState.WAITING, FollowUpState.CLAIMED)]
    async with running.bot.store.engine.connect() as connection:
        stage = sa.select(CheckinRow.stage).where(CheckinRow.participant_id == sams)
        stages = set((await connection.execute(stage)).scalars())
    assert stages == {CheckinState.WAITING if how == "sessions" else CheckinState.STOPPED}
    await kim.says("a room")
    assert "2 of 5" in kim.last.text
