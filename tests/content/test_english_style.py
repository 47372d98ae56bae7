"""Every English text can be read by someone tired: short, plain, with the reason we ask.

Judges only what can be counted; whether it is kind is for people to say. Other languages are held
to their own numbers and words (`locales/<code>/about.yaml`) in `test_languages`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.authors.check import CheckResult, check, wording_of
from bot.authors.english_style import HIGHEST_GRADE, grade, words_of
from bot.languages.completeness import about
from bot.languages.style_checks import length, not_said, sentences
from bot.settings import ROOT

CHECKED = check(ROOT / "flows", ROOT / "locales")
WORDING = wording_of(ROOT / "flows", ROOT / "locales")
TEXTS = CHECKED.legible.texts
MOST_HARD = 0.05
"""Share of words beyond the easy ones. The usual counsel is 7 in 100."""


def test_every_text_is_plain() -> None:
    assert len(TEXTS) > 500
    assert list(map(str, CHECKED.findings)) == []


def test_no_exception_is_left_over() -> None:
    assert CHECKED.unneeded == ()


def test_every_exception_has_a_reason() -> None:
    assert set(WORDING.excepted) <= {*WORDING.laws, "why", "words"}
    reasons = [reason for law in WORDING.excepted.values() for reason in law.values()]
    assert all(len(reason.split()) > 3 for reason in reasons)


def test_few_words_are_hard() -> None:
    said = [word for text in TEXTS for word in words_of(text.source)]
    assert sum(not WORDING.is_easy_word(word) for word in said) / len(said) <= MOST_HARD


def test_what_is_not_said_has_something_to_say_instead() -> None:
    """The words of `about.yaml`, which translators see too, are all among those with an idea."""
    ideas = {**WORDING.plainer["jargon"], **WORDING.plainer["stigma"]}
    assert [w for w in about(ROOT / "locales", "en").not_said if w not in ideas] == []


# --- as an author meets them ---------------------------------------------------------------------

STEP = "flow: before\nfor: adult\nsteps:\n- id: q\n  kind: {}\n  text: {}\n  why: {}\n"
PLAIN = "We ask so we can help."
BREACHES: dict[str, tuple[str, str, str, str]] = {
    # law: what is asked, why, what is said of it, the idea
    "sentence": (
        "How was it when you came here for the first time and met all of the people?",
        PLAIN,
        "17 words in one sentence",
        "“How was it when you came here for the first time.” and the rest",
    ),
    "contraction": ("What don’t you like?", PLAIN, "“don’t” is missed", "say “do not”"),
    "jargon": ("How was the assessment?", PLAIN, "how services talk", "talk about what you need"),
    "stigma": ("Are you an addict?", PLAIN, "“addict” hurts people", "if it makes life hard"),
    "words": ("How was the colloquium?", PLAIN, "“colloquium” is not an easy", "a child of nine"),
    "leading": ("How helpful was it?", PLAIN, "holds an answer", "Did it help?"),
    "two_questions": ("How is it? And you?", PLAIN, "2 questions in one", "“And you?”"),
    "screen": ("How is it? " + "It is. " * 80, PLAIN + " Yes." * 20, "on one screen", "two steps"),
}


@pytest.mark.parametrize("law", BREACHES)
def test_a_breach_is_named_with_its_line_and_an_idea(law: str, tmp_path: Path) -> None:
    asked, why, wrong, idea = BREACHES[law]
    kind = {"jargon": "not_said", "stigma": "not_said"}.get(law, law)
    done = _checked(tmp_path, STEP.format("words", asked, why))
    found = [f for f in done.findings if f.law == kind]
    assert [(f.file, f.line) for f in found] == [("before.yaml", 6)]
    assert wrong in found[0].wrong
    assert idea in found[0].suggestion


def test_buttons_have_their_own_laws(tmp_path: Path) -> None:
    source = STEP.format("choice", "How is it?", PLAIN) + (
        "  choices:\n    a: Other\n    b: It is as good as it can be, and a bit more\n"
    )
    found = {f.law: f for f in _checked(tmp_path, source).findings}
    assert set(found) == {"other", "button"}
    assert (found["other"].line, found["button"].line) == (9, 10)


def test_a_file_that_is_too_hard_as_a_whole(tmp_path: Path) -> None:
    source = STEP.format("words", "Which neighbourhood restaurant?", "Everybody understands.")
    found = [f for f in _checked(tmp_path, source).findings if f.law == "grade"]
    assert "the file reads like school year" in found[0].wrong
    assert "neighbourhood" in found[0].suggestion or "Everybody" in found[0].suggestion


def test_laws_are_held_though_the_file_is_broken(tmp_path: Path) -> None:
    source = STEP.format("words", "What don't you like?", PLAIN) + "  nxt: end\n"
    done = _checked(tmp_path, source)
    assert "before.yaml:8: a step has no `nxt`; did you mean `next`?" in map(str, done.problems)
    assert [f.law for f in done.findings] == ["contraction"]
    assert "    write `next`" in list(done.lines())


def test_a_place_of_its_own_may_bring_its_own_lists(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "flows" / "wording", tmp_path / "wording")
    with (tmp_path / "wording" / "easy_words.txt").open("a", encoding="utf-8") as easy:
        easy.write("\ncolloquium\n")
    source = STEP.format("words", "How was the colloquium?", PLAIN)
    assert _checked(tmp_path, source).findings == ()


def _checked(folder: Path, source: str) -> CheckResult:
    (folder / "before.yaml").write_text(source, encoding="utf-8")
    return check(folder, ROOT / "locales")


# --- the checks themselves -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("law", "bad", "good"),
    [
        ("sentence", "one " * 16, "one " * 15),
        ("sentence", "Yes. " + "one " * 16, ("one " * 15 + ". ") * 3),
        ("sentence", "one " * 8 + "{a_name} " * 8, "• " + "one " * 15 + "\n• " + "one " * 15),
        ("contraction", "You don’t have to.", "You do not have to. The aunt cannot."),
        ("not_said", "Our Service Users say", "Who uses this service"),
        ("not_said", "after your assessment", "abreast of it"),
        ("not_said", "the outcome", "it is {outcome}"),
        ("not_said", "our {tenancy} tenancies", "the {tenancy} is yours"),
        ("leading", "Surely it went well?", "How did it go?"),
        ("leading", "Do you not think so?", "Do you think so?"),
        ("two_questions", "How? And why?", "How is it? Say why."),
    ],
)
def test_the_checks_can_fail(law: str, bad: str, good: str) -> None:
    assert list(WORDING.laws[law](bad))
    assert not list(WORDING.laws[law](good))


def test_the_counts_tell_hard_from_easy() -> None:
    assert all(map(WORDING.is_easy_word, "you stopped saying smaller questions happily".split()))
    assert not any(map(WORDING.is_easy_word, "multidisciplinary intervention computer".split()))
    hard = (
        "Multidisciplinary practitioners facilitate individualised interventions collaboratively."
    )
    assert grade(hard) > 20 > HIGHEST_GRADE > grade("You can stop. You can skip it too.")


def test_words_are_counted_in_any_script() -> None:
    assert length("我们会保存多久") == 7
    assert length("আমি তোমার কথা শুনছি") == 4
    assert length("می\u200cخواهم بمانم") == 2
    assert sentences("আমি শুনছি। বলো।") == ["আমি শুনছি", "বলো"]
    assert sentences("我在。你呢？") == ["我在", "你呢"]
    assert not_said(("বন্ধ*",)).search("তার বন্ধুরা")
    assert not not_said(("বন্ধ",)).search("তার বন্ধুরা")
    assert not_said(("吸毒",)).search("他吸毒吗")
    assert not_said(()).search("anything") is None
