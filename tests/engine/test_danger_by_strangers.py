"""How much is found of the danger that strangers wrote, in each language and of each kind.

`strangers_first` may be mended by; what is found of `strangers` says more. Nothing may get worse:
`figures.yaml` holds what is found, and what is taken for danger and is none. `FIGURES=write pytest`
writes it anew.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

import pytest
import yaml

from flows.engine.danger.detector import load_danger
from tests.engine.danger.danger_cases import HERE, MAYBE, NONE, Case, by_strangers
from tests.support.flow_explorer import FOLDER

DANGER = load_danger(FOLDER / "danger")
LISTS = {
    f"{folder}/{language}": cases
    for folder in ("strangers_first", "strangers")
    for language, cases in by_strangers(folder).items()
}
FIGURES = HERE / "figures.yaml"


def is_answered(case: Case) -> bool:
    """Whether it is answered as danger; to ask which is meant is not enough."""
    found = DANGER.find(case.text)
    return found is not None and found.kind.value != MAYBE


def figures_of(cases: list[Case]) -> dict[str, int]:
    """How many messages are answered as danger: by directness, and of each kind; of how many."""
    counted: Counter[str] = Counter()
    for case in cases:
        counted[f"of {case.how}"] += 1
        counted[case.how] += is_answered(case)
        if case.kind != NONE:
            counted[f"of {case.kind}"] += 1
            counted[case.kind] += is_answered(case)
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
        if part.startswith("of "):
            assert figure == before[part], part
        elif part in {"sounds_like", "ordinary"}:
            assert figure <= before[part], part
        else:
            assert figure >= before[part], part
    sys.stdout.write(f"\n{name}: {now}\n")


def test_every_language_is_measured() -> None:
    assert LISTS.keys() == HELD.keys()
    assert {name.partition("/")[2] for name in LISTS} == DANGER.reviews.keys()
    assert len(LISTS) == 2 * len(DANGER.reviews)
    for name, cases in LISTS.items():
        wanted = {"direct": 25, "indirect": 20, "sounds_like": 20, "ordinary": 25}
        counted = Counter(case.how for case in cases)
        assert all(counted[how] >= least for how, least in wanted.items()), name
