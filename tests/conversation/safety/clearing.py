"""A chat before and after it is cleared, as its person sees it.

It checks nothing by itself.
"""

from __future__ import annotations

from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

DONE = "I have cleared all I could"
LEFT = "I took away what I could"


def seen(person: Person) -> list[str]:
    """What the phone shows, each message by its first line."""
    return [bubble.text.splitlines()[0] for bubble in person.chat]


def cleared(telegram: FakeTelegram, person: Person) -> None:
    """Nothing is left but the one message that says so."""
    (only,) = person.chat
    assert DONE in only.text
    assert only.buttons == []
    assert telegram.chats[person.chat_id].sent  # there was something


async def shared(person: Person, running: Running) -> None:
    """Agrees on a phone that others see."""
    person.start()
    await running.quiet()
    await person.taps("18 or over", "Yes, keep it")
    await person.taps("Yes, sometimes")
    assert "short questions" in person.last.text


def words(person: Person) -> list[str]:
    """What they themselves said that can still be seen."""
    return [bubble.text for bubble in person.chat if not bubble.from_bot]
