"""With the database away or held, danger is answered from memory, once; nothing else is lost.

What is answered when all is well is tested elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from bot.dispatch.dispatcher import Dispatcher
from bot.messages.incoming import IncomingUpdate
from bot.messages.reply import Reply
from bot.store.availability import DatabaseUnavailable
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow, TransitionRow
from tests.conftest import Time
from tests.support.database.unavailable_database import away, held
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.telegram.test_webhook import Served

NUMBER, CHILDLINE, EMERGENCY = "Samaritans: 116 123", "Childline", "Call 999"
GUARD = 60.0
DANGER = "I want to die"


@pytest.fixture(params=["polling", "webhook"])
async def bot(
    request: pytest.FixtureRequest, telegram: FakeTelegram, database_url: str, time: Time
) -> AsyncIterator[Running]:
    """A whole bot, however it receives."""
    kind = Served if request.param == "webhook" else Running
    async with kind(telegram, database_url, time) as running:
        yield running


async def settle(telegram: FakeTelegram, bot: Running) -> None:
    """What was refused is brought again, as Telegram does, and everything is done with."""
    if isinstance(bot, Served):
        await telegram.webhook.redeliver(GUARD)
    await bot.quiet()


def times(person: Person, words: str) -> int:
    """How often somebody has been told something."""
    return sum(words in bubble.text for bubble in person.chat if bubble.from_bot)


async def _three(telegram: FakeTelegram, bot: Running) -> tuple[Person, Person, Person]:
    """One at a question, one who stopped, and one who was never seen."""
    sam, noor = telegram.person("Sam"), telegram.person("Noor")
    for person in (sam, noor):
        await agree(person)
    await noor.says("stop")
    return sam, noor, telegram.person("Kim", started=True)


@pytest.mark.parametrize("how", ["away", "held"])
async def test_it_is_answered_at_once_and_once(
    how: str, request: pytest.FixtureRequest, telegram: FakeTelegram, bot: Running
) -> None:
    people = sam, noor, kim = await _three(telegram, bot)
    async with away(request, bot) if how == "away" else held(bot):
        for person in people:
            person.say(DANGER)
        for person in people:
            await person.sees(NUMBER, GUARD)
    await settle(telegram, bot)
    for person in people:
        assert times(person, NUMBER) == 1
        assert times(person, "Sorry") == 0
        await person.taps("I am OK, carry on")
    assert [m.event for m in await bot.rows(TransitionRow)] == ["agree", "agree", "stop"]
    assert "You have stopped" in noor.last.text
    assert "I am a computer, not a person" in kim.last.text
    await sam.taps("Yes, keep it")
    assert (await answers_of(bot, sam))["b1"].words == DANGER


async def test_nothing_else_is_lost_and_the_order_is_kept(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running
) -> None:
    # By webhook Telegram keeps a chat's next message back until it could deliver the first.
    bot = running
    sam, _, _ = await _three(telegram, bot)
    async with away(request, bot):
        sam.say("A door that locks")
        sam.say("i want to kill myself")
        await sam.sees(NUMBER, GUARD)
        assert times(sam, "going wrong") == 0
    await settle(telegram, bot)
    assert (await answers_of(bot, sam))["b1"].words == "A door that locks"
    assert len(await bot.rows(AnswerRow)) == 1
    assert (times(sam, NUMBER), times(sam, "2 of 5")) == (1, 1)
    await sam.taps("I am OK, carry on", "Yes, keep it")
    assert (await answers_of(bot, sam))["b2"].words == "i want to kill myself"


async def test_each_message_is_answered_for_itself(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running
) -> None:
    bot = running
    sam, _, kim = await _three(telegram, bot)
    async with away(request, bot):
        for words in (DANGER, "my husband hits me", "help"):
            sam.say(words)
        kim.say("i took 30 paracetamol")
        await kim.sees("Ask for an ambulance", GUARD)
        for told in ("Here is who can help", "It is not your fault"):
            assert await telegram.changes.until(lambda t=told: times(sam, t) == 1, GUARD)  # type: ignore[misc]
    await settle(telegram, bot)
    assert times(sam, "I am sorry it is this hard") == 1
    assert times(sam, "It is not your fault") == 1
    assert times(sam, "Here is who can help") == 1
    assert times(kim, "Ask for an ambulance") == 1


async def test_a_phone_that_others_see_is_remembered(
    request: pytest.FixtureRequest, telegram: FakeTelegram, running: Running
) -> None:
    sam, kim = telegram.person("Sam"), telegram.person("Kim")
    await agree(sam)
    await sam.says("/times")
    await sam.taps("Who sees this phone", "Yes, sometimes")
    await agree(kim, age="13 to 17")
    async with away(request, running):
        sam.say("my husband hits me")
        kim.say(DANGER)
        await sam.sees("Is it safe to show help numbers here?", GUARD)
        assert "0808" not in sam.last.text
        assert EMERGENCY in sam.last.text
        await kim.sees(CHILDLINE, GUARD)
        assert NUMBER not in kim.last.text, "what a young person is told, not everything there is"
    await running.quiet()
    await sam.taps("Yes, show me")
    assert "0808 2000 247" in sam.last.text


class Stumbling(Dispatcher):
    """A desk whose database goes away after some batches."""

    def __init__(self, dispatcher: Dispatcher, good: int) -> None:
        """Takes the parts of a real one."""
        super().__init__(dispatcher._store, dispatcher._env, dispatcher._clock)
        self.good = good

    async def process(self, incoming_updates: Sequence[IncomingUpdate]) -> list[Reply]:
        """Takes them, if there is still a database."""
        if self.good == 0:
            raise DatabaseUnavailable("of the test")
        self.good -= 1
        return await super().process(incoming_updates)


async def test_what_is_committed_already_is_not_answered_again(
    telegram: FakeTelegram, running: Running, sam_agreed: Person
) -> None:
    sam = sam_agreed
    updates = [_update(telegram, sam, words) for words in (DANGER, "my husband hits me", "sure")]
    processor = running.bot.processor
    dispatcher, processor._dispatcher = (
        processor._dispatcher,
        Stumbling(processor._dispatcher, good=1),
    )
    with pytest.raises(DatabaseUnavailable):
        await processor.process(updates)
    await running.bot.settled()
    assert (times(sam, NUMBER), times(sam, "It is not your fault")) == (1, 1)
    processor._dispatcher = dispatcher
    await processor.process(updates)
    await running.bot.settled()
    assert (times(sam, NUMBER), times(sam, "It is not your fault")) == (1, 1)
    assert (await answers_of(running, sam))["b1"].words == "sure"


def _update(telegram: FakeTelegram, person: Person, words: str) -> dict[str, Any]:
    """An update that only the test delivers."""
    update_id = person.say(words)
    update, _ = telegram.inbox.history[update_id]
    for waiting in [w for w in telegram.inbox.waiting if w.update_id == update_id]:
        telegram.inbox.forget(waiting)
    return update


class Broken(Dispatcher):
    """A desk at which every arrival fails in a way nobody thought of."""

    async def _process_one(self, ctx: object) -> None:
        raise ZeroDivisionError


async def test_it_is_answered_even_where_our_own_code_fails(
    telegram: FakeTelegram, running: Running
) -> None:
    sam, kim = telegram.person("Sam", started=True), telegram.person("Kim", started=True)
    dispatcher = running.bot.processor._dispatcher
    running.bot.processor._dispatcher = Broken(
        dispatcher._store, dispatcher._env, dispatcher._clock
    )
    await asyncio.gather(sam.says(DANGER), kim.says("a room of my own"))
    assert [NUMBER in b.text for b in sam.fresh] == [True]
    assert ["Sorry, I could not take in" in b.text for b in kim.fresh] == [True]
    assert await running.rows(ParticipantRow) == []
