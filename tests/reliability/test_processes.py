"""Several bots on one database, and a database that goes away.

How fast any of it is, is measured elsewhere.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

from bot.domain.states import FollowUpState
from bot.messages.incoming import Command, IncomingUpdate
from bot.store.repositories.people import follow_up_claims
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow, ProcessedUpdateRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.reliability.crash.audit import hellos, lost_answers
from tests.reliability.crash.bot_process import GUARD, BotProcess, SharedTime
from tests.reliability.crash.crash_participants import Town
from tests.reliability.crash.load_balancer import Balancer
from tests.support.database.databases import PostgresServer
from tests.support.participants import LAST_YES, NEARLY, TO_KEEP, Crowd, Phone, agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.telegram.test_webhook import free_port

DUE = int(os.environ.get("SHARED_FOLLOW_UPS", "200"))
TALKERS = 12


# --- two processes, one database -----------------------------------------------------------------


async def test_two_processes_share_the_same_chats(postgresql: str, tmp_path: Path) -> None:
    time, ports = SharedTime(tmp_path), [free_port(), free_port()]
    async with FakeTelegram(clock=time) as telegram, Balancer(ports) as balancer:
        bots = [BotProcess(telegram, postgresql, time, **balancer.settings(p)) for p in ports]
        town = Town(telegram, TALKERS)
        try:
            for bot in bots:
                bot.start()
            asked = await town.until(lambda: len(telegram.calls_of("setWebhook")) == 2, GUARD)
            assert asked, [bot.log() for bot in bots]
            town.open()
            assert await town.until(lambda: len(town.people) >= 2 * TALKERS, 2 * GUARD)
            town.at_once = 0
            assert await town.until(lambda: all(t.done for t in town.people), 2 * GUARD)
            await town.close()
        finally:
            for bot in bots:
                bot.kill()
        assert min(balancer.taken.values()) > 0
        assert {d.status for d in telegram.webhook.deliveries} == {200}
        async with Crowd(postgresql, Time()) as crowd:
            seen = await crowd.count(ProcessedUpdateRow)
            assert seen == len(telegram.inbox.history) == len(telegram.webhook.deliveries)
            assert await crowd.count(DeadLetterRow) == 0
            assert [x for t in town.people for x in await lost_answers(crowd.store, t)] == []
        for talker in town.people:
            texts = [b.text for b in telegram.sent_to(talker.person.chat_id)]
            assert len(texts) == len(set(texts)), talker.person.transcript()
        assert telegram.complaints == []
        print(f"\n{dict(balancer.taken)} updates taken by each")  # noqa: T201


async def test_follow_ups_shared_by_two_processes_one_of_which_is_killed(
    postgresql: str, tmp_path: Path
) -> None:
    time, ports = SharedTime(tmp_path), [free_port(), free_port()]
    async with FakeTelegram(clock=time) as telegram, Balancer(ports) as balancer:
        people = [telegram.person(f"Person {n}", started=True) for n in range(DUE)]
        async with Crowd(postgresql, _standing(time)) as crowd:
            await _leave_half_way(crowd, people)
            time.pass_(days=2)
            bots = [BotProcess(telegram, postgresql, time, **balancer.settings(p)) for p in ports]
            try:
                for bot in bots:
                    bot.start()
                sent = telegram.changes
                half = DUE // 2
                assert await sent.until(
                    lambda: len(telegram.calls_of("sendMessage")) >= half, 4 * GUARD
                ), bots[0].log()
                bots[0].kill()
                left = await _until_none_is_open(crowd, time)
            finally:
                for bot in bots:
                    bot.kill()
            told = hellos(telegram)
            assert max(told.values()) == 1
            states: Counter[str] = Counter()
            async with crowd.store.engine.connect() as connection:
                for row in await connection.execute(FollowUpRow.__table__.select()):
                    states[row.state.value] += 1
                    if row.state is FollowUpState.SENT:
                        assert told[crowd.store.mask(row.id)] == 1
                    else:
                        assert row.state is FollowUpState.UNCERTAIN, row
            assert left == 0
            assert states.total() == DUE
            print(  # noqa: T201 - the figures are what it is run for
                f"\n{DUE} due, two processes, one killed at {half}: {dict(states)},"
                f" {len(told)} arrived, none twice"
            )


async def test_a_claim_that_was_lost_to_another_is_let_go(postgresql: str, time: Time) -> None:
    async with FakeTelegram(clock=time) as telegram:
        people = [telegram.person("Sam", started=True)]
        async with Crowd(postgresql, time) as slow, Crowd(postgresql, time) as quick:
            await _leave_half_way(slow, people)
            quick.phones |= slow.phones
            time.pass_(days=2)
            claimed = await follow_up_claims.claim(slow.store, time(), 100)
            assert len(claimed) == 1
            time.pass_(minutes=6)  # the slow one stands still, and its lease runs out
            await quick.tick()
            assert len(quick.hellos) == 1
            assert await slow.ticking._filter_due(claimed) == []
            assert await slow.count(FollowUpRow, FollowUpRow.state == FollowUpState.SENT) == 1


async def test_a_double_yes_at_two_processes_joins_once(postgresql: str, time: Time) -> None:
    async with Crowd(postgresql, time) as one, Crowd(postgresql, time) as two:
        for chat in range(10_001, 10_021):
            (phone,) = one.chats(1, first=chat)
            await one.all([phone], Command("start"))
            for choice in TO_KEEP[:-1]:
                await one.all([phone], choice)
            yes = phone.press(TO_KEEP[-1])
            updates = [IncomingUpdate(10 * chat + n, chat, yes, time(), "en") for n in range(2)]
            await asyncio.gather(
                one.dispatcher.process(updates[:1]), two.dispatcher.process(updates[1:])
            )
        assert await one.count(ParticipantRow) == 20
        assert await one.count(DeadLetterRow) == 0


def _standing(time: SharedTime) -> Time:
    standing = Time()
    standing.now = time()
    return standing


async def _leave_half_way(crowd: Crowd, people: list[Person]) -> None:
    phones = [Phone(person.chat_id) for person in people]
    crowd.phones |= {phone.chat: phone for phone in phones}
    for at in range(0, len(phones), 500):
        some = phones[at : at + 500]
        await crowd.all(some, Command("start"))
        for choice in TO_KEEP:
            await crowd.all(some, choice)
        await crowd.allow_messages(some)


async def _until_none_is_open(crowd: Crowd, time: SharedTime) -> int:
    """Waits until the bot that is left has done what there is to do; leases run out meanwhile."""
    open_ = FollowUpRow.state.in_(
        (FollowUpState.WAITING, FollowUpState.CLAIMED, FollowUpState.SENDING)
    )
    left, before = await crowd.count(FollowUpRow, open_), 0
    for _ in range(int(4 * GUARD / 0.2)):
        before, left = left, await crowd.count(FollowUpRow, open_)
        if not left:
            break
        if left == before:
            time.pass_(minutes=6)
        await asyncio.sleep(0.2)  # asks the database now and then; nothing depends on how often
    return left


# --- the database goes away ----------------------------------------------------------------------


async def test_the_database_away_while_people_type(
    postgresql: str, postgresql_server: PostgresServer, time: Time
) -> None:
    async with (
        FakeTelegram(clock=time) as telegram,
        Running(telegram, postgresql, time) as running,
    ):
        people = [telegram.person(name) for name in ("Sam", "Kim", "Lee")]
        for person in people:
            await agree(person)
        await asyncio.to_thread(postgresql_server.stop)
        try:
            said = {p.first_name: [f"{p.first_name} {n}" for n in range(3)] for p in people}
            for n in range(3):
                for person in people:
                    person.say(said[person.first_name][n])
            people[1].say("HELP")
            new = telegram.person("Nobody yet")
            new.start()
            new.say("help")
            for person in (people[1], new):
                await person.sees("In danger now? Call 999")
        finally:
            await asyncio.to_thread(postgresql_server.start)
        await running.quiet()
        await new.sees("I am a computer")
        for person in (people[1], new):
            helps = [
                b for b in telegram.sent_to(person.chat_id) if "In danger now? Call 999" in b.text
            ]
            assert len(helps) == 1
        async with running.bot.store.unit_of_work() as uow:
            found = await uow.participants.load([p.chat_id for p in people])
            for person in people:
                live = found[person.chat_id].open_checkin
                assert live is not None
                words = " ".join(a.words or "" for a in live.session.answers.values())
                places = [words.find(part) for part in said[person.first_name]]
                assert -1 not in places, words
                assert places == sorted(places), words
                assert person.fresh
        assert await running.rows(DeadLetterRow) == []
        assert telegram.complaints == []


async def test_a_stop_does_not_wait_for_a_database_that_is_away(
    postgresql: str, postgresql_server: PostgresServer, time: Time
) -> None:
    async with FakeTelegram(clock=time) as telegram:
        running = Running(telegram, postgresql, time)
        await running.start()
        sam = telegram.person("Sam")
        await agree(sam, way=NEARLY)
        fault = telegram.faults.add(kind="timeout", method="sendMessage")
        sam.tap(LAST_YES)
        assert await telegram.changes.until(lambda: fault.times == 0, GUARD)
        await asyncio.to_thread(postgresql_server.stop)
        try:
            telegram.faults.release()
            await sam.sees("What would you like this service")  # and that cannot be written down
            await running.bot.sender.wait_idle()
            async with asyncio.timeout(GUARD):
                await running.stop()
        finally:
            await asyncio.to_thread(postgresql_server.start)
        async with Running(telegram, postgresql, time) as running:
            await running.bot.started.wait()
            time.pass_(minutes=2)
            await running.bot.jobs.round()
            await running.quiet()
            copies = [b for b in telegram.sent_to(sam.chat_id) if "What would you" in b.text]
            assert len(copies) == 2  # one repeat, because nobody could know
            assert await running.rows(OutboxRow) == []


async def test_postgresql_restarted_again_and_again_while_people_talk(
    postgresql: str, postgresql_server: PostgresServer, time: Time
) -> None:
    async with FakeTelegram(clock=time) as telegram:
        town = Town(telegram, 6)
        async with Running(telegram, postgresql, time) as running:
            town.open()
            assert await town.until(lambda: sum(t.finished for t in town.people) >= 4, GUARD)
            time.pass_(days=14)
            for end in (postgresql_server.stop, postgresql_server.kill) * 2:
                tick = asyncio.create_task(running.bot.jobs.round())
                calls = len(telegram.calls) + 12
                assert await town.until(
                    lambda calls=calls: len(telegram.calls) >= calls,  # type: ignore[misc]
                    GUARD,
                )
                await asyncio.to_thread(end)
                await asyncio.to_thread(postgresql_server.start)
                await tick
                time.pass_(minutes=6)
            town.at_once = 0
            for _ in range(4):
                assert await town.until(lambda: not telegram.inbox.waiting, GUARD)
                await running.quiet()
                time.pass_(minutes=6)
                await running.bot.jobs.round()
            assert await town.until(lambda: all(t.done for t in town.people), GUARD)
            await running.quiet()
            await town.close()
            assert [x for t in town.people for x in await lost_answers(running.bot.store, t)] == []
            assert await running.rows(DeadLetterRow) == []
            assert await running.rows(OutboxRow) == []
            told = hellos(telegram)
            assert max(told.values()) == 1
            states = Counter(f.state.value for f in await running.rows(FollowUpRow))
            assert set(states) <= {"sent", "uncertain", "dropped", "waiting"}, states
            print(f"\n4 restarts: {len(town.people)} people, {dict(states)}")  # noqa: T201
        assert telegram.complaints == []
