"""Style rules that can be counted in any language: short sentences, no hurtful words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Protocol

from bot.i18n.tools.extraction import is_label
from bot.languages.translation_checks import Translation

LONGEST_LABEL = 60
"""Characters of a button: longer labels are cut (at 64, with the sign that it was chosen)."""
GROWTH, ROOM = 1.6, 40
"""How much longer than the English a message may be, as a factor and in additional characters."""

_SENTENCE = re.compile(r"[.!?…。！？؟۔।]+(?=[\s”’»)]|$)|[。！？]|\n")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# A part of a word: letters, and the marks on them that Python does not count as letters.
_PART = r"[\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u200c\u200d]"


class StyleRules(Protocol):
    """The style rules in a language's `about.yaml`."""

    @property
    def longest_sentence(self) -> int: ...
    @property
    def not_said(self) -> tuple[str, ...]: ...
    @property
    def excepted(self) -> Mapping[str, str]: ...


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line is one too."""
    return [s.strip() for s in _SENTENCE.split(text) if s.strip()]


def length(sentence: str) -> int:
    """The number of words; each character of Chinese counts, which has no spaces."""
    parts = _UNSPACED.sub(" ", sentence).split()
    return len(_UNSPACED.findall(sentence)) + sum(any(map(str.isalnum, part)) for part in parts)


def not_said(words: tuple[str, ...]) -> re.Pattern[str]:
    """Finds whole words of a list; one that ends with * is a prefix."""
    # Chinese has no borders between words, so there a word is found anywhere.
    each = [
        re.escape(w)
        if _UNSPACED.search(w)
        else rf"(?<!{_PART}){re.escape(w.rstrip('*'))}"
        + (f"{_PART}*" if w.endswith("*") else f"(?!{_PART})")
        for w in words
    ]
    return re.compile("|".join(each) or r"(?!)", re.IGNORECASE)


def wording_wrong(given: Translation, rules: StyleRules) -> Iterator[str]:
    """Texts too long to read when tired, and words that must not be used."""
    unkind = not_said(rules.not_said)
    for text, said in given.pairs():
        if text.context in rules.excepted:
            continue
        for words in (_PLACEHOLDER.sub("0", form) for form in said):
            longest = max(sentences(words), key=length, default="")
            if length(longest) > rules.longest_sentence:
                yield f"{text.context}: more than {rules.longest_sentence} words: {longest}"
            if found := unkind.search(words):
                yield f"{text.context}: “{found.group()}” is not said"
            if is_label(text) and len(words) > LONGEST_LABEL:
                yield f"{text.context}: a button has at most {LONGEST_LABEL} characters"
            if len(words) > GROWTH * len(text.source) + ROOM:
                yield f"{text.context}: much longer than the English"
