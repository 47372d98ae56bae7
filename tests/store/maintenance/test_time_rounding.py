"""Of what is days old only the day is kept, and nothing that anybody is shown changes by it.

Lives of people, workers and others at their phones, generated; the job runs at random moments,
stops half-way, and runs again. `COARSE_LAW=500 pytest -s` on this file tries more.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.jobs.clean_up import CleanUpJob
from bot.messages.incoming import Command
from bot.store.maintenance.round_other_times import REST, OtherTimesRounding
from bot.store.maintenance.round_participant_times import PERSON, PLACES, ParticipantTimesRounding
from bot.store.maintenance.time_rounding import day_of, end, hour, is_rounded, rounded, zone_of
from bot.store.tables import Base, UtcTime
from bot.store.tables.delivery_tables import DeadLetterRow
from tests.conftest import Time
from tests.support.database.rounded_times import (
    EXACT,
    GONE_BY_THEN,
    TWO_DAYS,
    Shadow,
    every_table_filled,
    shown,
    tick,
    told_of_days,
    whole_cut,
)
from tests.support.sharing_house import House, checked, houses
from tests.support.worker_scenario import Office, all_tables, an_office
from tests.workers.test_sharing import LAWS, everybody_reads

OUTCOMES = ("reached", "partly", "left")

# --- more deeds ----------------------------------------------------------------------------------


async def hears_hellos(house: House) -> None:
    await house.office.tick()


async def writes_stop_and_comes_back(house: House) -> None:
    phone = house.kim
    await house.office.say(phone, "stop")
    await house.office.act([(phone, Command("start"))])
    for choice in ("adult", "agree", "alone", "agree", "start"):
        if choice in phone.offered:
            await house.office.all([phone], choice)


async def answers_what_waits(house: House) -> None:
    for choice in ("start", "y", "n", "worker", "only_me", "agree", "fine"):
        if choice in house.kim.offered:
            await house.office.all([house.kim], choice)
    await house.office.say(house.kim, "words that are nobody's")


async def the_service_records(house: House) -> None:
    async with house.office.store.unit_of_work() as uow:
        cases = await uow.cases.find(ids=[house.case])
        workers = await uow.workers.by_chat([house.wanda.chat])
        for case in cases:
            outcome = OUTCOMES[len(house.done) % len(OUTCOMES)]
            now = house.office.time()
            await uow.sharing.add_outcome(case, workers[house.wanda.chat], outcome, None, now)


async def somebody_tries_the_link(house: House) -> None:
    async with house.office.store.unit_of_work() as uow:
        for case in await uow.cases.find(ids=[house.case]):
            await uow.cases.mark_reused(case, house.office.time())


NOT_HERE = ("deletes_it_all", "the_worker_uses_them_at_once")
"""Nothing is at once here: days go by between any two deeds."""
DEEDS: list[Callable[[House], Any]] = [
    *(each for name, each in LAWS.items() if name not in NOT_HERE),
    *(hears_hellos, hears_hellos, answers_what_waits, answers_what_waits),
    *(writes_stop_and_comes_back, the_service_records, somebody_tries_the_link),
]


async def cut(office: Office, chance: random.Random, before: dt.datetime) -> None:
    """One run, or the beginning of one."""
    job = ParticipantTimesRounding(office.store, "Europe/London", at_once=chance.choice([1, 2, 50]))
    rest = OtherTimesRounding(office.store, "Europe/London", office.time)
    for part in (job, rest):
        for _ in range(chance.choice([1, 2, 1000, 1000])):
            if not await part.some(before):
                break


async def test_nothing_that_anybody_is_shown_changes_and_no_time_of_day_is_left(
    database_url: str, time: Time
) -> None:
    wanted = int(os.environ.get("COARSE_LAW", "4"))
    chance = random.Random(int(os.environ.get("COARSE_SEED", "1")))  # noqa: S311 - no secret
    time.pass_(days=1)
    runs = changed = deeds = 0
    async with an_office(database_url, time) as office:
        tick(time, chance)
        lives = await houses(office, wanted, 1)
        shadow = Shadow()
        for _ in range(10):
            for house in lives:
                tick(time, chance)
                each = chance.choice(DEEDS)
                house.done.append(each.__name__)
                await each(house)
                await checked(house)
                deeds += 1
            await shadow.wrote(office)
            time.pass_(hours=chance.choice([1, 9, 24, 96, 264]))
            was = await shown(office, time())
            await cut(office, chance, time() - TWO_DAYS)
            assert await shown(office, time()) == was
            changed += await shadow.cut(office)
            runs += 1
        for house in lives:
            await everybody_reads(house)
            await checked(house)
        await shadow.wrote(office)
        assert await told_of_days(office)
        time.pass_(days=4)
        await whole_cut(office, time() - TWO_DAYS)
        changed += await shadow.cut(office)
        assert await told_of_days(office) == set()
        once = await all_tables(office)
        await whole_cut(office, time() - TWO_DAYS)
        assert await all_tables(office) == once
        assert changed > 100
        assert await office.rows(DeadLetterRow) == []
    print(f"\ncoarse law: {deeds} deeds, {runs} runs, {changed} moments cut")  # noqa: T201


async def test_no_table_holds_a_time_of_day_after_two_days_of_sweeps(
    database_url: str, time: Time
) -> None:
    """A row in every table, also in one that somebody adds: the sweep itself cuts it."""
    async with an_office(database_url, time) as office:
        time.now += dt.timedelta(microseconds=123_457)
        await houses(office, 2, 1)
        await every_table_filled(office)
        assert len(await told_of_days(office)) >= 40
        sweep = CleanUpJob(office.store, office.env, time)
        for _ in range(5):
            await sweep.run()
            time.pass_(days=1)
        assert await told_of_days(office) == set()
        empty = {name for name, rows in (await all_tables(office)).items() if not rows}
        assert empty <= GONE_BY_THEN


ZONES = [
    *("Europe/London", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Midway"),
    *("America/St_Johns", "Australia/Lord_Howe", "Africa/Cairo", "America/Sao_Paulo", "No/Where"),
]
# Around midnights, and around the nights on which clocks change.
MOMENTS = st.builds(
    lambda day, shift: dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(hours=12) + shift,
    st.sampled_from(
        [dt.date(2027, 3, 27), dt.date(2027, 3, 28), dt.date(2027, 4, 3), dt.date(2027, 10, 31)]
    ),
    st.timedeltas(dt.timedelta(hours=-30), dt.timedelta(hours=30)),
)


@given(st.lists(MOMENTS, max_size=12), st.sampled_from(ZONES), st.dates())
@settings(max_examples=int(os.environ.get("COARSE_MOMENTS", "200")), deadline=None)
def test_a_moment_keeps_its_day_and_its_place_among_others(
    moments: list[dt.datetime], name: str, before: dt.date
) -> None:
    for day in (before, dt.date(2028, 1, 1)):
        zone = zone_of(name)
        became = rounded(moments, zone, day)
        assert became.keys() == {at for at in moments if day_of(at, zone) < day}
        for at, new in became.items():
            assert day_of(new, zone) == day_of(at, zone)
            assert is_rounded(new, zone)
            assert day_of(end(at, zone), zone) == day_of(at, zone)
            # An hour and a half where clocks go back by half an hour.
            assert dt.timedelta() <= at - hour(at, zone) < dt.timedelta(minutes=90)
            assert day_of(hour(at, zone), zone) == day_of(at, zone)
        assert [became[at] for at in sorted(became)] == sorted(set(became.values()))
        assert rounded(became.values(), zone, day) == {at: at for at in became.values()}


def test_every_moment_of_every_table_is_cut_or_said_to_stay() -> None:
    here = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, UtcTime)
    }
    cut_by_person = {(p.table.__tablename__, name) for p in PLACES for name in p.times}
    cut_by_itself = {(r.table.__tablename__, n) for r in REST for n in (*r.times, *r.ends)}
    person = {("participants", name) for name in (*PERSON, "paused_until")}
    cut_ones = cut_by_person | cut_by_itself | person
    assert here == cut_ones | set(EXACT)
    assert cut_ones & set(EXACT) == set()
