"""After a stop comes its answer and nothing else: whatever waits, wherever it waits, for how long.

What counts as a stop, and what becomes of the person, is tested elsewhere.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.messages.incoming import IncomingUpdate, TextMessage
from bot.messages.reply import Message, Reply
from bot.store.repositories.people.early_stops import REMEMBERED_FOR
from bot.store.tables import Base
from bot.store.tables.delivery_tables import OutboxRow
from bot.store.tables.participant_tables import EarlyStopRow, ParticipantRow
from bot.telegram.receiving.flood_control import no_limits
from bot.telegram.receiving.update_processor import BeforeStop
from tests.conftest import Time
from tests.support.paced_bot import GUARD, Paced
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

STOPPED = "Done. I have stopped"
SECONDS = 2.0
"""Within which a stop is confirmed."""


async def at_question(telegram: FakeTelegram, bot: Paced) -> Person:
    """Somebody at the first question, and the timer at a quiet moment."""
    sam = telegram.person("Sam")
    agreeing = asyncio.create_task(agree(sam))
    while not agreeing.done():
        await bot.turn()
        await asyncio.sleep(0)
    await bot.turn_to(60)
    return sam


async def taken_in(telegram: FakeTelegram) -> None:
    """Returns when the bot has confirmed all that was sent to it."""
    assert await telegram.changes.until(lambda: not telegram.inbox.waiting, GUARD)


def after(sam: Person, place: int) -> list[str]:
    """What the bot has written since then, each by its first words."""
    return [bubble.text[: len(STOPPED)] for bubble in sam.chat[place:] if bubble.from_bot]


async def only_the_answer(bot: Paced, sam: Person, place: int, seconds: float) -> None:
    """The answer to the stop is there in this time, and nothing else comes for ten minutes."""
    await bot.turn_to(seconds)
    await sam.sees(STOPPED, GUARD)
    await bot.until_idle()
    assert after(sam, place) == [STOPPED]


@pytest.fixture
async def paced(telegram: FakeTelegram, database_url: str, time: Time) -> Any:
    bot = Paced(telegram, database_url, time)
    bot.limits = no_limits()
    async with bot:
        yield bot


async def test_a_hundred_messages_that_wait_do_not_come(
    telegram: FakeTelegram, paced: Paced
) -> None:
    sam = await at_question(telegram, paced)
    for n in range(100):
        sam.say(f"thought {n}")
    await taken_in(telegram)
    place = len(sam.chat) + 1
    sam.say("stop")
    await taken_in(telegram)
    await only_the_answer(paced, sam, place, SECONDS)
    assert await paced.rows(OutboxRow) == []


@pytest.mark.parametrize(("fault", "wait"), [("429", 0.0), ("500", 0.0), ("500", 200.0)])
async def test_what_telegram_holds_up_does_not_come(
    fault: str, wait: float, telegram: FakeTelegram, paced: Paced
) -> None:
    sam = await at_question(telegram, paced)
    telegram.faults.add(
        kind=fault, method="sendMessage", times=None, chat=sam.chat_id, retry_after=30
    )
    sam.tap("Skip")
    await taken_in(telegram)
    await telegram.changes.until(lambda: bool(telegram.faults.consumed), GUARD)
    await paced.turn_to(wait)
    place = len(sam.chat) + 1
    sam.say("stop")
    await taken_in(telegram)
    telegram.faults.clear()
    await only_the_answer(paced, sam, place, SECONDS + (30 if fault == "429" else 0))


async def test_what_came_together_with_a_stop_is_not_answered_before_it(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    await running.stop()
    for words in ("a room", "a door", "quiet"):
        sam.say(words)
    sam.say("stop")
    place = len(sam.chat)
    await running.start()
    await running.quiet()
    assert after(sam, place) == [STOPPED]
    assert await running.rows(OutboxRow) == []


async def test_another_process_sends_nothing_after_it(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    if database_url.startswith("sqlite"):
        return  # one process has a SQLite file
    first, second = (Paced(telegram, database_url, time) for _ in range(2))
    first.limits = no_limits()
    async with first:
        sam = await at_question(telegram, first)
        for n in range(20):
            sam.say(f"thought {n}")
        await taken_in(telegram)
        await first.turn_to(3)
        await sam.sees("2 of 5", GUARD)
        second.app = second.put_together(first.bot.settings)
        await second.bot.start()
        try:
            stop = {
                "message_id": 1_000_000,
                "from": sam.user,
                "chat": {"id": sam.chat_id, "type": "private", "first_name": "Sam"},
                "date": int(time().timestamp()),
                "text": "stop",
            }
            await second.bot.processor.process([{"update_id": 2**40, "message": stop}])
            await second.glass.to(SECONDS)
            await sam.sees(STOPPED, GUARD)
            place = next(n for n, b in enumerate(sam.chat) if STOPPED in b.text)
            await first.until_idle()
            assert after(sam, place) == [STOPPED]
        finally:
            await second.bot.stop()


# --- before a yes --------------------------------------------------------------------------------


async def test_a_stop_before_a_yes_outlives_the_process(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    first = sam.last
    await sam.says("stop")
    assert [len(await running.rows(table)) for table in _tables_but(EarlyStopRow)] == [0] * len(
        _tables_but(EarlyStopRow)
    )
    (row,) = await running.rows(EarlyStopRow)
    assert row.until == time() + REMEMBERED_FOR
    assert str(sam.chat_id).encode() not in row.chat_hash
    await running.stop()
    await running.start()
    place = len(sam.chat)
    sam.tap_old(first, "18 or over")
    await running.quiet()
    assert after(sam, place) == []  # a toast says so, and nothing comes
    await sam.says("hello?")
    assert "You have stopped" in sam.last.text
    await sam.says("START")
    assert "I am a computer, not a person" in sam.last.text
    assert await running.rows(EarlyStopRow) == []
    await sam.taps("18 or over")
    assert "Is it OK for" in sam.last.text


async def test_it_is_forgotten_in_its_time(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    sam.start()
    await running.quiet()
    await sam.says("stop")
    time.pass_(days=REMEMBERED_FOR.days + 1)
    await sam.says("hello?")
    assert "I am a computer, not a person" in sam.last.text


def _tables_but(table: type[Base]) -> list[type[Base]]:
    """What holds something of somebody."""
    kept = {"keyring", "flow_versions", "updates_seen", "early_stops", table.__tablename__}
    mappers = Base.registry.mappers
    return [m.class_ for m in mappers if m.local_table.name not in kept]  # type: ignore[attr-defined]


# --- the order in which replies pass -------------------------------------------------------------


def _arrival(update: int, chat: int, text: str, time: Time) -> IncomingUpdate:
    return IncomingUpdate(update, chat, TextMessage(text), time())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 3), st.booleans(), st.booleans()), max_size=12))
def test_replies_pass_in_order_but_none_from_before_a_stop(
    said: list[tuple[int, bool, bool]],
) -> None:
    """Each message is of a chat, perhaps reads like a stop, and then perhaps is one."""
    time = Time()
    incoming_updates = [
        _arrival(n, chat, "stop" if s else "x", time) for n, (chat, s, _) in enumerate(said)
    ]
    stops = [a for a, (_, looks, _) in zip(incoming_updates, said, strict=True) if looks]
    gate, passed = BeforeStop(stops), list[Reply]()
    for incoming, (chat, looks, is_one) in zip(incoming_updates, said, strict=True):
        reply = Reply(incoming.update_id, chat, (Message("x"),), stops=looks and is_one)
        passed += gate.let_through([reply], [incoming])
    for chat in {chat for chat, _, _ in said}:
        mine = [r.id for r in passed if r.chat == chat]
        last = max((a.update_id for a in stops if a.chat == chat), default=None)
        first = last if last is not None and said[last][2] else 0
        wanted = [n for n, (c, _, _) in enumerate(said) if c == chat and n >= first]
        assert mine == wanted


def test_the_tables_looked_at_are_there() -> None:
    assert {ParticipantRow, OutboxRow} <= set(_tables_but(EarlyStopRow))
