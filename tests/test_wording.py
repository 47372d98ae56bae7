"""Every English text can be read by someone tired: short, plain, with the reason we ask.

Judges only what can be counted; whether it is kind is for people to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from flows.engine import Text
from tests.laws import FLOWS, PHRASES

LONGEST_SENTENCE = 15
EXCEPTIONS = Path(__file__).parent / "wording_exceptions.yaml"

_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|\n")
_WORD = re.compile(r"[\w{][\w'’.{}-]*")
_CONTRACTION = re.compile(r"\b\w+n['’]t\b", re.IGNORECASE)
# Beginnings of words, so that "referral" and "referred" are one entry.
_NOT_SAID = re.compile(
    r"\b(service users?|clients?|interven\w*|outcomes?|pathways?|multi-agency|referr\w*|assess\w*"
    r"|engag\w*|disclos\w*|safeguard\w*|substance\w*|misus\w*|tenanc\w*|vulnerab\w*|hard to reach"
    r"|signpost\w*|trauma\w*|crisis|crises|complex needs|non-?complian\w*|addict\w*|alcoholi\w*"
    r"|junkies?|abus\w*|users?|suffer\w*|victims?|offenders?)\b",
    re.IGNORECASE,
)


def of_flows() -> Iterator[Text]:
    for flow in FLOWS.values():
        for step in flow.steps:
            yield from step.texts


def of_phrases() -> Iterator[Text]:
    yield PHRASES.org_name
    for group in (PHRASES.controls, PHRASES.menu, PHRASES.about):
        yield from group.values()
    for phrase in PHRASES.said.values():
        yield phrase.text
        yield from phrase.choices.values()


TEXTS = [*of_flows(), *of_phrases()]
LABELS = [c.label for flow in FLOWS.values() for s in flow.steps for c in s.choices]
LABELS += [label for phrase in PHRASES.said.values() for label in phrase.choices.values()]


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line is one too."""
    return [s.strip() for s in _SENTENCE_END.split(text) if s.strip()]


def too_long(text: str) -> str | None:
    longest = max(sentences(text), key=lambda s: len(_WORD.findall(s)), default="")
    return longest if len(_WORD.findall(longest)) > LONGEST_SENTENCE else None


def contracted(text: str) -> str | None:
    found = _CONTRACTION.search(text)
    return found.group() if found else None


def not_said(text: str) -> str | None:
    found = _NOT_SAID.search(text)
    return found.group() if found else None


def two_questions(text: str) -> str | None:
    return text if text.count("?") > 1 else None


LAWS: dict[str, Callable[[str], str | None]] = {
    "sentence": too_long,
    "contraction": contracted,
    "not_said": not_said,
    "two_questions": two_questions,
}


def excepted(law: str) -> dict[str, str]:
    """The texts that may break a law, each with its reason."""
    found: dict[str, dict[str, str]] = yaml.safe_load(EXCEPTIONS.read_text(encoding="utf-8"))
    return found.get(law, {})


@pytest.mark.parametrize("law", LAWS)
def test_texts_are_plain(law: str) -> None:
    assert len(TEXTS) > 200
    broken = {t.context: found for t in TEXTS if (found := LAWS[law](t.source))}
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
    assert set(whole) <= {*LAWS, "why"}
    assert all(len(reason.split()) > 3 for law in whole.values() for reason in law.values())


@pytest.mark.parametrize(
    ("law", "bad", "good"),
    [
        ("sentence", "one " * 16, "one " * 15),
        ("sentence", "Yes. " + "one " * 16, ("one " * 15 + ". ") * 3),
        ("sentence", "one " * 8 + "{a_name} " * 8, "• " + "one " * 15 + "\n• " + "one " * 15),
        ("contraction", "You don’t have to.", "You do not have to. The aunt cannot."),
        ("not_said", "Our Service Users say", "Who uses this service"),
        ("not_said", "after your assessment", "abreast of it"),
        ("two_questions", "How? And why?", "How is it? Say why."),
    ],
)
def test_the_checks_can_fail(law: str, bad: str, good: str) -> None:
    assert LAWS[law](bad) is not None
    assert LAWS[law](good) is None
