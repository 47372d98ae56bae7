"""The laws of one translation: all is said, in every plural form, with all that must stay.

Does not judge the wording.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path

from babel import Locale

from bot import bidi
from bot.catalogues import forms, plural_forms, read_said
from bot.i18n import COUNT, SOURCE_LANGUAGE
from flows.engine import Text, placeholders
from flows.engine.normalise import plain

# Phone numbers and the like are dialled as they stand. Fewer digits may be written as the language
# writes them ("aged 13").
_DIALLED = re.compile(r"(?<![\w{])\d(?: ?\d){2,}")
_WHOLE = re.compile(r"\{[a-z0-9_.]+\}")
_KEYWORDS = {"STOP": "stop", "START": "start", "HELP": "help"}


# The English is looked at once for all languages.
@lru_cache(maxsize=4096)
def _dialled(source: str) -> tuple[str, ...]:
    return tuple(_DIALLED.findall(source))


@lru_cache(maxsize=4096)
def _keywords(source: str) -> tuple[str, ...]:
    return tuple(word for word in _KEYWORDS if re.search(rf"\b{word}\b", source))


class Given:
    """A language's translations beside what there is to translate."""

    def __init__(self, code: str, locale: Locale, texts: tuple[Text, ...], file: Path) -> None:
        """Reads the catalogue, if there is one.

        Raises:
            WrongWords: when it cannot be read.
        """
        self.code = code
        self.locale = locale
        self.texts = texts
        self.forms = forms(locale)
        self.is_source = code == SOURCE_LANGUAGE
        self.plural_rule: str | None = None
        self.fuzzy: frozenset[tuple[str, str]] = frozenset()
        self._found: Mapping[tuple[str, str], tuple[str, ...]] = {}
        if not self.is_source and file.is_file():
            said = read_said(file)
            self.plural_rule, self.fuzzy, self._found = said.plural_rule, said.fuzzy, said.now

    def of(self, text: Text) -> tuple[str, ...]:
        """The forms of a text in this language; empty when there are none."""
        if self.is_source:
            return (text.one, text.source) if text.one is not None else (text.source,)
        return self._found.get(text.key, ())

    def pairs(self) -> Iterator[tuple[Text, tuple[str, ...]]]:
        """Each text that is said at all, with its forms."""
        for text in self.texts:
            if any(said := self.of(text)):
                yield text, said

    @cached_property
    def for_one(self) -> frozenset[str]:
        """The plural forms that are for one number only, which may be a word then, or not said.

        In Ukrainian "one" is also for 21 and in French for 0, so there the number must be said.
        """
        numbers = Counter(self.locale.plural_form(n) for n in range(201))
        return frozenset(form for form, count in numbers.items() if count == 1)


def unsaid(given: Given) -> Iterator[str]:
    """Texts without a translation, or with one that a person has yet to look at."""
    for text in given.texts:
        if text.key in given.fuzzy:
            yield f"{text.context}: changed in English, look at it again (fuzzy)"
        elif not any(given.of(text)):
            yield f"{text.context}: not translated"


def forms_wrong(given: Given) -> Iterator[str]:
    """Plural forms that are missing, or are not those that CLDR has for the language."""
    rule = plural_forms(given.locale)
    if given.plural_rule is not None and given.plural_rule.rstrip("; ") != rule:
        yield f"the file's Plural-Forms should be: {rule}"
    for text, said in given.pairs():
        expected = given.forms if text.count is not None else ("other",)
        if len(said) != len(expected):
            yield f"{text.context}: has {len(said)} forms and needs {', '.join(expected)}"
        for form, words in zip(expected, said, strict=False):
            if not words:
                yield f"{text.context}: its form `{form}` is empty"


def kept_wrong(given: Given) -> Iterator[str]:
    """What must stay as it is in every language, and does not."""
    for text, said in given.pairs():
        names = given.forms if text.count is not None else ("other",)
        for form, words in zip(names, said, strict=False):
            if words:
                free = text.count if text.count and form in given.for_one else None
                for fault in _changed(text, words, free):
                    yield f"{text.context}: {fault}"


def _changed(text: Text, words: str, free: str | None) -> Iterator[str]:
    if "{" in text.source or "{" in words or "}" in words:
        wanted, found = set(placeholders(text.source)), set(placeholders(words))
        for name in sorted(found ^ wanted):
            if name not in wanted:
                yield f"has {{{name}}}, which the English has not"
            elif name != free:
                yield f"lacks {{{name}}}"
        if set(_WHOLE.sub("", words)) & set("{}"):
            yield "has a brace without its partner"
    dialled = _dialled(text.source)
    if sorted(dialled) != sorted(_DIALLED.findall(words)):
        yield f"its numbers to ring must be {', '.join(dialled) or 'none'}"
    if not bidi.CONTROLS.isdisjoint(words):
        yield "holds a mark for the writing direction; leave it out, the bot sets them itself"
    if "{number}" in text.source:
        counted = COUNT.match(words)
        if counted is None or ("{total}" in words and "{total}" not in counted.group()):
            yield "must begin with its count and a full stop or colon, as in “1 of 5.”"


def told_wrong(given: Given, listened: Mapping[str, Mapping[str, list[str]]]) -> Iterator[str]:
    """Texts that tell people to send a word which nobody would understand."""
    for text, said in given.pairs():
        for keyword in _keywords(text.source):
            heard = [keyword, *listened[_KEYWORDS[keyword]].get(given.code, ())]
            if not all(any(plain(w) in plain(words) for w in heard) for words in said if words):
                yield f"{text.context}: tells nobody to send {keyword} or one of its words"
