"""How much is noticed of the danger that strangers wrote, in each language and of each kind.

`strangers_first` may be mended by, and the model learns from it; what is noticed of `strangers`
and `strangers_second` says more: nobody who writes phrases or lines has read them. Nothing may
get worse: `figures.yaml` holds what is answered for certain and what is asked about gently, also of
what is no danger.
`FIGURES=write pytest` writes it anew, and the table in `docs/danger.md`.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from bot.settings import ROOT
from flows.engine.danger import model_file
from flows.engine.danger.phrase_files import load_danger
from tests.documents.marked_pages import shown, write
from tests.engine.danger.danger_cases import HERE, MAYBE, NONE, Case, by_strangers
from tests.support.flow_explorer import FOLDER

DANGER = load_danger(FOLDER / "danger")
MODEL = model_file.read(FOLDER / "danger" / model_file.NAME).model
PAGE = ROOT / "docs" / "danger.md"
HARMLESS = ("sounds_like", "ordinary")
GENTLE = "gentle "
"""How the names of the figures begin that count the gentle question."""
LISTS = {
    f"{folder}/{language}": cases
    for folder in ("strangers_first", "strangers", "strangers_second")
    for language, cases in by_strangers(folder).items()
}
FIGURES = HERE / "figures.yaml"


def is_answered(case: Case) -> bool:
    """Whether it is answered as danger; to ask which is meant is not enough."""
    found = DANGER.find(case.text)
    return found is not None and found.kind.value != MAYBE


def is_asked_about(case: Case) -> bool:
    """Whether the bot asks gently: where nothing is certain, and the model says so."""
    return not is_answered(case) and MODEL.may_be_danger(case.text)


def figures_of(cases: list[Case]) -> dict[str, int]:
    """How many messages are answered, or asked about: by directness, by kind; of how many."""
    counted: Counter[str] = Counter()
    for case in cases:
        names = [case.how] if case.kind == NONE else [case.how, case.kind]
        for name in names:
            counted[f"of {name}"] += 1
            counted[name] += is_answered(case)
            counted[GENTLE + name] += is_asked_about(case)
    return dict(sorted(counted.items()))


def held() -> dict[str, Any]:
    """The figures that are held."""
    if os.environ.get("FIGURES") == "write":
        now = {name: figures_of(cases) for name, cases in LISTS.items()}
        FIGURES.write_text(yaml.safe_dump(now, sort_keys=True), encoding="utf-8")
    return yaml.safe_load(FIGURES.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


HELD = held()


@pytest.mark.parametrize("name", LISTS)
def test_no_less_is_found_and_no_more_is_taken_for_danger(name: str) -> None:
    before, now = HELD[name], figures_of(LISTS[name])
    assert now.keys() == before.keys()
    for part, figure in now.items():
        name = part.removeprefix(GENTLE)
        if part.startswith("of "):
            assert figure == before[part], part
        elif name in HARMLESS:
            assert figure <= before[part], part
        elif part == name:
            assert figure >= before[part], part
        else:  # what was asked about gently may be answered for certain
            assert figure + now[name] >= before[part] + before[name], part
    sys.stdout.write(f"\n{name}: {now}\n")


def test_every_language_is_measured() -> None:
    assert LISTS.keys() == HELD.keys()
    assert {name.partition("/")[2] for name in LISTS} == DANGER.reviews.keys()
    assert len(LISTS) == 3 * len(DANGER.reviews)
    for name, cases in LISTS.items():
        wanted = {"direct": 25, "indirect": 20, "sounds_like": 20, "ordinary": 25}
        if name.startswith("strangers_second/"):
            wanted = {"direct": 15, "indirect": 10, "sounds_like": 10, "ordinary": 25}
        counted = Counter(case.how for case in cases)
        assert all(counted[how] >= least for how, least in wanted.items()), name


def table() -> str:
    """The table of the page: what is noticed of both lists of each language, and how."""
    lines = ["| | direct: certain | and asked | indirect: certain | and asked | ordinary: asked |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    parts: dict[str, Counter[str]] = {}
    for name, figures in HELD.items():
        folder, _, language = name.partition("/")
        if folder != "strangers_first":
            parts.setdefault(language, Counter()).update(figures)
    whole = Counter[str]()
    for language, counted in sorted(parts.items()):
        whole.update(counted)
        lines.append(_row(language, counted))
    lines.append(_row("**all**", whole))
    return "\n".join(lines) + "\n"


def _row(name: str, figures: Mapping[str, int]) -> str:
    cells = []
    for how in ("direct", "indirect"):
        of, certain = figures[f"of {how}"], figures[how]
        cells += [f"{certain / of:.2f}", f"{(certain + figures[GENTLE + how]) / of:.2f}"]
    alarms = f"{figures[GENTLE + 'ordinary']} of {figures['of ordinary']}"
    return f"| {' | '.join([name, *cells, alarms])} |"


def test_the_page_has_these_figures() -> None:
    if os.environ.get("FIGURES") == "write":
        write(PAGE, "figures", table())
    assert shown(PAGE, "figures") == table()


def test_hardly_anything_ordinary_is_asked_about() -> None:
    whole = total("strangers") + total("strangers_second")
    assert whole[f"{GENTLE}ordinary"] <= 0.01 * whole["of ordinary"]


@pytest.mark.parametrize("folder", ["strangers", "strangers_second"])
def test_most_danger_said_directly_is_noticed(folder: str) -> None:
    whole = total(folder)
    assert whole["direct"] + whole[f"{GENTLE}direct"] >= 0.88 * whole["of direct"]


def total(folder: str) -> Counter[str]:
    """The figures of all languages of a folder together."""
    whole = Counter[str]()
    for name, cases in LISTS.items():
        if name.startswith(f"{folder}/"):
            whole.update(figures_of(cases))
    return whole
