"""Whether words may still be shown, asked of a database by many at once.

What follows from the answer is tested with deleting and reading.
"""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.domain.participant import ContentOwner
from bot.store.availability import DatabaseUnavailable
from bot.store.queries import visibility
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import Crowd, Phone


async def test_many_are_asked_for_as_one_and_each_gets_their_own_answer(
    database_url: str, time: Time
) -> None:
    async with Crowd(database_url, time) as crowd:
        phones = [Phone(chat) for chat in range(1, 41)]
        crowd.phones |= {phone.chat: phone for phone in phones}
        await crowd.agree(phones)
        async with crowd.store.transaction() as connection:
            ids = list((await connection.execute(sa.select(ParticipantRow.id))).scalars())
        statements: list[str] = []
        engine = crowd.store.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", lambda *e: statements.append(e[2]))
        asked = [ContentOwner(id_, place % 2) for place, id_ in enumerate(ids)]
        asked += [
            ContentOwner(ids[0]),
            ContentOwner(1, 0),
            ContentOwner(ids[0], 0, session_id=1, worker_id=1),
        ]
        may = await asyncio.gather(*map(crowd.store.is_visible, asked))
        assert may == [*(place % 2 == 0 for place in range(len(ids))), True, False, False]
        assert len([s for s in statements if "participants" in s]) == 1


@pytest.mark.parametrize("kind_of_database", ["postgresql"])  # nobody who reads waits in SQLite
async def test_a_database_that_hangs_is_away(
    database_url: str, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "PATIENCE", 0.1)
    async with Crowd(database_url, time) as crowd:
        async with crowd.store.engine.begin() as other:
            await other.execute(sa.text("LOCK TABLE participants IN ACCESS EXCLUSIVE MODE"))
            asked = [crowd.store.is_visible(ContentOwner(number, 0)) for number in (1, 2)]
            found = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(each) for each in found] == [DatabaseUnavailable, DatabaseUnavailable]
        assert not await crowd.store.is_visible(ContentOwner(1, 0))
