"""What people have to tap, and to read with its buttons, before they get where they want to be.

`pytest -s` prints the figures.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from itertools import chain

import pytest

from tests.conftest import Time
from tests.support.flow_explorer import FLOWS
from tests.support.participants import agree, before
from tests.support.running_bot import Running
from tests.support.telegram_fake import Bubble, FakeTelegram, Person
from tests.workers.test_first_invite import invited, token_in

NAMES = frozenset(step.label.source for step in FLOWS["welcome"].by_id["lang"].choices)
OWN_NAMES = {"en": "English", "ar": "العربية", "bn": "বাংলা", "ur": "اردو"}
LANGUAGES = tuple(OWN_NAMES)
MOST_TAPS, MOST_AFTER_TAPS = 3, 2
FIRST = {"en": 150, "ar": 155, "bn": 155, "ur": 205}
"""The most words to the first question, without the names of other languages."""
THEN = {"en": 60, "ar": 60, "bn": 60, "ur": 70}
"""The most words for what is done later, the answer included."""
_LETTER = re.compile(r"[^\W_]")


def words_of(message: Bubble) -> int:
    """The words of a message and its buttons, but for the names of languages."""
    labels = [label for label in chain(*message.buttons) if label not in NAMES]
    texts = (message.text, *labels)
    return sum(bool(_LETTER.search(word)) for text in texts for word in text.split())


class Reader:
    """Goes through a conversation by the places of its buttons, and counts."""

    def __init__(self, person: Person) -> None:
        self.person, self.taps, self.words, self.messages = person, 0, 0, 0

    def read(self) -> None:
        """Reads what has come."""
        fresh = self.person.fresh
        self.words += sum(map(words_of, fresh))
        self.messages += len(fresh)

    async def types(self, text: str) -> None:
        await self.person.says(text)
        self.read()

    async def press(self, choice: str) -> None:
        """Presses the newest button that chooses this, whatever its language calls it."""
        for bubble in reversed(self.person.chat):
            for label, data in bubble.data.items():
                if choice in re.split(r"[:.]", data):
                    await self.person.taps(label)
                    self.taps += 1
                    self.read()
                    return
        raise AssertionError(f"no button {choice!r}\n{self.person.transcript()}")

    def told(self, what: str, language: str) -> None:
        figures = f"{self.taps} taps, {self.messages} messages, {self.words} words"
        print(f"{what} ({language}): {figures}")  # noqa: T201 - for `pytest -s`


@pytest.fixture
async def running(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Running]:
    """A bot that offers every language."""
    async with Running(telegram, database_url, time, languages="") as bot:
        yield bot


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("phone", ["alone", "shared"])
async def test_to_the_first_question(
    language: str, phone: str, telegram: FakeTelegram, running: Running
) -> None:
    reader = Reader(telegram.person("Sam", language_code=language))
    reader.person.start()
    await reader.person.waits()
    reader.read()
    for choice in ("adult", "agree"):
        await reader.press(choice)
    words = reader.words
    await reader.press(phone)
    reader.words = words  # the question itself is what they came for
    if "+safe_place" not in str(reader.person.last.data):
        words = reader.words = words + words_of(reader.person.last)
        await reader.press("carry_on")
        reader.words = words
    reader.told(f"to the first question, {phone}", language)
    assert "+safe_place" in str(reader.person.last.data)
    assert reader.taps <= MOST_TAPS + (phone == "shared")
    if phone == "alone":
        assert reader.words <= FIRST[language]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_to_the_first_question_by_a_link_that_names_language_and_age(
    language: str, telegram: FakeTelegram, running: Running
) -> None:
    worker = await invited(telegram, running, "Wanda")
    await worker.says("/new Kim")
    await worker.says("A room")
    await worker.taps(OWN_NAMES[language], "18 or over")
    reader = Reader(telegram.person("Kim"))
    reader.person.start(token_in(worker))
    await running.quiet()
    reader.read()
    await reader.press("agree")
    words = reader.words
    await reader.press("alone")
    reader.words = words  # the question itself is what they came for
    reader.told("to the first question, by link", language)
    assert "+safe_place" in str(reader.person.last.data)
    assert reader.taps == 2
    assert reader.words <= FIRST[language]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_whole_before_and_from_the_hello_to_the_first_question_of_after(
    language: str, telegram: FakeTelegram, running: Running, time: Time
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    await sam.says("/language")
    await sam.taps(OWN_NAMES[language])
    reader = Reader(sam)
    reader.read()
    await reader.types("A room of my own")
    await reader.press("+money")
    await reader.press("done")
    await reader.types("I would sleep")
    await reader.press("not_sure")
    await reader.types("My sister")
    for choice in ("only_me", "agree", "fine"):
        await reader.press(choice)
    reader.told("BEFORE from the first question to the end", language)
    assert reader.taps == 6
    time.pass_(days=20)
    await running.tick()
    await running.quiet()
    reader = Reader(sam)
    reader.read()
    await reader.press("open")
    words = reader.words
    await reader.press("start")
    reader.words = words  # the question itself is what they came for
    reader.told("from the hello to the first question of AFTER", language)
    assert all(":a1:" in data for data in sam.last.data.values())
    assert reader.taps == MOST_AFTER_TAPS


ACTS = {"change": ("first", "n"), "withdraw": ("first", "take_back")}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("act", ACTS)
async def test_one_answer_is_changed_or_withdrawn(
    act: str, language: str, telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    await before(sam)
    await sam.says("/language")
    await sam.taps(OWN_NAMES[language])
    reader = Reader(sam)
    await reader.types("/change")
    for choice in ACTS[act]:
        await reader.press(choice)
    reader.told(f"to {act} one answer", language)
    assert reader.taps <= MOST_TAPS
    assert reader.words <= THEN[language]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_person_is_asked_for(
    language: str, telegram: FakeTelegram, running: Running
) -> None:
    sam = telegram.person("Sam", language_code=language)
    reader = Reader(sam)
    sam.start()
    await sam.waits()
    await reader.types("/person")
    reader.told("to ask for a person", language)
    assert reader.taps <= MOST_TAPS
    assert reader.words <= THEN[language]
