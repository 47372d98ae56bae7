"""A stop in people's own words stops however it comes; what may be one is asked, and not kept.

Every state is in `tests/precedence`, every way in `tests/engine/stops`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.states import ParticipantState
from bot.store.tables.checkin_tables import AnswerRow
from bot.store.tables.data_rights_tables import ComplaintRow
from bot.store.tables.participant_tables import ParticipantRow
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

STOPPED = "Done. I have stopped."
ASKED = "Do you want me to stop?"
FIRST = "What would you like this service to give you"
WAYS = [
    *("Please stop texting me", "STOP STOP STOP", "s t o p", "stpo", "Stop svp", "🛑"),
    *("Przestań do mnie pisać", "لا ترسل لي", "band karo", "别再发了", "не пишите мне больше"),
    *("Stop all messages", "Sair", "please, leave me alone. Thanks Sam"),
]
COMES: dict[str, Callable[[Person, str], object]] = {
    "typed": lambda sam, text: sam.say(text),
    "under a picture": lambda sam, text: sam.photo(caption=text),
    "under a voice note": lambda sam, text: sam.voice(caption=text),
    "forwarded": lambda sam, text: sam.forward(text),
    "edited": lambda sam, text: sam.edit(_own(sam), text),
}


def _own(person: Person) -> Bubble:
    return next(bubble for bubble in reversed(person.chat) if not bubble.from_bot)


@pytest.fixture
async def sam(telegram: FakeTelegram, running: Running) -> Person:
    """Someone at the first question."""
    person = telegram.person("Sam")
    await agree(person)
    assert FIRST in person.last.text
    return person


@pytest.mark.parametrize("comes", COMES)
async def test_a_stop_stops_however_it_comes(comes: str, sam: Person, running: Running) -> None:
    COMES[comes](sam, "Please stop texting me!")
    await sam.sees(STOPPED)
    await running.quiet()
    (row,) = await running.rows(ParticipantRow)
    assert row.state is ParticipantState.STOPPED
    assert await running.rows(AnswerRow) == []
    assert sam.last.text.startswith(STOPPED)


async def test_every_way_stops_at_the_first_question(
    telegram: FakeTelegram, running: Running
) -> None:
    for way in WAYS:
        person = telegram.person(way)
        await agree(person)
        await person.says(way)
        assert person.last.text.startswith(STOPPED), way
    assert {r.state for r in await running.rows(ParticipantRow)} == {ParticipantState.STOPPED}
    assert await running.rows(AnswerRow) == []


async def test_a_message_edited_to_the_command_stops(sam: Person, running: Running) -> None:
    sam.edit(_own(sam), "/stop")
    await sam.sees(STOPPED)
    (row,) = await running.rows(ParticipantRow)
    assert row.state is ParticipantState.STOPPED


@pytest.mark.parametrize("text", ["Stop drinking", "They stopped my money", "Bus stop", "Shop"])
async def test_an_answer_is_kept(text: str, sam: Person, running: Running) -> None:
    await sam.says(text)
    assert [a.words for a in (await answers_of(running, sam)).values()] == [text]
    (row,) = await running.rows(ParticipantRow)
    assert row.state is ParticipantState.ACTIVE


@pytest.mark.parametrize("text", ["Enough", "I want to stop", "خلاص", "Not interested"])
async def test_what_may_be_a_stop_is_asked_and_not_kept(
    text: str, sam: Person, running: Running
) -> None:
    await sam.says(text)
    assert ASKED in sam.last.text
    assert await running.rows(AnswerRow) == []
    await sam.taps("Stop messaging me")
    assert sam.last.text.startswith(STOPPED)
    assert await running.rows(AnswerRow) == []


async def test_what_was_no_stop_can_still_be_the_answer(sam: Person, running: Running) -> None:
    await sam.says("I want to stop")
    await sam.taps("Carry on")
    assert await running.rows(AnswerRow) == []
    await sam.taps("Yes, keep it")
    assert [a.words for a in (await answers_of(running, sam)).values()] == ["I want to stop"]


async def test_a_complaint_is_not_made_of_it(sam: Person, running: Running) -> None:
    await sam.says("/mydata")
    await sam.taps("I am not happy about this")
    await sam.says("Go away")
    assert ASKED in sam.last.text
    assert await running.rows(ComplaintRow) == []
    await sam.taps("Stop messaging me")
    assert sam.last.text.startswith(STOPPED)
    assert await running.rows(ComplaintRow) == []
