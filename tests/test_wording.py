"""Every English text can be read by someone tired: short, plain, with the reason we ask.

Judges only what can be counted; whether it is kind is for people to say. Other languages are held
to their own numbers and words (`locales/<code>/about.yaml`) in `test_languages`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from bot.files import read_folder
from bot.languages import about
from bot.settings import ROOT
from bot.wording import length, not_said, sentences
from bot.words import is_label, texts_in

LIBRARY, _ = read_folder(ROOT / "flows")
FLOWS = LIBRARY.today
ENGLISH = about(ROOT / "locales", "en")
EXCEPTIONS = Path(__file__).parent / "wording_exceptions.yaml"
EASY_WORDS = Path(__file__).parent / "easy_words.txt"
"""The words that Dale and Chall (1995) found four in five ten-year-olds to know, as the package
textstat 0.7.13 carries them (MIT licence, Shivam Bansal and Chaitanya Aggarwal)."""

LONGEST_SENTENCE = ENGLISH.longest_sentence
LONGEST_MESSAGE = 640
"""Characters of a text with its hint and its why: two screens of a small phone (28 by 12 signs)."""
LONGEST_LABEL = 40
"""Characters of a button, which then still has two lines on a small phone."""
MOST_HARD = 0.05
"""Share of words beyond the easy ones. The usual counsel is 7 in 100."""
HIGHEST_GRADE = 3.0
"""School year by the Automated Readability Index (Smith, Senter 1967); nine-year-olds are in 4."""

_CONTRACTION = re.compile(r"\b\w+n['’]t\b", re.IGNORECASE)
_NOT_SAID = not_said(ENGLISH.not_said)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*")

TEXTS = list(dict.fromkeys(texts_in(LIBRARY)))
WORDINGS = [(t, words) for t in TEXTS for words in (t.source, t.one) if words is not None]
LABELS = [t for t in TEXTS if is_label(t)]


def too_long(text: str) -> str | None:
    longest = max(sentences(text), key=length, default="")
    return longest if length(longest) > LONGEST_SENTENCE else None


def contracted(text: str) -> str | None:
    found = _CONTRACTION.search(text)
    return found.group() if found else None


def hurtful(text: str) -> str | None:
    found = _NOT_SAID.search(_PLACEHOLDER.sub("", text))
    return found.group() if found else None


def two_questions(text: str) -> str | None:
    return text if text.count("?") > 1 else None


LAWS: dict[str, Callable[[str], str | None]] = {
    "sentence": too_long,
    "contraction": contracted,
    "not_said": hurtful,
    "two_questions": two_questions,
}


def excepted(law: str) -> dict[str, str]:
    """The texts that may break a law, each with its reason."""
    found: dict[str, dict[str, str]] = yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8"))
    return found.get(law, {})


@pytest.mark.parametrize("law", LAWS)
def test_texts_are_plain(law: str) -> None:
    assert len(TEXTS) > 200
    broken = {t.context: found for t, words in WORDINGS if (found := LAWS[law](words))}
    assert {c: f for c, f in broken.items() if c not in excepted(law)} == {}
    assert [c for c in excepted(law) if c not in broken] == [], "no longer needed"


def test_every_question_says_why() -> None:
    unexplained = {
        s.text.context for f in FLOWS.values() for s in f.steps if s.keeps_answer and not s.why
    }
    assert unexplained == set(excepted("why"))


def test_nobody_is_other() -> None:
    assert LABELS
    assert [x.context for x in LABELS if re.search(r"\bothers?\b", x.source, re.IGNORECASE)] == []


def test_every_exception_has_a_reason() -> None:
    whole = yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8"))
    assert set(whole) <= {*LAWS, "why", "words"}
    assert all(len(reason.split()) > 3 for law in whole.values() for reason in law.values())


# --- a small screen ------------------------------------------------------------------------------


def test_a_message_fits_two_small_screens() -> None:
    whole = {
        step.text.context: "\n".join(t.source for t in (text, step.hint, step.why) if t is not None)
        for flow in FLOWS.values()
        for step in flow.steps
        for text in (step.text, *(i.text for i in step.instead))
    }
    whole |= {t.context: words for t, words in WORDINGS}
    assert {c: len(w) for c, w in whole.items() if len(w) > LONGEST_MESSAGE} == {}


def test_a_button_fits_a_small_screen() -> None:
    assert {t.context: t.source for t in LABELS if len(t.source) > LONGEST_LABEL} == {}


# --- easy words ----------------------------------------------------------------------------------

EASY = frozenset(EASY_WORDS.read_text(encoding="utf-8").casefold().split())
_ENDINGS: tuple[tuple[str, str], ...] = (
    *(("'s", ""), ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ied", "y")),
    *(("ing", ""), ("ing", "e"), ("er", ""), ("er", "e"), ("ly", ""), ("n", "")),
)


def is_easy(word: str) -> bool:
    """Whether a word, or what it is a form of, is on the list."""
    word = word.casefold().replace("’", "'")
    stems = [word.removesuffix(end) + new for end, new in _ENDINGS if word.endswith(end)]
    doubled = [stem[:-1] for stem in stems if len(stem) > 2 and stem[-1:] == stem[-2:-1]]
    return any(stem in EASY for stem in (word, *stems, *doubled))


def words_of(text: str) -> Iterator[str]:
    yield from _WORD.findall(_PLACEHOLDER.sub(" ", text))


def test_a_harder_word_needs_a_reason() -> None:
    hard = {word.casefold() for _, text in WORDINGS for word in words_of(text) if not is_easy(word)}
    allowed = set(excepted("words"))
    assert sorted(hard - allowed) == [], "find an easier word, or give the reason for this one"
    assert sorted(allowed - hard) == [], "no longer needed"


def test_few_words_are_hard() -> None:
    said = [word for _, text in WORDINGS for word in words_of(text)]
    assert sum(not is_easy(word) for word in said) / len(said) <= MOST_HARD


def grade(text: str) -> float:
    """The school year that a text is for, by the Automated Readability Index."""
    found = [w for w in re.findall(r"[\w'’-]+", text) if w.strip("'’-")]
    spoken = [s for s in sentences(text) if length(s)]
    letters = sum(len(w) for w in found)
    return 4.71 * letters / len(found) + 0.5 * len(found) / len(spoken) - 21.43


@pytest.mark.parametrize("file", sorted({t.file for t in TEXTS}))
def test_a_nine_year_old_can_read_each_file(file: str) -> None:
    said = "\n".join(_PLACEHOLDER.sub("it", t.source) for t in TEXTS if t.file == file)
    assert grade(said) <= HIGHEST_GRADE


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
        ("two_questions", "How? And why?", "How is it? Say why."),
    ],
)
def test_the_checks_can_fail(law: str, bad: str, good: str) -> None:
    assert LAWS[law](bad) is not None
    assert LAWS[law](good) is None


def test_the_counts_tell_hard_from_easy() -> None:
    assert all(map(is_easy, "you stopped saying smaller questions happily".split()))
    assert not any(map(is_easy, "multidisciplinary intervention computer".split()))
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
