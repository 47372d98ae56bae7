"""Keeps the pages true: the conversation they show is one that was really held, here and now.

`README=write make test` (or this test alone) writes them again; it judges no wording.
"""

from __future__ import annotations

import os
import re

from bot.settings import ROOT
from tests.conftest import Time
from tests.documents.marked_pages import shown, write
from tests.support.chat_svg import phone
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person

WHOLE, TWO = "conversation", "two messages"
PAGE = ROOT / "docs" / "conversation.md"
README = ROOT / "README.md"
PICTURE = ROOT / "docs" / "conversation.svg"
BEFORE = (
    ("say", "Somewhere safe, and quiet at night"),
    ("tap", "Drink or drugs"),
    ("tap", "Family or people"),
    ("tap", "Done"),
    ("say", "I would sleep the whole night"),
    ("tap", "Not sure"),
    ("say", "My sister"),
    ("tap", "The service, without my name"),
    ("tap", "Yes"),
    ("tap", "OK"),
)
AFTER = (
    ("tap", "Yes"),
    ("tap", "Start"),
    ("tap", "In some ways"),
    ("say", "I have a room now. The stairs are loud"),
    ("tap", "Some of the time"),
    ("tap", "Rather not say"),
    ("tap", "No"),
    ("say", "Ask me sooner"),
    ("tap", "The service, without my name"),
    ("tap", "OK"),
)


async def test_the_conversation_in_the_pages_was_held(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time) as running:
        sam = telegram.person("Sam")
        sam.start()
        await running.quiet()
        await sam.taps("18 or over", "Yes, keep it", "No, just me")
        for does, what in BEFORE:
            getattr(sam, does)(what)
            await running.quiet()
        first, shown_then = len(sam.transcript()), _seen(sam, "going wrong right now", 2)
        time.pass_(days=14)
        began = len(sam.chat)
        await running.tick()
        for does, what in AFTER:
            getattr(sam, does)(what)
            await running.quiet()
        whole = sam.transcript()
        asked_first = next(n for n in range(began, len(sam.chat)) if "OK" in sam.chat[n].text)
        hello, said = sam.chat[asked_first], _seen(sam, "What makes you say that", 3)
        picture = phone([*shown_then, "Two weeks later", hello, "…", *said])
    held = f"{whole[:first].rstrip()}\n\n*Two weeks later.*\n{whole[first:].rstrip()}\n"
    two = _excerpt(whole[first:], "Hi. Is now an OK time?", "has been a success")
    if os.environ.get("README") == "write":
        write(PAGE, WHOLE, held)
        write(README, TWO, two)
        PICTURE.write_text(picture)
    assert shown(PAGE, WHOLE) == held
    assert shown(README, TWO) == two
    assert PICTURE.read_text() == picture


def _excerpt(whole: str, *texts: str) -> str:
    """The first message of the bot's with each of these texts, as it stands in a conversation."""
    said = re.findall(r"^\*\*Bot:\*\*\n\n(?:>.*\n?)+", whole, re.MULTILINE)
    found = [next(each for each in said if text in each).rstrip() for text in texts]
    return "\n\n".join(found) + "\n"


def _seen(person: Person, text: str, before: int) -> list[Bubble]:
    """The message with a text, and some before it."""
    chat = person.chat
    place = next(n for n, bubble in enumerate(chat) if text in bubble.text)
    return chat[place - before : place + 1]
