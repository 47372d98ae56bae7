"""What stands on the buttons under a question does the same when it is typed, in every language."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import yaml

from bot.i18n.localizer import Localizer
from flows.engine.flow import BACK, DONE, KEEP_IT, NOT_NOW, SKIP, TAKE_BACK
from flows.engine.replies.control_words import FILE
from tests.conftest import Time
from tests.support.participants import answers_of, half_way
from tests.support.running_bot import FLOWS, Running
from tests.support.stop_ways import OFFERED
from tests.support.telegram_fake import FakeTelegram, Person

LISTED: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (FLOWS / "replies" / FILE).read_text(encoding="utf-8")
)
MEANS_MORE = {"Volver", "انتهيت", "تمام شد"}
"""Labels which start, or may mean a stop, in a chat of another language."""


def words_for(running: Running, control: str) -> list[str]:
    """The labels of a control in every language, and two other words of each."""
    labels = [_label(running, code, control) for code in OFFERED]
    others = LISTED.get(control, {}).values()
    more = [w for words in others for w in (words[0], next((x for x in words if x.isascii()), ""))]
    return [word for word in dict.fromkeys([*labels, *more]) if word and word not in MEANS_MORE]


def _label(running: Running, code: str, control: str) -> str:
    env = running.bot.env
    localizer: Localizer = env.languages[code]
    return localizer.text(env.library.phrases.controls[control])


async def at_the_first(sam: Person) -> None:
    await sam.taps("Back")
    assert "1 of 5" in sam.last.text


async def says(sam: Person, word: str, expected: str) -> None:
    await sam.says(word)
    assert expected in sam.last.text, (word, sam.transcript()[-600:])


@pytest.fixture
async def running(telegram: FakeTelegram, database_url: str, time: Time) -> AsyncIterator[Running]:
    """A whole bot that offers every language."""
    async with Running(telegram, database_url, time, languages="") as bot:
        yield bot


@pytest.fixture
async def asked(telegram: FakeTelegram, running: Running) -> Person:
    """Somebody who is asked the second question, in English."""
    await running.bot.started.wait()
    sam = telegram.person("Sam")
    await half_way(sam)
    return sam


async def test_back(running: Running, asked: Person) -> None:
    for word in words_for(running, BACK):
        await says(asked, word, "1 of 5")
        await asked.taps("Keep it")


async def test_skip(running: Running, asked: Person) -> None:
    for word in words_for(running, SKIP):
        await says(asked, word, "3 of 5")
        assert "b2" not in await answers_of(running, asked) or (
            (await answers_of(running, asked))["b2"].words is None
        ), word
        await asked.taps("Back")


async def test_done(running: Running, asked: Person) -> None:
    for number, word in enumerate(words_for(running, DONE)):
        await asked.taps(("Money", "My health")[number % 2])
        await says(asked, word, "3 of 5")
        assert (await answers_of(running, asked))["b2"].words is None, word
        await asked.taps("Back", "Take it back")


async def test_keep_it(running: Running, asked: Person) -> None:
    before = await answers_of(running, asked)
    for word in words_for(running, KEEP_IT):
        await at_the_first(asked)
        await says(asked, word, "2 of 5")
        assert await answers_of(running, asked) == before, word


async def test_take_it_back(running: Running, asked: Person) -> None:
    for word in words_for(running, TAKE_BACK):
        await at_the_first(asked)
        await asked.says(word)
        found = (await answers_of(running, asked)).get("b1")
        assert found is None or found.words is None, word
        assert "1 of 5" in asked.last.text
        await asked.says("Somewhere safe, and quiet")
        assert "2 of 5" in asked.last.text


async def test_not_now(running: Running, asked: Person) -> None:
    before = await answers_of(running, asked)
    for word in words_for(running, NOT_NOW):
        await says(asked, word, "When shall I ask again?")
        await asked.says("START")
        assert await answers_of(running, asked) == before, word


@pytest.mark.parametrize("text", ["wapas to my mum", "back pain", "keep my kids", "Pronto socorro"])
async def test_what_holds_more_is_an_answer(running: Running, asked: Person, text: str) -> None:
    await says(asked, text, "3 of 5")
    assert (await answers_of(running, asked))["b2"].words == text
