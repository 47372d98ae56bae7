"""Keeps the README true: the conversation it shows is one that was really held, here and now.

`README=write make test` (or this test alone) writes it anew; it judges no wording.
"""

from __future__ import annotations

import os

from bot.settings import ROOT
from tests.conftest import Time
from tests.drawing import phone
from tests.running import Running
from tests.telegram_fake import Bubble, FakeTelegram, Person

BEGIN, END = "<!-- conversation: begin -->\n", "<!-- conversation: end -->"
PICTURE = ROOT / "docs" / "conversation.svg"
BEFORE = (
    ("say", "Somewhere safe, and quiet at night"),
    ("tap", "Drink or drugs"),
    ("tap", "Family or people"),
    ("tap", "Done"),
    ("say", "I would sleep the whole night"),
    ("tap", "Not sure"),
    ("say", "My sister"),
    ("tap", "Yes"),
    ("tap", "The service, without my name"),
    ("tap", "OK"),
)
AFTER = (
    ("tap", "Yes"),
    ("tap", "No, just me"),
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


async def test_the_conversation_in_the_readme_was_held(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    async with Running(telegram, database_url, time) as running:
        sam = telegram.person("Sam")
        sam.start()
        await running.quiet()
        for label in (
            "Tell me more",
            "18 or over",
            "Next",
            "Safety first",
            "No, just me",
            "Yes, keep my answers",
        ):
            sam.tap(label)
            await running.quiet()
        for does, what in (("tap", "Yes"), ("tap", "Start"), *BEFORE):
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
    readme = ROOT / "README.md"
    before, begin, rest = readme.read_text().partition(BEGIN)
    shown, end, after = rest.partition(END)
    assert begin
    assert end
    if os.environ.get("README") == "write":
        readme.write_text(before + BEGIN + held + END + after)
        PICTURE.write_text(picture)
        shown = held
    assert shown == held
    assert PICTURE.read_text() == picture


def _seen(person: Person, text: str, before: int) -> list[Bubble]:
    """The message with a text, and some before it."""
    chat = person.chat
    place = next(n for n, bubble in enumerate(chat) if text in bubble.text)
    return chat[place - before : place + 1]
