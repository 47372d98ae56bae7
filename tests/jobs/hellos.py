"""Participants who get follow-ups, and what they got.

It checks nothing by itself.
"""

from __future__ import annotations

from tests.support.participants import HELLO, Crowd, Phone, doing, grand_tour
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

FACTS = {"org_name": "Aspen House", "keep_months": 12, "language": "en"}


def hellos(telegram: FakeTelegram, person: Person) -> list[Bubble]:
    """Every hello ever said to someone."""
    return [bubble for bubble in telegram.sent_to(person.chat_id) if bubble.text == HELLO]


def sent(telegram: FakeTelegram, person: Person) -> int:
    """How many messages someone was ever sent."""
    return len(telegram.sent_to(person.chat_id))


async def skip_through(person: Person, running: Running, end: str) -> None:
    """Skips every question there is, until the last words."""
    for _ in range(20):
        if end in person.last.text:
            return
        labels = [label for row in person.last.buttons for label in row]
        label = next(x for x in ("Skip", "Rather not say", "Only me", "OK") if x in labels)
        await person.taps(label)
    raise AssertionError(person.transcript())


async def whole_before(crowd: Crowd, phones: list[Phone]) -> None:
    """All of a crowd answer everything."""
    for _, do in grand_tour(crowd.env.library.current["before"], FACTS):
        await crowd.act((phone, doing(phone, do)) for phone in phones)
