"""What people type, by hand: how much of it is heard, missed, or taken falsely.

A folder of `lists` is one author's; a file of it is one language, with `stop`, `maybe` and
`answers`. The figures are held in `figures.yaml`: a change that hears less, or takes more answers
falsely, fails.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from flows.engine import StopMeaning, load_stop_words
from tests.engine.word_lists import name_of, read
from tests.support.running_bot import FLOWS
from tests.support.stop_ways import OFFERED

HERE = Path(__file__).parent
LISTENED = load_stop_words(FLOWS / "stop_words.yaml")
LISTS = sorted(HERE.glob("lists/*/*.yaml"))
OWN = "own"
MOST_OF_THEM = 40


@dataclass(frozen=True)
class Figures:
    """How a list is heard.

    Of what means stop: `heard`, `asked` about, and `missed`. Of what may mean it, what is `taken`
    for an answer. Of answers, what is `falsely` taken for a stop, or asked about.
    """

    heard: list[str]
    asked: list[str]
    missed: list[str]
    taken: list[str]
    falsely: list[str]


def figures_of(path: Path) -> Figures:
    """The figures of one list."""
    listed = read(path)
    meant = {text: LISTENED.look(text).stop for part in listed.values() for text in part}
    stops, maybes, answers = (listed.get(p, []) for p in ("stop", "maybe", "answers"))
    return Figures(
        [t for t in stops if (meant[t] or 0) > StopMeaning.MAYBE],
        [t for t in stops if meant[t] is StopMeaning.MAYBE],
        [t for t in stops if meant[t] is None],
        [t for t in maybes if meant[t] is None],
        [t for t in answers if meant[t] is not None],
    )


@pytest.mark.parametrize("path", LISTS, ids=name_of)
def test_no_less_is_heard_than_before(path: Path) -> None:
    held = yaml.safe_load((HERE / "figures.yaml").read_text(encoding="utf-8"))[name_of(path)]
    figures = figures_of(path)
    of = len(figures.heard) + len(figures.asked) + len(figures.missed)
    sys.stdout.write(
        f"\n{name_of(path)}: {len(figures.heard)} of {of} heard, {len(figures.asked)} asked,"
        f" missed {figures.missed}, taken {figures.taken}, falsely {figures.falsely}\n"
    )
    now = (len(figures.missed), len(figures.taken), len(figures.falsely), len(figures.asked))
    assert now == (held["missed"], held["taken"], held["falsely"], held["asked"]), figures


@pytest.mark.parametrize("language", OFFERED)
def test_each_language_on_offer_has_answers_to_keep(language: str) -> None:
    listed = read(HERE / "lists" / OWN / f"{language}.yaml")
    assert len(set(listed["answers"])) >= MOST_OF_THEM
    assert not set(listed["answers"]) & {*listed["stop"], *listed["maybe"]}


def test_an_answer_in_one_language_is_one_in_all() -> None:
    """Each list is looked at by all languages at once; none has words of another."""
    assert {path.stem for path in LISTS if path.parent.name == OWN} == set(OFFERED)
    assert {name_of(path) for path in LISTS} == set(
        yaml.safe_load((HERE / "figures.yaml").read_text(encoding="utf-8"))
    )
