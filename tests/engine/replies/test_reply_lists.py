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

from tests.engine.replies.reply_figures import (
    AGES,
    LISTS,
    MEANT,
    RATHER_NOT,
    figures_of,
    held,
)
from tests.engine.word_lists import name_of, read
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
