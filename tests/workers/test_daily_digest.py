"""The morning note: on working days at nine, once, and only when somebody needs a look.

What needs a look is told apart here too.
"""

from __future__ import annotations

import datetime as dt

from bot.messages.incoming import Command
from tests.conftest import Time
from tests.support.worker_scenario import Office, an_office
from tests.workers.test_alerts import asks

STEPS = (119, 1, 15, 165, 1140)
"""Minutes, from seven in the morning: just before nine, nine, after it, noon, and seven again."""


async def week(office: Office, time: Time, days: int = 7) -> list[str]:
    """When a note comes, looked at several times a day."""
    came = []
    for _ in range(days):
        for minutes in STEPS:
            time.pass_(minutes=minutes)
            came += [f"{time():%a %H:%M}" for _ in await office.go_round()]
    return came


async def test_on_working_days_at_nine(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam, ali = await office.worker("Sam"), await office.worker("Ali")
        time.now = dt.datetime(2026, 11, 23, 7, 0, tzinfo=dt.UTC)
        await office.act([(sam, sam.does("morning"))])
        assert sam.said == office.words("w_morning_on")
        assert await week(office, time) == []  # nobody needs a look
        await office.link(sam, "Old")
        await office.link(ali, "Lee")
        assert await week(office, time, 7) == []  # a link that nobody used is no news either
        token = await office.link(sam)
        await office.joins(office.phone(), token)
        await office.open(office.phone(), token, None)
        came = await week(office, time)
        assert came == [f"{day} 09:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
        assert sam.said == office.words("w_morning", total=1)
        await office.act([(sam, sam.does("eye"))])
        assert sam.keys[0].label == "Kim: " + office.words("w_why_second")
        time.pass_(days=1)
        await office.does(sam, "eye")
        assert sam.said == office.words("w_eye_none")  # a week later it is news no more
        await office.does(sam, "morning", 0, "off")
        assert await week(office, time) == []


async def test_once_a_day_over_a_restart_and_not_at_noon(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        kim = await office.joined(sam)
        await office.act([(sam, Command("start"))])
        await office.act([(sam, sam.does("morning"))])
        await asks(office, kim)
        time.now = dt.datetime(2026, 11, 24, 9, 10, tzinfo=dt.UTC)
        note = office.words("w_morning", total=1)
        await office.go_round()
        assert [m.text for m in sam.heard].count(note) == 1
    async with an_office(database_url, time) as again:
        again.phones |= office.phones
        again._number = 3_000
        await again.go_round()
        assert [m.text for m in sam.heard].count(note) == 1
        time.now = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)
        await again.go_round()
        assert [m.text for m in sam.heard].count(note) == 1


async def test_the_workers_own_nine_o_clock(database_url: str, time: Time) -> None:
    async with an_office(database_url, time) as office:
        sam = await office.worker("Sam")
        await office.does(sam, "morning", 0, "on")
        time.now = dt.datetime(2027, 6, 6, 8, 0, tzinfo=dt.UTC)
        token = await office.link(sam)
        await office.joins(office.phone(), token)
        await office.open(office.phone(), token, None)
        time.now = dt.datetime(2027, 6, 7, 8, 0, tzinfo=dt.UTC)  # nine in summer
        assert await office.go_round() == [sam]
