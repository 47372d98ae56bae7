"""Two bots on one database: what one has asked, the other understands the reply to.

Every update goes to the other one than the update before, as behind a load balancer.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.dispatch.dispatcher import Dispatcher
from bot.domain.states import ParticipantState
from bot.messages.incoming import Command, TextMessage, UpdateContent
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.participant_tables import ParticipantRow
from bot.store.tables.worker_tables import AlertRow
from tests.conftest import Time
from tests.support.participants import TO_KEEP, Phone
from tests.support.worker_scenario import Ear, Office


class TwoBots(Office):
    """An office whose updates two bots take in turn; each remembers only its own."""

    def __init__(self, database_url: str, time: Time) -> None:
        super().__init__(database_url, time)
        self._both = [self.dispatcher, Dispatcher(self.store, self.env, time)]

    async def act(self, acts: Iterable[tuple[Phone, UpdateContent]]) -> None:
        """The other bot than before takes it, a moment later."""
        self.time.pass_(seconds=1)
        self._both.reverse()
        self.dispatcher = self._both[0]
        await super().act(acts)

    async def asked_first(self) -> Ear:
        """Somebody who is asked the first question of all."""
        phone = self.phone()
        await self.act([(phone, Command("start"))])
        for choice in TO_KEEP:
            await self.all([phone], choice)
        return phone

    async def state(self) -> ParticipantState:
        (row,) = await self.rows(ParticipantRow)
        return ParticipantState(row.state)


async def test_a_yes_to_stopping_stops(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        await two.say(kim, "go away")
        await two.say(kim, "yes")
        assert kim.said == two.words("stop_maybe_again")
        await two.say(kim, "ok")
        assert await two.state() is ParticipantState.STOPPED
        assert await two.rows(AnswerRow) == []


async def test_a_no_to_deleting_deletes_nothing(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        await two.act([(kim, Command("delete"))])
        await two.say(kim, "no")
        assert two.words("delete_kept") in kim.said
        assert await two.rows(AnswerRow) == [], "and is no answer"


async def test_a_question_asked_again_is_answered(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        time.pass_(days=2)
        await two.say(kim, "the damp")
        assert kim.said == two.words("carry_on_ask")
        await two.say(kim, "yes")
        await two.say(kim, "the damp")
        assert "2 of 5" in kim.said
        assert len(await two.rows(AnswerRow)) == 1


async def test_what_stands_no_more_is_not_pressed(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        await two.allow_messages([kim])
        await two.say(kim, "the damp")
        await two.say(kim, "go away")  # the one that asks
        await two.act([(kim, Command("pause"))])
        await two.act([(two.phone(), TextMessage("hello"))])  # so that the same one is next
        await two.all([kim], "week1")
        assert "I will be quiet until" in kim.said
        await two.say(kim, "yes")  # the one that asked if it shall stop
        assert await two.state() is not ParticipantState.STOPPED


async def test_what_was_hardly_an_answer_is_kept_if_they_say_so(
    database_url: str, time: Time
) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        await two.say(kim, "hi")
        await two.say(kim, "That was my answer")
        assert "2 of 5" in kim.said
        assert len(await two.rows(AnswerRow)) == 1


async def test_a_yes_to_being_called_asks(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.joined(await two.worker("Sam"))
        await two.say(kim, "can someone call me")
        await two.say(kim, "yes please")
        assert "I have asked Sam" in kim.said
        assert len(await two.rows(AlertRow)) == 1


async def test_nobody_is_told_sorry_twice(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        for text in ("the damp", "the noise", "sleep"):
            await two.say(kim, text)
        await two.all([kim], "n")
        await two.say(kim, "my sister")
        assert "If this is right, who may read it?" in kim.said
        await two.all([kim], "only_me")
        assert "May I write to you again later?" in kim.said
        await two.say(kim, "what is the weather")
        assert "Sorry, I did not understand" in kim.said
        await two.say(kim, "and tomorrow")
        assert "Sorry, I did not understand" not in kim.said


async def test_a_button_typed_finds_what_was_said_before(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        await two.say(kim, "the damp")
        await two.say(kim, "Quit")
        assert await two.state() is ParticipantState.STOPPED
        await two.say(kim, "That was my answer")
        assert await two.state() is ParticipantState.ACTIVE
        assert "3 of 5" in kim.said
        assert len(await two.rows(AnswerRow)) == 2


async def test_an_answer_costs_no_row_more(database_url: str, time: Time) -> None:
    async with TwoBots(database_url, time) as two:
        kim = await two.asked_first()
        await two.say(kim, "the damp")
        (row,) = await two.rows(ParticipantRow)
        before = row.asked
        await two.say(kim, "the noise")
        (row,) = await two.rows(ParticipantRow)
        assert row.asked == before, "as it was: the check-in has the time of its question"
