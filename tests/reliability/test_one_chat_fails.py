"""Whatever one chat, row or lock does, the others get theirs, and it gets its own in the end."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import create_async_engine

from bot.app import App, build
from bot.domain.ids import new_id
from bot.domain.participant import ContentOwner
from bot.domain.states import FollowUpState
from bot.messages.reply import Message, Reply
from bot.settings import Settings
from bot.store.tables.delivery_tables import DeadLetterRow, OutboxRow
from bot.store.tables.follow_up_tables import FollowUpRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.telegram.receiving.flood_control import no_limits
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from tests.conftest import Time
from tests.support.participants import agree, allow_messages
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

OTHERS = 5
ASKS = "Is now an OK time?"
TOLD = "What feels like it is going wrong"


class Patient(Running):
    """A bot whose pauses pass at once, by a clock that counts them."""

    def put_together(self, settings: Settings) -> App:
        self.seconds = 0.0

        async def sleep(seconds: float) -> None:
            self.seconds += max(seconds, 0.0)
            await asyncio.sleep(0)

        pace = RateLimiter(Timer(lambda: self.seconds, sleep), overall=0, each_chat=0.0)
        return build(settings, clock=self.clock, pace=pace, limits=no_limits())

    async def rounds(self, number: int = 1) -> None:
        """Lets all jobs go round."""
        for _ in range(number):
            await self.bot.jobs.round()
            await self.bot.settled()


@pytest.fixture
async def patient(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Patient]:
    async with Patient(telegram, database_url, time) as bot:
        yield bot


def _texts(person: Person, telegram: FakeTelegram) -> list[str]:
    return [bubble.text for bubble in telegram.sent_to(person.chat_id)]


async def _hellos(running: Running) -> Counter[str]:
    return Counter(f.state.value for f in await running.rows(FollowUpRow))


async def _crowd(telegram: FakeTelegram, running: Running) -> list[Person]:
    people = [telegram.person(f"P{n}") for n in range(OTHERS)]
    for person in people:
        await agree(person)
        await allow_messages(person)
    return people


@pytest.mark.parametrize(
    ("kind", "after"), [("500", 0), ("502_html", 0), ("429", 1800), ("429", 20), ("drop_before", 0)]
)
async def test_a_refused_chat_stops_nobody_and_gets_its_own_in_order(
    kind: str, after: int, telegram: FakeTelegram, patient: Patient, time: Time
) -> None:
    xia, gone, others = telegram.person("Xia"), telegram.person("Gone"), None
    for person in (xia, gone):
        await agree(person)
        await allow_messages(person)
    others = await _crowd(telegram, patient)
    await gone.says("/delete")
    await gone.taps("Yes, delete them")
    telegram.faults.add(
        kind=kind, method="sendMessage", chat=xia.chat_id, times=None, retry_after=after
    )
    xia.tap("Skip")  # its answer stands in the chat's queue, and her hello will be due behind it
    await telegram.drained()
    time.pass_(days=2, hours=1)
    async with asyncio.timeout(60):  # before, it was tried for ever, and nothing else was done
        await patient.quiet()
        await patient.rounds()
    for other in others:
        assert sum("OK time" in text for text in _texts(other, telegram)) == 1, other.transcript()
    assert len(await patient.rows(ParticipantRow)) == OTHERS + 1, "who asked for it is deleted"
    assert (await _hellos(patient))["waiting"] >= 1
    owed = len(await patient.rows(OutboxRow))
    for _ in range(5):  # it is refused for long: nothing piles up
        time.pass_(minutes=2)
        patient.seconds += 120
        await patient.rounds()
    assert len(await patient.rows(OutboxRow)) == owed == 1
    assert patient.bot.sender.in_flight == frozenset()
    assert patient.bot.sender._queues.is_empty
    telegram.faults.clear()
    patient.seconds += 1800
    time.pass_(minutes=2)
    before = len(_texts(xia, telegram))
    await patient.rounds(2)
    new = _texts(xia, telegram)[before:]
    assert sum(TOLD in text for text in new) == 1, new
    assert sum("OK time" in text for text in new) == 1, new
    assert await patient.rows(OutboxRow) == []


async def test_what_was_seen_of_a_reply_is_not_said_again(
    telegram: FakeTelegram, patient: Patient
) -> None:
    sam = telegram.person("Sam", started=True)
    await patient.bot.started.wait()
    sender = patient.bot.sender
    asked = itertools.count(1)

    async def may(_whose: ContentOwner) -> bool:
        if next(asked) == 2:  # right before the second message
            telegram.faults.add(kind="500", method="sendMessage", times=None)
        return True

    sender._may = may
    three = tuple(Message(text) for text in ("one", "two", "three"))
    reply = Reply(new_id(), sam.chat_id, three, owner=ContentOwner(1))
    sender.send(reply)
    await sender.wait_idle()
    assert _texts(sam, telegram) == ["one"]
    for _ in range(3):
        sender.send(reply, again=True)
        await sender.wait_idle()
    telegram.faults.clear()
    sender.send(reply, again=True)
    await sender.wait_idle()
    assert _texts(sam, telegram) == ["one", "two", "three"]


@pytest.mark.parametrize("kind", ["500", "502_html", "drop_before", "429"])
async def test_an_outage_of_telegram_uses_up_no_hello(
    kind: str, telegram: FakeTelegram, patient: Patient, time: Time
) -> None:
    others = await _crowd(telegram, patient)
    time.pass_(days=2)
    for method in ("sendMessage", "getChat"):
        telegram.faults.add(kind=kind, method=method, times=None, retry_after=60)
    for _ in range(4):
        time.pass_(minutes=6)
        await patient.rounds()
    states = await _hellos(patient)
    assert states["uncertain"] == states["failed"] == states["dropped"] == 0, states
    telegram.faults.clear()
    patient.seconds += 120
    time.pass_(minutes=6)
    await patient.rounds()
    for other in others:
        assert sum("OK time" in text for text in _texts(other, telegram)) == 1, other.transcript()


# --- rows ----------------------------------------------------------------------------------------

DAMAGE: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "key": (ParticipantRow, {"data_key": b"damaged"}),
    "chat": (ParticipantRow, {"chat": b"damaged"}),
    "waits": (ParticipantRow, {"waits": b"damaged"}),
    "zone": (ParticipantRow, {"zone": "Nowhere/At_All"}),
    "safe": (ParticipantRow, {"safe": [1, 2]}),
    "kind": (FollowUpRow, {"kind": "of another version"}),
}


async def _damage(running: Running, person_id: int, name: str) -> None:
    table, values = DAMAGE[name]
    column = table.id if table is ParticipantRow else table.participant_id
    async with running.bot.store.engine.begin() as connection:
        await connection.execute(sa.update(table).where(column == person_id).values(**values))


@pytest.mark.parametrize("deletes", [False, True])
@pytest.mark.parametrize("name", DAMAGE)
async def test_a_damaged_row_stops_nobody_and_can_be_deleted(
    name: str, deletes: bool, telegram: FakeTelegram, patient: Patient, time: Time
) -> None:
    xia = telegram.person("Xia")
    await agree(xia)
    await allow_messages(xia)
    (row,) = await patient.rows(ParticipantRow)
    others = await _crowd(telegram, patient)
    if deletes:
        await xia.says("/delete")
        await xia.taps("Yes, delete them")
    await _damage(patient, row.id, name)
    time.pass_(days=2)
    async with asyncio.timeout(60):
        await patient.rounds(3)
    for other in others:
        assert sum("OK time" in text for text in _texts(other, telegram)) == 1, other.transcript()
    left = {r.id for r in await patient.rows(ParticipantRow)}
    assert (row.id in left) != deletes
    assert len(left) == OTHERS + (not deletes)
    assert set(patient.bot.jobs.not_well()) == set()


# --- locks ---------------------------------------------------------------------------------------


@asynccontextmanager
async def _held(running: Running, ids: list[int]) -> AsyncIterator[None]:
    """Another session holds these people's rows."""
    other = create_async_engine(running.bot.store.engine.url)
    try:
        async with other.begin() as connection:
            statement = sa.select(ParticipantRow.id).where(ParticipantRow.id.in_(ids))
            await connection.execute(statement.with_for_update())
            yield
    finally:
        await other.dispose()


@pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True)
async def test_a_held_row_keeps_only_its_own_person_waiting(
    telegram: FakeTelegram, patient: Patient, time: Time
) -> None:
    xia = telegram.person("Xia")
    await agree(xia)
    (row,) = await patient.rows(ParticipantRow)
    others = await _crowd(telegram, patient)
    async with _held(patient, [row.id]):
        xia.say("stop")
        for other in others:
            other.say("stop")
        for other in others:
            await other.sees("I have stopped")
        kim = telegram.person("Kim")
        kim.start()
        await kim.sees("Hello")
        assert not any("I have stopped" in text for text in _texts(xia, telegram))
    await xia.sees("I have stopped")
    await patient.quiet()
    assert sum("I have stopped" in text for text in _texts(xia, telegram)) == 1
    assert await patient.rows(DeadLetterRow) == []


@pytest.mark.parametrize("kind_of_database", ["postgresql"], indirect=True)
async def test_a_held_row_keeps_no_hello_and_no_deletion_of_others_waiting(
    telegram: FakeTelegram, patient: Patient, time: Time
) -> None:
    xia, gone = telegram.person("Xia"), telegram.person("Gone")
    await agree(xia)
    (row,) = await patient.rows(ParticipantRow)
    others = await _crowd(telegram, patient)
    for person in (xia, gone):
        if person is gone:
            await agree(gone)
        await allow_messages(person)
        await person.says("/delete")
        await person.taps("Yes, delete them")
    time.pass_(days=2)
    async with _held(patient, [row.id]):
        await patient.rounds(2)  # jobs may be in each other's way for a moment
        for other in others:
            assert sum("OK time" in text for text in _texts(other, telegram)) == 1
        assert len(await patient.rows(ParticipantRow)) == OTHERS + 1
    await patient.rounds()
    assert len(await patient.rows(ParticipantRow)) == OTHERS


