"""Counts what is asked of one typed answer: its keyword once, the labels once, two prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from bot.conversation.checkin import typed_labels
from flows.engine import moves, walk
from flows.engine.keywords import Keywords
from tests.support.participants import agree, answers_of
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram

WORDS = "Somewhere safe, and quiet at night"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    counts = Counter[str]()

    def count(name: str, owner: Any, attribute: str) -> None:
        real: Callable[..., Any] = getattr(owner, attribute)

        def counting(*args: Any, **named: Any) -> Any:
            counts[name] += 1
            return real(*args, **named)

        monkeypatch.setattr(owner, attribute, counting)

    count("keyword looked up", Keywords, "look")
    count("labels compared", typed_labels, "_named")
    count("prompt built", walk, "prompt_of")
    count("prompt built", moves, "prompt_of")
    return counts


async def test_a_typed_answer_is_looked_at_once(
    telegram: FakeTelegram, running: Running, counted: Counter[str]
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    counted.clear()
    await sam.says(WORDS)
    assert [a.words for a in (await answers_of(running, sam)).values()] == [WORDS]
    assert counted == {"keyword looked up": 1, "labels compared": 1, "prompt built": 2}


async def test_a_typed_label_is_looked_at_once(
    telegram: FakeTelegram, running: Running, counted: Counter[str]
) -> None:
    sam = telegram.person("Sam")
    await agree(sam)
    counted.clear()
    await sam.says("Skip")
    assert counted == {"keyword looked up": 1, "labels compared": 1, "prompt built": 2}
