"""Each way out of the gentle question, as it is really held, stands in `docs/danger.md`.

`README=write` and this test write it again; it judges no wording.
"""

from __future__ import annotations

import os

import pytest

from bot.settings import ROOT
from tests.conftest import Time
from tests.documents.marked_pages import shown, write
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

PAGE = ROOT / "docs" / "danger.md"
SOUNDS = {
    "en": "When he says sit I sit, and he tells the kids it is my fault",
    "ur": "رات کو وہ دروازہ باہر سے بند کر دیتا ہے",
}
WAYS = ("safe", "unsafe", "numbers", "carry_on")
PHONES = {"own phone": "alone", "phone that others see": "shared"}


@pytest.fixture
def kind_of_database() -> str:
    """One is enough: what is said does not depend on it."""
    return "sqlite"


async def tap(person: Person, choice: str) -> None:
    """Taps the newest button of a choice, whatever it is called."""
    for message in reversed(person.chat):
        for label, data in message.data.items():
            if choice in data.split(":"):
                return await person.taps(label)
    raise AssertionError(f"no button {choice!r}\n{person.transcript()}")


async def test_each_way_out_of_the_question_is_in_the_page(
    telegram: FakeTelegram, database_url: str, time: Time
) -> None:
    found = []
    async with Running(telegram, database_url, time, languages="en,ur") as running:
        for language, text in SOUNDS.items():
            for phone, seen in PHONES.items():
                for way in WAYS:
                    person = telegram.person("Sam", language_code=language)
                    person.start()
                    await running.quiet()
                    for choice in ("adult", "agree", seen):
                        await tap(person, choice)
                    if seen == "shared":
                        await tap(person, "carry_on")
                    before = len(person.transcript())
                    await person.says(text)
                    asked = len(person.transcript())
                    await tap(person, way)
                    if way == WAYS[0]:
                        talk = person.transcript()[before:asked].strip()
                        found += [f"### {language}, {phone}", talk]
                    found.append(person.transcript()[asked:].strip())
    held = "\n\n".join(found) + "\n"
    if os.environ.get("README") == "write":
        write(PAGE, "ways", held)
    assert shown(PAGE, "ways") == held
