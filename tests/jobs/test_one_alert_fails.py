"""One alert that cannot be said just now silences no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.worker_scenario import Ear, Office, an_office
from tests.workers.test_alerts import asks


@asynccontextmanager
async def stuck(office: Office, alert: AlertRow, participant: int) -> AsyncIterator[None]:
    """Whoever it is about is locked by another; SQLite has no such locks: a step is refused."""
    engine = office.store.engine
    if engine.dialect.name == "sqlite":
        async with engine.begin() as connection:
            await connection.exec_driver_sql(
                "CREATE TRIGGER stuck BEFORE INSERT ON alert_steps"
                f" WHEN NEW.alert_id = {alert.id} BEGIN SELECT RAISE(ABORT, 'stuck'); END"
            )
        yield
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DROP TRIGGER stuck")
        return
    other = create_async_engine(engine.url)
    try:
        async with other.begin() as connection:
            row = sa.select(ParticipantRow.id).where(ParticipantRow.id == participant)
            await connection.execute(row.with_for_update())
            yield
    finally:
        await other.dispose()


async def test_one_alert_that_cannot_be_said_silences_no_other(
    database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, lou = await office.worker("Sam"), await office.worker("Lou", lead=True)
        kim, liv = await office.joined(sam, "Kim"), await office.joined(sam, "Liv")
        await asks(office, kim)
        (first,) = await office.rows(AlertRow)
        await asks(office, liv)
        async with office.store.unit_of_work() as uow:
            participant = (await uow.participants.load([kim.chat]))[kim.chat].id
        await office.dispatcher.chat_blocked(
            sam.chat
        )  # so both are said to the lead, and to Kim and Liv
        async with stuck(office, first, participant):
            await office.go_round()
            assert _heard(office, lou) == {"Liv"}
        await office.go_round()
        assert _heard(office, lou) == {"Liv", "Kim"}


def _heard(office: Office, lead: Ear) -> set[str]:
    said = {name: office.words("w_alert_again", name=name) for name in ("Kim", "Liv")}
    return {name for name, words in said.items() if any(m.text == words for m in lead.heard)}
