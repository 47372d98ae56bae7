"""A day or an hour typed where it is asked when to ask again is taken as said."""

from __future__ import annotations

import datetime as dt

import pytest
from babel import Locale
from babel.dates import get_day_names

from bot.store.tables.follow_up_tables import FollowUpRow
from tests.conftest import Time
from tests.support.participants import allow_messages, answers_of, half_way
from tests.support.running_bot import Running
from tests.support.stop_ways import OFFERED
from tests.support.telegram_fake import FakeTelegram, Person

WHEN = "When shall I ask again?"
SAID = {
    "friday": ("on 27 November.", "27 10"),
    "on monday": ("on 30 November.", "30 10"),
    "6pm": ("on 23 November, 18:00.", "23 18"),
    "in a week": ("on 30 November.", "30 10"),
    "after lunch": ("on 23 November, 14:00.", "23 14"),
    "tomorrow at 11": ("on 24 November, 11:00.", "24 11"),
    "in two hours": ("on 23 November, 12:00.", "23 12"),
    "not today, wednesday evening": ("on 25 November.", "25 18"),
    "Tomorrow": ("on 24 November.", "24 10"),
    "Tonight": ("on 23 November, 19:00.", "23 19"),
}
"""What is said back, and the day of November and the hour at which it is due."""
AT_NIGHT = {
    "3am": ("24 November, 09:00.", "24 9"),
    "friday at 23:00": ("28 November, 09:00.", "28 9"),
}


async def asked_when(person: Person) -> None:
    """Puts the open question off."""
    await person.says("not now")
    assert WHEN in person.last.text, person.transcript()


async def due(running: Running) -> list[dt.datetime]:
    """When the follow-ups that wait are due, in the order of their making."""
    rows = [r for r in await running.rows(FollowUpRow) if r.state == "waiting"]
    return [r.due_at for r in sorted(rows, key=lambda r: r.made_at)]


@pytest.mark.parametrize("said", [*SAID, *AT_NIGHT])
async def test_it_is_taken_as_said(running: Running, sam_half_way: Person, said: str) -> None:
    shown, expected = {**SAID, **AT_NIGHT}[said]
    before = await answers_of(running, sam_half_way)
    await asked_when(sam_half_way)
    await sam_half_way.says(said)
    assert shown in sam_half_way.last.text
    (at,) = await due(running)
    assert f"{at.day} {at.hour}" == expected
    assert await answers_of(running, sam_half_way) == before


async def test_a_day_too_far_ahead_is_asked_again(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await asked_when(sam)
    for said in ("in 2 years", "next year", "in 20 weeks"):
        await sam.says(said)
        assert "I can plan up to 23 February. When shall I ask again?" in sam.last.text, said
        assert ["Tonight", "Tomorrow"] in sam.last.buttons
    await sam.says("thursday")
    assert "on 26 November" in sam.last.text
    await asked_when_again(sam)
    await sam.says("in 2 years")
    await sam.taps("Next week")
    assert "on 30 November" in sam.last.text


async def asked_when_again(sam: Person) -> None:
    await sam.says("START")
    await asked_when(sam)


async def test_it_comes_then_and_not_before(
    running: Running, time: Time, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await asked_when(sam)
    await sam.says("friday at 6pm")
    time.pass_(days=4, hours=7, minutes=55)
    await running.tick()
    assert "Is now an OK time" not in sam.last.text
    time.pass_(minutes=10)
    await running.tick()
    assert "Is now an OK time" in sam.last.text


async def test_the_hours_they_chose_hold(running: Running, sam_half_way: Person) -> None:
    sam = sam_half_way
    await allow_messages(sam)
    await sam.says("/times")
    await sam.taps("Evenings", "OK")
    await asked_when(sam)
    await sam.says("friday at 10:00")
    assert "on 27 November, 17:00." in sam.last.text


async def test_under_a_hello_and_long_after(
    telegram: FakeTelegram, running: Running, time: Time
) -> None:
    people = {}
    said = {"friday": "27 November.", "at 6": "25 November, 18:00.", "in a week": "2 December."}
    for text in said:
        people[text] = telegram.person(text)
        await half_way(people[text])
        await allow_messages(people[text])
    time.pass_(days=2, minutes=1)
    await running.tick()
    for text, shown in said.items():
        person = people[text]
        assert "Is now an OK time" in person.last.text
        before = await answers_of(running, person)
        await person.says(text)
        assert f"I will say hello on {shown}" in person.last.text, text
        assert await answers_of(running, person) == before
    time.pass_(days=7)
    await running.tick()
    far = people["in a week"]
    await far.says("in 2 years")
    assert "I can plan up to" in far.last.text, far.transcript()
    assert ["Later", "Not today"] in far.last.buttons
    # Long after the question, nothing stands under a hello any more.
    time.pass_(days=33)
    late = people["friday"]
    await late.says("hello")
    await late.says("sunday")
    assert "I will say hello on 10 January" in late.last.text, late.transcript()


async def test_every_day_in_every_language(telegram: FakeTelegram, running: Running) -> None:
    for number, language in enumerate(OFFERED):
        person = telegram.person(language)
        await half_way(person)
        await asked_when(person)
        day = (number % 6) + 1
        name = get_day_names("wide", "format", Locale.parse(language))[day]
        await person.says(name)
        assert f"on {23 + day} November." in person.last.text, (language, name)


async def test_a_day_typed_before_the_first_question_puts_it_off_till_then(
    running: Running, time: Time, sam_after_before: Person
) -> None:
    sam = sam_after_before
    time.pass_(days=14)
    await running.tick()
    await sam.taps("Yes")
    assert "Can I ask how it went" in sam.last.text
    await sam.says("on friday")
    assert "I will say hello on 11 December." in sam.last.text


async def test_at_a_question_in_words_a_day_is_the_answer(
    running: Running, sam_half_way: Person
) -> None:
    sam = sam_half_way
    await sam.says("Friday")
    assert (await answers_of(running, sam))["b2"].words == "Friday"
    await sam.says("Fridays, when he drinks")
    assert (await answers_of(running, sam))["b3"].words == "Fridays, when he drinks"
