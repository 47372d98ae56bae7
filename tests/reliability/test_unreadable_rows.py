"""A row that cannot be read stops neither a start nor a backup."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.ids import new_id
from bot.store.crypto.vault import Vault, WrongKey
from bot.store.maintenance.backup import write_backup
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import Crowd
from tests.support.running_bot import KEY, Running
from tests.support.telegram_fake import FakeTelegram, Person


async def test_a_reply_of_another_version_does_not_stop_the_start(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    number, house = new_id(), await running.bot.store.system_keys()
    bad = {"id": number, "turn": 0, "first_at": time(), "at": time()}
    for body in (b"{", b"[]", b"{}", b'{"id": 1, "messages": [{}]}'):
        async with running.bot.store.engine.begin() as connection:
            await connection.execute(sa.delete(OutboxRow))
            sealed = house.key.seal(body, "owed", number)
            await connection.execute(sa.insert(OutboxRow).values(**bad, body=sealed))
        await running.stop()
        await running.start()
        await running.bot.started.wait()
        await sam.says("hello")
        assert await running.rows(DeadLetterRow) == []


async def test_one_key_that_does_not_open_costs_nobody_else_their_backup(
    database_url: str, time: Time, tmp_path: Any
) -> None:
    async with Crowd(database_url, time) as crowd:
        await crowd.agree(crowd.chats(3))
        store, vault = crowd.store, Vault([KEY])
        whole = await write_backup(store, vault, tmp_path / "whole", now=time())
        async with store.engine.begin() as connection:
            one = (await connection.execute(sa.select(ParticipantRow.id).limit(1))).scalar_one()
            change = sa.update(ParticipantRow).where(ParticipantRow.id == one)
            await connection.execute(change.values(data_key=b"damaged"))
        with pytest.raises(WrongKey):
            vault.key(b"damaged")
        left = await write_backup(store, vault, tmp_path / "left", now=time())
        assert 0 < whole - left <= whole / 2
