"""A yes to be written to, whenever it is said, brings one hello; a no ends what was planned."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.domain.states import FollowUpState
from bot.messages.incoming import Command
from bot.store.tables.participant_tables import ConsentRow, ParticipantRow
from tests.conftest import Time
from tests.jobs.hellos import hellos, skip_through
from tests.support.follow_up_ends import outcomes
from tests.support.participants import allow_messages, before, half_way
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.worker_scenario import an_office

ASKED = "I never write to you first, as things are. May I?"


async def days_pass(running: Running, time: Time, days: int) -> None:
    """So many days, with a look each day."""
    for _ in range(days):
        time.pass_(days=1)
        await running.tick()


async def test_a_yes_that_became_a_no_and_a_yes_again_brings_one_hello(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await before(sam, may_write=False)
    await sam.says("/pause")
    assert ASKED in sam.last.text
    asked = sam.last
    for answer in ("Yes, you may write", "No", "Yes, you may write"):
        sam.tap_old(asked, answer)
        await running.quiet()
    assert "I will say hello again around 7 December" in sam.last.text
    await days_pass(running, time, 20)
    assert len(hellos(telegram, sam)) == 1


async def test_a_no_ends_what_was_planned_also_the_time_they_chose(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.says("/pause")
    asked = sam.last
    await sam.taps("Yes, you may write", "Not now", "Tomorrow")
    sam.tap_old(asked, "No")
    await running.quiet()
    await days_pass(running, time, 10)
    assert hellos(telegram, sam) == []
    given = [row.given for row in await running.rows(ConsentRow) if row.kind == "message"]
    assert sorted(given) == [False, True]
    assert [p.may_message for p in await running.rows(ParticipantRow)] == [False]


async def test_a_yes_half_way_brings_no_hello_before_the_time_they_chose(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await sam.taps("Not now", "Next week")
    await allow_messages(sam)
    await days_pass(running, time, 14)
    assert [h.sent_at.date() for h in hellos(telegram, sam)] == [dt.date(2026, 11, 30)]
    assert await outcomes(running, "unfinished") == []


async def test_a_yes_half_way_brings_the_hello_of_who_leaves_half_way(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await half_way(sam)
    await allow_messages(sam)
    assert "2 of 5" in sam.last.text, "the question is asked again"
    await days_pass(running, time, 14)
    assert [h.sent_at.date() for h in hellos(telegram, sam)] == [dt.date(2026, 11, 25)]
    assert await outcomes(running, "unfinished") == [(FollowUpState.SENT, None)]


async def test_a_yes_at_the_end_of_after_brings_the_next(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await before(sam, may_write=False)
    time.pass_(days=15)
    await sam.says("START")
    await sam.taps("Start")
    await skip_through(sam, running, "May I write to you again")
    await sam.taps("Yes")
    await skip_through(sam, running, "What you said matters")
    assert "I will say hello again around 23 February" in sam.last.text
    time.now = dt.datetime(2027, 2, 23, 12, tzinfo=dt.UTC)
    await running.tick()
    assert len(hellos(telegram, sam)) == 1


@pytest.mark.parametrize("asked", ["within", "later"])
async def test_a_yes_brings_no_hello_for_the_after_that_was_just_answered(
    asked: str, database_url: str, time: Time
) -> None:
    async with an_office(database_url, time) as office:
        sam, kim = await office.worker("Sam"), office.phone()
        await office.joins(kim, await office.link(sam))
        await office.before(kim, may_write="disagree")
        time.pass_(days=5)
        await office.does(sam, "ended", await office.case(), "yesterday")
        time.pass_(days=2)
        await office.all([kim], Command("start"))
        await office.all([kim], "start")
        for choice in ("y", "skip", "y", "n", "n", "skip", "worker"):
            await office.all([kim], choice)
        await office.all([kim], "agree" if asked == "within" else "disagree")
        await office.all([kim], "fine")
        if asked == "later":
            time.pass_(days=2)
            await office.allow_messages([kim])
        assert "27 February" in kim.said, "the next one"
        for _ in range(20):
            time.pass_(hours=12)
            await office.tick()
        assert office.hellos == []


async def test_a_yes_after_only_if_i_write_first_asks_when(
    telegram: FakeTelegram, running: Running, time: Time, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await before(sam)
    await sam.says("/times")
    await sam.taps("Only if I message first")
    await sam.says("STOP")
    await sam.says("/start")
    await sam.taps("Yes, it is me", "18 or over", "Yes, keep it", "No, just me")
    assert ASKED in sam.last.text
    await sam.taps("Yes, you may write")
    assert "When is it safe to message you?" in sam.last.text
    await sam.taps("Any time in the day")
    await days_pass(running, time, 20)
    assert len(hellos(telegram, sam)) == 1
