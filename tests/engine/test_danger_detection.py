"""Danger is noticed when it is said directly or indirectly, however it is spelled, in 12 languages.

Measures our own synthetic messages, which says little about how people really write: a clinician
and a safeguarding lead must judge the phrases.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml

from flows.engine import BrokenFlow
from flows.engine.danger.detector import LISTED, Danger, DangerKind
from flows.engine.danger.phrase_files import load_danger
from tests.engine.danger.danger_cases import MAYBE, NONE, Case, cases, report, score
from tests.support.flow_explorer import FOLDER

DANGER = load_danger(FOLDER / "danger")
LANGUAGES = {"en", "pt", "pl", "ro", "es", "ar", "uk", "fa", "ur", "bn", "fr", "zh_hans"}
SETS = ("development", "held_out")
BARS = {"direct": 0.95, "indirect": 0.80}
PRECISION = 0.85


def kind_of(text: str) -> str | None:
    found = DANGER.find(text)
    return found.kind.value if found else None


# --- how much is found ---


@pytest.mark.parametrize("name", SETS)
def test_enough_is_found(name: str) -> None:
    some = cases(name)
    sys.stdout.write("\n" + "\n".join(report(name, some, kind_of)) + "\n")
    for how, bar in BARS.items():
        assert score(how, [c for c in some if c.how == how], kind_of).recall >= bar
    assert score(name, some, kind_of).precision >= PRECISION


def test_the_sets_are_large_and_apart() -> None:
    known, held_out = cases("development"), cases("held_out")
    everything = known + held_out
    assert len(everything) >= 600
    assert len({c.text for c in everything}) == len(everything)
    assert 0.27 < len(held_out) / len(everything) < 0.4
    assert 0.4 < sum(c.kind == NONE for c in everything) / len(everything) < 0.55
    assert sum(c.language == "en" for c in everything) >= 0.5 * len(everything)
    assert {c.language for c in known} == {c.language for c in held_out} == LANGUAGES
    assert {c.kind for c in known} == {NONE, *LISTED}


# --- however it is written ---


DIRECT = [c for c in cases("development") if c.how == "direct"]
HIDDEN = "\u200b\u200d\u00ad\u2060\ufeff"


def doubled(text: str) -> str:
    """The last letter of every word twice, where words have letters."""
    return "".join(
        c * 2 if c.isalpha() and c < "\u3000" and not after.isalpha() else c
        for c, after in pairwise(text + " ")
    )


WAYS: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "in small letters": str.lower,
    "without apostrophes": lambda t: t.replace("'", ""),
    "with other apostrophes": lambda t: t.replace("'", "\u2019"),
    "letters doubled": doubled,
    "letters stretched": lambda t: doubled(doubled(t)),
    "marks that nobody sees": HIDDEN.join,
    "wide gaps": lambda t: t.replace(" ", " \u00a0  "),
    "with an emoji": lambda t: t.replace(" ", " 😭 ", 1) + " 💔",
    "greeted first": lambda t: "ok so. " + t + " , i dunno",
}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_said_directly_is_found_however_it_is_written(way: str) -> None:
    found = [c for c in DIRECT if kind_of(c.text)]
    assert len(found) > 100
    assert [c.text for c in found if kind_of(WAYS[way](c.text)) in {None, MAYBE}] == []


@pytest.mark.parametrize(
    "text",
    [
        "i want to k1ll my self",
        "su!cidal",
        "feeling sucidal tonite",
        "i w a n n a d i e",
        "w.a.n.t. t.o. d.i.e",
        "iwanttodie",
        "want 2 die",
        "gonna kms",
        "i wannna dieeeee",
        "$uicide",
        "I'm gonna end my liffe",
        "he stranguled me",
        "took 40tabs",
        "WANT TO DIE",
        "ｗａｎｔ ｔｏ ｄｉｅ",
    ],
)
def test_disguises(text: str) -> None:
    assert kind_of(text) not in {None, MAYBE}


def test_the_most_urgent_wins() -> None:
    assert kind_of("I want to die, I took 30 paracetamol") == DangerKind.OVERDOSE_NOW
    assert kind_of("he hits me and he hit my son") == DangerKind.CHILD_AT_RISK
    assert kind_of("he hits me and I want to die") == DangerKind.ABUSE_NOW
    assert kind_of("I want it all to stop. I want to die.") == DangerKind.SELF_HARM


def test_one_harmless_sentence_takes_nothing_back() -> None:
    assert kind_of("I used to want to die. I want to die again") == DangerKind.SELF_HARM
    assert kind_of("I am dying for a brew. Also I want to kill myself") == DangerKind.SELF_HARM
    assert kind_of("No. I want to die") == DangerKind.SELF_HARM
    assert kind_of("I can't stop thinking about suicide") == DangerKind.SELF_HARM


# --- stop is stop ---


def test_a_word_that_stops_starts_or_asks_for_help_is_no_danger() -> None:
    words = yaml.safe_load((FOLDER / "stop_words.yaml").read_text(encoding="utf-8"))
    # To rather not say is a button of the question that waits: no danger is looked for in it.
    every = [w for name in ("start", "help") for listed in words[name].values() for w in listed]
    assert len(every) > 90
    forms = [form for w in every for form in (w, w.upper(), f"{w}.", f"{w}!!", f" {w} 🙏")]
    assert [form for form in forms if DANGER.find(form)] == []


@pytest.mark.parametrize("text", ["stop", "stop please", "Please stop.", "", " ", "🙏", "...", "?"])
def test_nothing_is_made_of_nothing(text: str) -> None:
    assert DANGER.find(text) is None


# --- the files ---


def test_every_language_has_its_file_and_its_draft_is_marked() -> None:
    assert set(DANGER.reviews) == LANGUAGES
    for language, review in DANGER.reviews.items():
        assert (review.status == "reviewed") == bool(review.reviewer), language


@pytest.mark.parametrize("example", DANGER.examples, ids=lambda e: f"{e.file}:{e.line} {e.text}")
def test_the_examples_of_the_files(example: Any) -> None:
    found = DANGER.find(example.text)
    assert (found.kind if found else None) == example.kind


MINIMAL = """\
language: en
status: draft
reviewer: ""
self_harm: [(want|wish) to die]
examples:
  self_harm: [I wish to die]
