"""Hardly an everyday answer is danger, whichever language's phrases are compared with it.

The lines were written to learn from, and phrases are mended by them: what strangers wrote says
more (`tests/engine/test_danger_by_strangers.py`).
"""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from bot.content.loading import read_danger
from flows.engine.danger.detector import DangerKind
from flows.engine.danger.line_files import ANSWERS, SOUNDS, read_lines
from tests.support.running_bot import FLOWS

LINES = [line for line in read_lines(FLOWS / "danger") if not line.is_danger]
LANGUAGES = sorted({line.language for line in LINES})
MOST = {ANSWERS: 0.003, SOUNDS: 0.03}
"""The share of lines that may be answered as danger."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_hardly_an_everyday_answer_is_danger(language: str) -> None:
    danger = read_danger(FLOWS)
    alarms, of = Counter[str](), Counter[str]()
    for line in LINES:
        if line.language == language:
            found = danger.find(line.text)
            of[line.heading] += 1
            if found is not None and found.kind is not DangerKind.MAYBE:
                alarms[line.heading] += 1
                sys.stdout.write(f"{found.phrase}: {line.text}\n")
    for heading, most in MOST.items():
        assert of[heading] > 500
        assert alarms[heading] <= most * of[heading], heading


def test_every_language_has_lines() -> None:
    assert {*LANGUAGES} == read_danger(FLOWS).reviews.keys()
