"""The synthetic data of `bench/` in a test's own database, and what is published of it.

It checks nothing by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from bench.synthetic_data import build
from bot.reports.build import ReportOptions
from bot.reports.build import build as build_report
from bot.reports.edition import Month, closed, count, published
from bot.reports.page_content import Report
from bot.reports.tally import Tally
from bot.store.queries.report_data import keep_edition
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import Crowd

ZONE = "Europe/London"


class Town(Crowd):
    """A crowd of people nobody has talked with, for they are made up."""

    async def fill(self, people: int = 400) -> None:
        """Lets them have been there for a year."""
        today = self.env.library.current
        await build(self.store, today, people=people, now=self.time())

    async def delete(self, ids: list[int]) -> None:
        """These people delete everything."""
        statement = sa.delete(ParticipantRow).where(ParticipantRow.id.in_(ids))
        async with self.store.transaction() as connection:
            await connection.execute(statement)

    async def withdraw(self, ids: list[int]) -> None:
        """These people take back all that they shared."""
        statement = sa.update(CheckinRow).where(CheckinRow.participant_id.in_(ids))
        async with self.store.transaction() as connection:
            await connection.execute(statement.values(sharing="only_me", shared_with=None))

    async def everybody(self) -> list[int]:
        """The numbers of all, in an order that stays the same."""
        async with self.store.transaction() as connection:
            found = await connection.execute(
                sa.select(ParticipantRow.id).order_by(ParticipantRow.joined_at)
            )
            return list(found.scalars())


async def report_of(crowd: Crowd, options: ReportOptions | None = None) -> Report:
    """The report of the last whole month."""
    library, plan, month = crowd.env.library, crowd.env.plan, closed(crowd.time(), ZONE)
    wanted = options or ReportOptions()
    return await build_report(
        crowd.store, library, plan, month, ZONE, "Aspen House", crowd.time, wanted
    )


async def edition_of(crowd: Crowd, month: Month) -> tuple[Tally, dict[str, Any]]:
    """The true counts of a month by now, and what is published of it."""
    async with crowd.store.reporting() as reporting:
        counted = await count(reporting, crowd.env.library, crowd.env.plan, month, ZONE)
        body = await reporting.edition(month.name)
        before = await reporting.newest_edition(month.name)
        body = body or published(counted, reporting.draw, month, ZONE, before)
    async with crowd.store.transaction() as connection:
        return counted, await keep_edition(connection, month.name, body, crowd.time())


@asynccontextmanager
async def a_town(database_url: str, time: Time, people: int = 400) -> AsyncIterator[Town]:
    """The town with its database open."""
    async with Town(database_url, time) as town:
        assert isinstance(town, Town)
        await town.fill(people)
        yield town


def months(last: dt.datetime, number: int) -> list[dt.datetime]:
    """The middle of each of so many months, the last one last."""
    found = []
    for back in range(number - 1, -1, -1):
        month = last.month - 1 - back
        found.append(last.replace(year=last.year + month // 12, month=month % 12 + 1, day=15))
    return found