# --- the order within a chat ---------------------------------------------------------------------

MOST_SAID = 4
"""After so many the fourth question stays, and each further answer to it is thanked alike."""
step = st.sampled_from(["say", "500", "429", "429 long", "well", "round", "wait"])


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(step, min_size=2, max_size=10))
def test_nothing_is_lost_said_twice_or_out_of_order(
    steps: list[str], new_database: Callable[[], str]
) -> None:
    asyncio.run(_in_order(steps, new_database(), Time()))


async def _in_order(steps: list[str], database_url: str, time: Time) -> None:
    async with (
        FakeTelegram(clock=time) as telegram,
        Patient(telegram, database_url, time) as bot,
    ):
        sam, tom = telegram.person("Sam"), telegram.person("Tom")
        await agree(sam)
        await agree(tom)
        before = len(_texts(sam, telegram))
        said = 0
        for what in steps:
            if what == "say" and said < MOST_SAID:
                said += 1
                await sam.says(f"words {said}")
            elif what in ("500", "429", "429 long"):
                telegram.faults.clear()
                telegram.faults.add(
                    kind=what.split()[0],
                    method="sendMessage",
                    chat=sam.chat_id,
                    times=None,
                    retry_after=1800 if "long" in what else 20,
                )
            elif what == "well":
                telegram.faults.clear()
            elif what == "wait":
                time.pass_(minutes=3)
                bot.seconds += 180
            await bot.rounds()
            seen = len(_texts(tom, telegram))
            await tom.says("/help")
            assert len(_texts(tom, telegram)) > seen, "the others hear at once"
        telegram.faults.clear()
        for _ in range(2):
            bot.seconds += 1800
            time.pass_(minutes=2)
            await bot.rounds()
        texts = _texts(sam, telegram)[before:]
        questions = [text.split(" of ")[0] for text in texts if " of 5." in text]
        assert questions == sorted(questions), texts
        assert len(set(questions)) == len(questions), texts
        assert await bot.rows(OutboxRow) == []
        assert telegram.complaints == []
        counts = Counter(f.state for f in await bot.rows(FollowUpRow))
        assert counts[FollowUpState.UNCERTAIN] == 0