"""


def written(folder: Path, **files: str) -> Danger:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_danger(folder)


def test_a_small_file_is_enough(tmp_path: Path) -> None:
    danger = written(tmp_path, en=MINIMAL)
    found = danger.find("i WISH to die!")
    assert found is not None
    assert (found.kind, found.language, found.phrase) == (DangerKind.SELF_HARM, "en", "en.yaml:4")


def test_every_mistake_is_named_with_file_and_line(tmp_path: Path) -> None:
    broken = """\
language: xx
status: checked
reviewer: ""
selfharm: [a]
same:
  myself: [my self]
  mine: [my self]
self_harm:
  - (want|wish to die
  - want to) die
  - <them> die
  - …40 die
  - "…2"
  - ""
unless: [1: 2]
examples:
  self_harm: [x]
"""
    with pytest.raises(BrokenFlow) as caught:
        written(tmp_path, en=broken, pl="language: pl\nstatus: reviewed\nreviewer:\n")
    lines = [str(problem) for problem in caught.value.problems]
    for start in (
        "en.yaml:1: `xx` must be in a file called xx.yaml",
        "en.yaml:2: `status` is draft or reviewed",
        "en.yaml:4: this file has no `selfharm`; did you mean `self_harm`?",
        "en.yaml:7: `my self` already stands for `myself`",
        "en.yaml:9: `(want|wish to die`: a `(` has no `)`",
        "en.yaml:10: `want to) die`: there is a `)` too many",
        "en.yaml:11: `<them> die`: `<them>` is not in `words:`",
        "en.yaml:12: `…40 die`: a gap is 1 to 12 words",
        "en.yaml:13: `…2`: it would match anything",
        "en.yaml:14: ",
        "en.yaml:15: ",
        "pl.yaml:1: `self_harm:` is missing",
        "pl.yaml:2: reviewed by whom?",
    ):
        assert any(line.startswith(start) for line in lines), (start, lines)


@pytest.mark.parametrize("text", ["", "[", "a: b: c", "- a", "self_harm: {a: b}"])
def test_no_file_makes_the_loader_stumble(tmp_path: Path, text: str) -> None:
    with pytest.raises(BrokenFlow):
        written(tmp_path, en=text)


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(BrokenFlow):
        load_danger(tmp_path)


# --- time ---


HOSTILE = {
    "a beginning, over and over": "i want to ",
    "fillers": "just really so ",
    "gaps that never close": "he what ever makes me what ",
    "guards without an end": "used to what ever never ",
    "one letter": "a",
    "letters apart": "k i l l ",
    "words run together": "killmyselfwantto",
    "signs": "$@!|*",
    "signs in words": "a$a@a!a*",
    "digits": "1a2b3",
    "commas": "die, ",
    "full stops": "die. ",
    "Chinese": "想不活死",
    "Arabic": "اريد وو ",
    "emoji": "😭🔪",
    "unlike any word": "qxzvkw ",
    "danger itself": "i want to die ",
}


def lines_run(text: str) -> int:
    """How many lines of Python the search takes: the same on every machine."""
    ran = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal ran
        ran += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        DANGER.find(text)
    finally:
        sys.settrace(before)
    return ran


@pytest.mark.parametrize("name", HOSTILE)
def test_work_grows_with_length_and_no_faster(name: str) -> None:
    piece = HOSTILE[name]
    short, long = (piece * (size // len(piece)) for size in (1024, 4096))
    DANGER.find(long)  # what is remembered between messages is so for both
    assert lines_run(long) < 4 * 1.3 * lines_run(short) + 200


@pytest.mark.parametrize("name", HOSTILE)
def test_regular_expressions_do_not_run_away(name: str) -> None:
    piece = HOSTILE[name]

    def seconds(size: int) -> float:
        text, took = piece * (size // len(piece)), []
        for _ in range(3):
            start = time.process_time()
            DANGER.find(text)
            took.append(time.process_time() - start)
        return min(took)

    # Sixteen times the length: the square would be 256 times the time.
    assert seconds(32_768) < 16 * 6 * seconds(2_048) + 0.01


def found_in(some: list[Case]) -> list[str | None]:
    return [kind_of(c.text) for c in some]


def test_what_was_read_before_changes_nothing() -> None:
    some = cases("development")
    assert found_in(some) == found_in(some[::-1])[::-1]
