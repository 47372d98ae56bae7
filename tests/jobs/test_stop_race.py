"""Stop raced against the tick: after the stop is confirmed nothing is ever sent.

Everyone has a hello that is due, and everyone says stop, while the tick is at work.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random

from bot.domain.states import FollowUpState, ParticipantState
from bot.store.database import Database
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.conftest import Time
from tests.support.participants import Crowd, Phone
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

RACES = int(os.environ.get("STOP_RACES", "200"))
SEED = 7
HELLO = "Is now an OK time?"
STOPPED = "Done. I have stopped."


async def people_with_a_hello_due(
    telegram: FakeTelegram, database_url: str, time: Time, number: int
) -> list[Person]:
    """So many people who left their check-in half-way, two days ago."""
    people = [telegram.person(f"Person {n}", started=True) for n in range(number)]
    async with Crowd(database_url, time) as crowd:
        phones = [Phone(person.chat_id) for person in people]
        crowd.phones |= {phone.chat: phone for phone in phones}
        for at in range(0, number, 500):
            await crowd.agree(phones[at : at + 500])
            await crowd.allow_messages(phones[at : at + 500])
    time.pass_(days=2)
    return people


async def test_after_a_stop_nothing_is_ever_sent(database_url: str, time: Time) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same order in every run
    before = after = 0
    async with FakeTelegram(clock=time) as telegram:
        people = await people_with_a_hello_due(telegram, database_url, time, RACES)
        # Updates of the crowd above had small numbers; Telegram's are far from them.
        async with Running(telegram, database_url, time) as running:
            await running.bot.started.wait()
            chance.shuffle(people)
            tick = asyncio.create_task(running.bot.follow_up_job.run())
            waiting = list(people)
            while waiting:
                for _ in range(chance.randint(1, 6)):
                    if waiting:
                        waiting.pop().say("stop")
                calls = len(telegram.calls) + chance.randint(0, 9)
                await telegram.changes.until(
                    lambda calls=calls: len(telegram.calls) >= calls,  # type: ignore[misc]
                    0.05,
                )
            assert await telegram.changes.until(lambda: not telegram.inbox.waiting, 60)
            await tick
            await running.bot.settled()
            for person in people:
                said = [bubble.text for bubble in telegram.sent_to(person.chat_id)]
                stopped = next(i for i, text in enumerate(said) if text.startswith(STOPPED))
                assert len(said) == stopped + 1, person.transcript()
                assert all(HELLO in text for text in said[:stopped]), person.transcript()
                assert stopped <= 1, person.transcript()
                before += stopped
                after += not stopped
            assert {p.state for p in await running.rows(ParticipantRow)} == {
                ParticipantState.STOPPED
            }
            states = {f.state for f in await running.rows(FollowUpRow)}
            assert states <= {FollowUpState.SENT, FollowUpState.DROPPED}
            sent = len(telegram.calls_of("sendMessage"))
            for days in (1, 3, 14, 100):
                time.pass_(days=days)
                await running.tick()
            assert len(telegram.calls_of("sendMessage")) == sent
        assert telegram.complaints == []
    print(f"\n{RACES} races: {before} hellos went before the stop, {after} never")  # noqa: T201
    assert before
    assert after


async def test_what_is_owed_and_what_was_delivered_never_wait_in_a_ring(
    database_url: str, time: Time
) -> None:
    """New replies take the place of old ones just as those are struck off, chat by chat."""
    chance = random.Random(SEED)  # noqa: S311 - the same order in every run
    chats = [*range(1, 101)]

    async def owe(store: Database, first: int) -> None:
        chance.shuffle(chats)
        about = {"session_id": None, "turn": 0, "participant_id": None}
        async with store.unit_of_work() as uow:
            for chat in chats:
                uow.outbox.enqueue(first + chat, chat, b"{}", time(), lasting=False, **about)

    async with Crowd(database_url, time) as crowd:
        for place in range(20):
            first = place * 1000
            await owe(crowd.store, first)
            said = [
                {"id": first + chat, "session_id": None, "turn": 0, "message_id": 1, "chat": chat}
                for chat in random.Random(place).sample(chats, len(chats))  # noqa: S311
            ]
            await asyncio.gather(crowd.store.mark_delivered(said), owe(crowd.store, first + 500))
            owed = await crowd.store.due_outbox(time(), dt.timedelta(0))
            assert len(owed) == len(chats)
            await crowd.store.mark_delivered([{**row, "id": row["id"] + 500} for row in said])
