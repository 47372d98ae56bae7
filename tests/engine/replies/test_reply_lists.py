"""Short replies that strangers wrote: how much of it is understood, and what is taken wrongly.

A folder of `lists` is one half: `strangers_first` was shown when words were mended, and
`strangers_kept` was not. They were written by readers who had seen neither the code nor the words.
What is understood may only grow, and what is taken wrongly only shrink: `figures.yaml`.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml

from tests.engine.replies.reply_figures import (
    AGES,
    LISTS,
    MEANT,
    RATHER_NOT,
    REPLIES,
    figures_of,
    held,
)
from tests.engine.word_lists import name_of, read
from tests.support.running_bot import FLOWS
from tests.support.stop_ways import OFFERED


@pytest.mark.parametrize("path", LISTS, ids=name_of)
def test_no_less_is_understood_and_nothing_new_is_taken_wrongly(path: Path) -> None:
    before = held()[name_of(path)]
    now = figures_of(path)
    assert now.keys() == before.keys()
    for part, figures in now.items():
        assert figures.of == before[part].of, part
        assert figures.understood >= before[part].understood, (part, figures)
        assert figures.wrongly.items() <= before[part].wrongly.items(), (part, figures.wrongly)
    parts = ", ".join(f"{part} {f.understood}/{f.of}" for part, f in now.items())
    sys.stdout.write(f"\n{name_of(path)}: {parts}\n")


def test_every_language_has_every_list_and_each_is_held() -> None:
    assert {name_of(path) for path in LISTS} == held().keys()
    for folder in {path.parent for path in LISTS}:
        assert {path.stem for path in LISTS if path.parent == folder} == set(OFFERED)
    known = {*MEANT, *AGES, RATHER_NOT}
    assert {part for path in LISTS for part in read(path)} == known


PATTERNED = ("yes", "no", "later", "not_today", "only_me", "others_see", "not_right", "asks_when")
"""Meanings that people put in so many ways that whole phrases alone miss most."""


@pytest.mark.parametrize("language", ["fa", "ur", "bn"])
@pytest.mark.parametrize("part", PATTERNED)
def test_the_languages_with_the_fewest_words_have_patterns_too(language: str, part: str) -> None:
    text = (FLOWS / "replies" / f"{language}.yaml").read_text(encoding="utf-8")
    listed = yaml.load(text, Loader=yaml.BaseLoader)[part]  # noqa: S506 - text only
    assert sum("(" in line for line in listed) >= 1


SAID = {
    "fa": {"می‌تونید نگه دارید": "yes", "نگهش ندار": "no", "الان سر کار هستم": "later",
           "روز جمعه زنگ بزنید": "not_today", "کسی دیگه نمی‌بینه": "only_me",
           "شوهرم چک میکنه": "others_see", "اینطوری نگفتم": "not_right"},
    "ur": {"آپ رکھ سکتے ہیں": "yes", "mat rakhein": "no", "main office mein hun": "later",
           "kal call karna": "not_today", "koi aur nahi dekhta": "only_me",
           "mera shohar check karta hai": "others_see", "maine aisa nahi kaha": "not_right",
           "kya koi mujhe call kar sakta hai": "asks_for_person"},
    "bn": {"আপনি রাখতে পারেন": "yes", "chai na apni rakhen": "no", "আমি এখন অফিসে আছি": "later",
           "কাল কল দেন": "not_today", "আর কেউ দেখে না": "only_me",
           "amar shami check kore": "others_see", "আমি এমন বলিনি": "not_right"},
}  # fmt: skip


@pytest.mark.parametrize("language", SAID)
def test_patterns_of_those_languages_are_read(language: str) -> None:
    for text, meaning in SAID[language].items():
        read = REPLIES.read(text, language)
        assert read is not None, text
        assert read.meaning == meaning, text


def test_how_much_is_understood_in_all() -> None:
    understood, of, wrongly = Counter[str](), Counter[str](), Counter[str]()
    for path in LISTS:
        for part, figures in figures_of(path).items():
            understood[part] += figures.understood
            of[part] += figures.of
            wrongly[part] += len(figures.wrongly)
    sys.stdout.write("\n")
    for part, total in of.items():
        sys.stdout.write(f"{part}: {understood[part]} of {total}, wrongly {wrongly[part]}\n")
    assert sum(wrongly.values()) * 100 < sum(of.values()), "fewer than one in a hundred"
