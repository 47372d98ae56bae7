"""The answer to danger goes before everything that waits to be sent, and gets through in the end.

Measures by how many messages went before it, not by a clock.
"""

from __future__ import annotations

import sys

import pytest

from tests.conftest import Time
from tests.support.paced_bot import GUARD, PACE, Paced
from tests.support.participants import agree
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

NUMBER = "Samaritans: 116 123"
CROWD = 200
DANGER = "I want to die"


def sent(telegram: FakeTelegram) -> list[tuple[int, str]]:
    """Every message that got through, in order: whose, and its first words."""
    return [
        (int(call.params["chat_id"]), str(call.params["text"])[:40])
        for call in telegram.calls_of("sendMessage")
        if call.outcome == "ok"
    ]


async def _under_way(telegram: FakeTelegram, bot: Paced) -> list[Person]:
    """Many who have just written, of whom only the first have been answered."""
    people = [telegram.person(f"P{n}", started=True) for n in range(CROWD)]
    for person in people:
        person.say("hello there")
    assert await telegram.changes.until(lambda: len(sent(telegram)) == PACE, GUARD)
    assert await telegram.changes.until(lambda: not telegram.inbox.waiting, GUARD)
    return people


async def test_it_goes_before_everything_that_waits(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Paced(telegram, database_url, time) as bot:
        people = await _under_way(telegram, bot)
        sam = people[-1]  # whose own first answer is the last in the row
        before = len(sent(telegram))
        sam.say(DANGER)
        await sam.sees(NUMBER, GUARD)
        after = sent(telegram)
        place = next(i for i, (chat, _) in enumerate(after) if chat == sam.chat_id)
        sys.stdout.write(
            f"\n{CROWD} conversations, {before} messages sent, {CROWD - before} waiting:"
            f" {place - before} went before the danger answer, {bot.glass.seconds} s turned\n"
        )
        assert place == before
        assert bot.glass.seconds == 0.0
        for person in people:
            await bot.until(person, "I am a computer, not a person")
        told = [text for chat, text in sent(telegram) if chat == sam.chat_id]
        assert len(told) == 2, "what waited for them comes too, once"
        assert "Thank you for telling me" in told[0]


@pytest.mark.parametrize("kind", ["429", "500", "502_html", "drop_before"])
async def test_it_gets_through_whatever_telegram_answers(
    kind: str, telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Paced(telegram, database_url, time) as bot:
        people = await _under_way(telegram, bot)
        sam = people[-1]
        telegram.faults.add(kind=kind, method="sendMessage", chat=sam.chat_id, times=2)
        sam.say(DANGER)
        # Time is turned only once the answer to danger has been tried: what waited is behind it.
        assert await telegram.changes.until(lambda: bool(telegram.faults.consumed), GUARD)
        await bot.until(sam, NUMBER)
        told = [text for chat, text in sent(telegram) if chat == sam.chat_id]
        assert "Thank you for telling me" in told[0], "still before what waited"
        assert len(telegram.faults.consumed) == 2


async def test_two_dangers_and_a_call_for_help_stay_in_order(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Paced(telegram, database_url, time) as bot:
        people = await _under_way(telegram, bot)
        sam = people[-1]
        for words in (DANGER, "my husband hits me", "i took 30 paracetamol"):
            sam.say(words)
        await sam.sees("Ask for an ambulance", GUARD)
        told = [b.text.splitlines()[0] for b in sam.chat if b.from_bot]
        assert told == [
            "Thank you for telling me. I am sorry it is this hard.",
            "Thank you for telling me. It is not your fault.",
            "Call 999 now. Ask for an ambulance.",
        ]
        assert bot.glass.seconds == 0.0


async def test_it_finds_a_line_when_all_are_busy(telegram: FakeTelegram, running: Running) -> None:
    """A slow Bot API holds every line of the client; some are kept free."""
    sam = telegram.person("Sam")
    await agree(sam)
    people = [telegram.person(f"P{n}", started=True) for n in range(100)]
    for person in people:
        telegram.faults.add(kind="timeout", method="sendMessage", chat=person.chat_id)
        person.say("hello there")
    assert await telegram.changes.until(lambda: not telegram.inbox.waiting, GUARD)
    assert await telegram.changes.until(lambda: len(telegram.faults.consumed) >= 48, GUARD)
    sam.say(DANGER)
    await sam.sees(NUMBER, GUARD)
    assert len(telegram.faults.consumed) < 64, "while all the others wait"
    telegram.faults.clear()
    await running.quiet()
    for person in people:
        assert "I am a computer, not a person" in person.last.text
