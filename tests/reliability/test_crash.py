"""A bot killed at random moments while people talk to it: afterwards the books are checked.

It does not look at what a kill costs in time.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from pathlib import Path

from bot.content.plan_loader import load_plan
from bot.domain.states import CheckinState, FollowUpState, ParticipantState
from bot.jobs.resend_outbox import LEFT_BY_OTHERS_AFTER
from bot.store.tables.checkin_tables import CheckinRow
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow, ProcessedUpdateRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.reliability.crash.audit import hellos, lost_answers
from tests.reliability.crash.bot_process import GUARD, BotProcess, SharedTime
from tests.reliability.crash.crash_participants import Town
from tests.support.running_bot import FLOWS, Running
from tests.support.telegram_fake import FakeTelegram

KILLS = int(os.environ.get("CRASH_KILLS", "4"))
SEED = int(os.environ.get("CRASH_SEED", "1"))
AT_ONCE = 5 if KILLS < 20 else 8
MOST_CALLS = 70
"""A bot is killed after at most this many calls; the first twenty or so are its start."""


async def test_nothing_is_lost_and_nothing_comes_twice_over_many_kills(
    database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same moments in every run, as far as that goes
    time = SharedTime(tmp_path)
    async with FakeTelegram(clock=time, seed=SEED) as telegram:
        town = Town(telegram, AT_ONCE)
        town.open()
        async with Running(telegram, database_url, time):
            assert await town.until(lambda: sum(t.finished for t in town.people) >= AT_ONCE, GUARD)
        bot = BotProcess(telegram, database_url, time)
        time.pass_(days=14)  # all of these now have a follow-up that is due
        try:
            for _ in range(KILLS):
                await _one_life(bot, town, time, chance)
        finally:
            bot.kill()
        town.at_once = 0
        async with Running(telegram, database_url, time) as running:
            await _settle(running, town, time)
            await town.close()
            await _check_the_books(running, town)
        assert telegram.complaints == []


async def _one_life(bot: BotProcess, town: Town, time: SharedTime, chance: random.Random) -> None:
    """From a start to a kill, after some number of calls, and a moment more."""
    telegram = town.telegram
    bot.start()
    began, calls = len(telegram.calls), chance.randint(1, MOST_CALLS)
    half = began + calls // 2
    # Where everyone waits for what is owed to them, no call comes until time passes.
    await town.until(lambda: len(telegram.calls) >= half or not bot.runs, 5.0)
    if chance.random() < 0.7:
        # Enough for leases to run out, for what is owed, and for follow-ups to fall due.
        time.pass_(days=chance.choice([0, 2, 7, 14]), minutes=6)
    reached = await town.until(lambda: len(telegram.calls) >= began + calls, 2.0)
    assert reached or bot.runs, bot.log()
    # The kill is to fall anywhere between two calls, not only as one arrives.
    await asyncio.sleep(chance.random() * 0.03)
    assert bot.runs, bot.log()
    await asyncio.to_thread(bot.kill)


async def _settle(running: Running, town: Town, time: SharedTime) -> None:
    """One more start, and nothing goes wrong any more: until nothing is left to do."""
    polls = len(running.telegram.calls_of("getUpdates"))
    assert await town.until(lambda: len(running.telegram.calls_of("getUpdates")) > polls, GUARD)
    for again in range(20):
        if again == 1:
            time.pass_(days=14)
        before = town.acts
        await _quiet(running, town)
        time.pass_(minutes=6)
        await running.tick()
        await running.bot.outbox_sender.send(LEFT_BY_OTHERS_AFTER)
        await _quiet(running, town)
        if again > 1 and before == town.acts and not await running.rows(OutboxRow):
            return
    raise AssertionError("it does not come to rest")


async def _quiet(running: Running, town: Town) -> None:
    """Returns when nobody has anything to say, and everything said is answered."""
    while True:
        acts = town.acts
        assert await town.until(lambda: not running.telegram.inbox.waiting, 10 * GUARD)
        await running.bot.settled()
        if acts == town.acts and not running.telegram.inbox.waiting:
            return


async def _check_the_books(running: Running, town: Town) -> None:
    telegram = town.telegram
    follow_ups = await running.rows(FollowUpRow)
    told_of = hellos(telegram)
    states = Counter(row.state.value for row in follow_ups)
    said = sum(len(talker.said) for talker in town.people)
    print(  # noqa: T201 - the figures are what it is run for
        f"\n{running.bot.store.engine.dialect.name}: {KILLS} kills, {len(town.people)} people,"
        f" {len(telegram.inbox.history)} updates, {said} answers,"
        f" {len(telegram.calls_of('sendMessage'))} messages, hellos {sum(told_of.values())};"
        f" follow-ups {dict(states)}"
    )
    # What was said.
    seen = {row.update_id for row in await running.rows(ProcessedUpdateRow)}
    assert set(telegram.inbox.history) - seen == set(), "updates lost"
    assert await running.rows(DeadLetterRow) == []
    lost = [
        loss for talker in town.people for loss in await lost_answers(running.bot.store, talker)
    ]
    assert lost == [], "answers lost"
    # What was sent first.
    assert {i: n for i, n in told_of.items() if n > 1} == {}, "follow-ups sent twice"
    hide = running.bot.store.mask
    assert set(told_of) <= {hide(row.id) for row in follow_ups}
    now = running.clock()
    for row in follow_ups:
        told = told_of.get(hide(row.id), 0)
        match row.state:
            case FollowUpState.SENT:
                assert told == 1, row
            case FollowUpState.UNCERTAIN:
                assert told <= 1, row
            case FollowUpState.DROPPED:
                assert told == 0, row
                assert row.outcome, row
            case FollowUpState.WAITING:
                assert told == 0, row
                assert row.due_at > now, row
            case _:
                raise AssertionError(f"lost: {row}")
    await _planned(running, follow_ups)
    # Who waits.
    assert [t.person.transcript() for t in town.people if t.waits] == [], "left without a reply"
    stopped = {
        row.id
        for row in await running.rows(ParticipantRow)
        if row.state is ParticipantState.STOPPED
    }
    assert len(stopped) == sum(t.stopped for t in town.people)
    for talker in town.people:
        if talker.stopped:
            newest = talker.person.last
            assert newest.text.startswith("OK"), talker.person.transcript()


async def _planned(running: Running, follow_ups: list[FollowUpRow]) -> None:
    """Every finished BEFORE has all its follow-ups."""
    plan = load_plan(FLOWS / "plan.yaml")
    after = Counter(row.session_id for row in follow_ups if row.kind == "after")
    for session in await running.rows(CheckinRow):
        if session.flow == "before" and session.stage is CheckinState.DONE:
            assert after[session.id] == len(plan.after)
