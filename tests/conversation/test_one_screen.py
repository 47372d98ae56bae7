"""One screen: a question and its buttons are seen at once on a small phone, and no label is cut.

`pytest -s` prints what was measured, and the five that need most room.
"""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from heapq import nlargest
from typing import Any

import pytest

from bot.i18n.localizer import Languages, Localizer
from bot.languages.environment_loader import load_environment
from bot.messages.renderer import phrase_message
from bot.messages.reply import Message
from bot.settings import read_settings
from bot.telegram.sending.keyboard_layout import layout_rows
from flows.engine.flow import placeholders
from tests.support.flow_explorer import FLOWS, NAMES, PHRASES
from tests.support.small_phone.asked_messages import KNOWN, LANGUAGES, LONGEST, SAID, Asked, asked
from tests.support.small_phone.layout import ROOM, Shown, cut, shown

LONGER: Mapping[str, frozenset[str]] = {
    # Their own words, as many as they said: two answers before a question, or all at the end.
    "their words": frozenset(
        {"after/a1", "after_young/ya1", "before/who_may_read", "before_young/who_may_read"}
    ),
    # They went back to a question with seven choices, and see what they said.
    "the answer from before": frozenset({"before/b1", "before/b2"}),
    # What answers something they sent is said once, before the question that they have seen.
    "voice": frozenset({"before/b2", "after/a3", "after/a4", "after/a4_help"}),
    "kept_words": frozenset({"after/a3"}),
    "pick_first": frozenset({"before/b1", "before/b2"}),
}
"""Where all of a message may be longer than a screen: by what stands above the question, the steps.
The question itself still fits. The first screen has a law of its own (see `test_first_screen`)."""
LINES = frozenset({"line_kind", "safety_now", "readers", "copy_page"})
"""Phrases whose choices are lines of a text, and no buttons."""
CUT = frozenset({"share_pick"})
"""Says which answers, and then who may read them, which is asked next."""
LISTS = frozenset({"answers", "lines"})
"""What is said is filled with all their answers, or with all the numbers to call."""
VALUES: Mapping[str, Any] = {
    **KNOWN,
    "date": dt.date(2026, 9, 27),
    "who": "Alexandra",
    "words": "Hello. How is your day?",
    "code": "KF9-2QX4",
    "numbers": "1234 5678",
    **dict.fromkeys(("time", "again", "from", "to"), "10:30"),
    "day": "Wednesday",
    "call": "999",
}


@cache
def languages() -> Languages:
    return load_environment(read_settings(_env_file=None, languages="")).languages


def localizer(code: str) -> Localizer:
    return languages()[code]


def everything(said: str) -> Iterator[tuple[Asked, str]]:
    for name in NAMES:
        for each in asked(FLOWS[name], said):
            for code in LANGUAGES:
                yield each, code


def labels(message: Message) -> list[list[str]]:
    return [[key.label for key in row] for row in layout_rows(message)]


def tell(what: str, found: list[tuple[Shown, str, str]]) -> None:
    """Prints the worst five steps, each in the language that needs most room."""
    write = sys.stdout.write
    worst: dict[str, tuple[Shown, str, str]] = {}
    for each in found:
        worst[each[1]] = max(worst.get(each[1], each), each, key=lambda e: e[0].height)
    write(f"\n{what}: {len(found)} messages of {len({e[1:] for e in found})} steps × languages\n")
    for size, step, code in nlargest(5, worst.values(), key=lambda e: e[0].height):
        write(
            f"  {size.height:.0f} of {ROOM}  {step} {code}: {size.lines} lines, {size.rows} rows\n"
        )


def test_every_question_and_its_buttons_fit() -> None:
    found = [
        (shown(each.alone(localizer(code))), each.step, code) for each, code in everything(LONGEST)
    ]
    tell("questions with their buttons", found)
    assert {(step, code) for size, step, code in found if not size.fits} == set()


def test_all_that_is_said_fits_too_but_for_what_is_named() -> None:
    found, longer = list[tuple[Shown, str, str]](), set[tuple[str, str]]()
    for each, code in everything(SAID):
        size = shown(each.message(localizer(code)))
        if each.step not in LONGER.get(each.above, ()):
            found.append((size, each.step, code))
        if not size.fits:
            longer.add((each.above, each.step))
    tell("whole messages", found)
    assert longer == {(above, step) for above, steps in LONGER.items() for step in steps}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_label_is_cut(code: str) -> None:
    spoken = localizer(code)
    found = {
        each.step: wide
        for name in NAMES
        for each in asked(FLOWS[name], SAID)
        if (wide := cut(labels(each.message(spoken))))
    }
    assert found == {}


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_asked_beside_the_questions_fits_and_is_not_cut(code: str) -> None:
    found = set()
    for name, phrase in PHRASES.said.items():
        if phrase.choices and name not in LINES:
            message = phrase_message(name, localizer(code), PHRASES, VALUES)
            found |= {(name, label) for label in cut(labels(message)) if name not in CUT}
            if not LISTS & {*placeholders(phrase.text.source)} and not shown(message).fits:
                found.add((name, "is longer than the screen"))
    assert found == set()


def test_what_is_named_as_cut_is_cut() -> None:
    spoken = [localizer(code) for code in LANGUAGES]
    messages = {n: [phrase_message(n, each, PHRASES, VALUES) for each in spoken] for n in CUT}
    assert {name for name, told in messages.items() if any(cut(labels(m)) for m in told)} == CUT


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_tick_moves_no_button(code: str) -> None:
    asks = [a for name in NAMES for a in asked(FLOWS[name], SAID) if a.prompts[-1].several]
    assert {a.step for a in asks} >= {"before/b1", "before/b2", "before_young/yb1"}
    for each in asks:
        *before, last = each.prompts
        sizes = []
        for on in (False, True):
            ticked = replace(last, choices=tuple(replace(b, on=on) for b in last.choices))
            message = replace(each, prompts=(*before, ticked)).message(localizer(code))
            sizes.append([len(row) for row in labels(message)])
        assert sizes[0] == sizes[1], each.step


def test_every_question_is_measured_with_each_of_its_texts_and_choices() -> None:
    for name in NAMES:
        prompts = [each.prompts[-1] for each in asked(FLOWS[name], SAID)]
        steps = [step for step in FLOWS[name].steps if step.asks]
        texts = {t for s in steps for t in (s.text, *(instead.text for instead in s.instead))}
        assert {p.text for p in prompts} == texts
        assert {(p.step, b.id) for p in prompts for b in p.choices} == {
            (step.id, choice.id) for step in steps for choice in step.choices
        }
