"""Rules for one translation: everything translated, in every plural form, placeholders kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

from babel import Locale

from bot.i18n import bidi
from bot.i18n.catalog import PreviousTranslation, forms, plural_forms, read_parsed_catalog
from bot.i18n.localizer import COUNT, SOURCE_LANGUAGE
from bot.i18n.recorded_languages import RecordedLanguage
from flows.engine import Text, placeholders
from flows.engine.normalise import normalise

# Phone numbers and the like are dialled as they are. Fewer digits may be written as the language
# writes them ("aged 13").
_DIALLED = re.compile(r"(?<![\w{])\d(?: ?\d){2,}")
_WHOLE = re.compile(r"\{[a-z0-9_.]+\}")
_FILLED = re.compile(r"(has|lacks) \{")
_KEYWORDS = {"STOP": "stop", "START": "start", "HELP": "help"}


# The English is parsed once for all languages.
@lru_cache(maxsize=4096)
def _dialled(source: str) -> tuple[str, ...]:
    return tuple(_DIALLED.findall(source))


@lru_cache(maxsize=4096)
def _keywords(source: str) -> tuple[str, ...]:
    return tuple(word for word in _KEYWORDS if re.search(rf"\b{word}\b", source))


class Translation:
    """A language's translations beside the texts to translate."""

    def __init__(
        self,
        code: str,
        locale: Locale,
        texts: tuple[Text, ...],
        file: Path,
        recorded: RecordedLanguage | None = None,
    ) -> None:
        """Reads the catalogue, if there is one; `recorded` replaces what it lacks.

        Raises:
            CatalogError: it cannot be read.
        """
        self.code = code
        self.locale = locale
        self.texts = texts
        self.forms = forms(locale)
        self.is_source = code == SOURCE_LANGUAGE
        self.plural_rule: str | None = None
        self.fuzzy: frozenset[tuple[str, str]] = frozenset()
        self._found: Mapping[tuple[str, str], tuple[str, ...]] = {}
        self._kept: Mapping[str, PreviousTranslation] = {}
        self._recorded: Mapping[str, PreviousTranslation] = {}
        if not self.is_source and file.is_file():
            said = read_parsed_catalog(file)
            self.plural_rule, self.fuzzy = said.plural_rule, said.fuzzy
            # A text that is asked again in an earlier wording needs no other translation.
            before = {key: words for key, words in said.obsolete.items() if key not in self.fuzzy}
            self._found, self._kept = {**before, **said.current}, said.previous
        if recorded is not None:
            given = {key: words for key, words in self._found.items() if any(words)}
            self._found = {**recorded.translations(), **given}
            self._recorded = recorded.kept()

    def of(self, text: Text) -> tuple[str, ...]:
        """The forms of a text in this language; empty when there are none."""
        if self.is_source:
            return (text.one, text.source) if text.one is not None else (text.source,)
        return self._found.get(text.key, ())

    def kept(self, text: Text) -> tuple[str, ...]:
        """The forms of an older wording that can be sent in this text's place, if there is one.

        Its English had the same placeholders, or is a phrase: those the bot fills in by name.
        """
        if self.is_source:
            return ()
        each = (kept.get(text.context) for kept in (self._kept, self._recorded))
        return next(filter(None, (self._fitting(one, text) for one in each if one)), ())

    def _fitting(self, found: PreviousTranslation, text: Text) -> tuple[str, ...]:
        forms = _dialling(found, text)
        if not found.english or (len(found.english) > 1) is not (text.count is not None):
            # "other" is the form for every number.
            forms = (forms[-1],) * (len(self.forms) if text.count is not None else 1)
        if not forms or len(forms) != (len(self.forms) if text.count is not None else 1):
            return ()
        faults = list(self.faults_of(text, forms))
        if is_phrase(text):
            faults = [fault for fault in faults if not _FILLED.match(fault)]
        return () if faults else forms

    def best_translation(self, text: Text) -> tuple[str, ...]:
        """The forms to send: the translation, unless it has errors, or an older one."""
        said = self.of(text)
        need = len(self.forms) if text.count is not None else 1
        if said and all(said) and len(said) == need and not any(self.faults_of(text, said)):
            return said
        return self.kept(text)

    def faults_of(self, text: Text, forms: tuple[str, ...]) -> Iterator[str]:
        """What must stay unchanged in every language, and does not in these forms."""
        names = self.forms if text.count is not None else ("other",)
        for form, words in zip(names, forms, strict=False):
            if words:
                free = text.count if text.count and form in self.for_one else None
                yield from _changed(text, words, free)

    def pairs(self) -> Iterator[tuple[Text, tuple[str, ...]]]:
        """Each translated text with its forms."""
        for text in self.texts:
            if any(said := self.of(text)):
                yield text, said

    @cached_property
    def for_one(self) -> frozenset[str]:
        """The plural forms for one number only, which may be a word then, or left out.

        In Ukrainian "one" is also for 21 and in French for 0, so there the number must be written.
        """
        numbers = Counter(self.locale.plural_form(n) for n in range(201))
        return frozenset(form for form, count in numbers.items() if count == 1)


def is_phrase(text: Text) -> bool:
    """Whether a text is sent outside a flow, where only its name and its text can change."""
    return text.file in ("phrases.yaml", "workers.yaml")


def waiting(given: Translation) -> tuple[Text, ...]:
    """Texts still sent in an older wording, until their translation is done."""
    return tuple(t for t in given.texts if not any(given.of(t)) and given.kept(t))


def lacking(given: Translation) -> tuple[Text, ...]:
    """Texts with neither a translation nor an older wording that can be sent."""
    return tuple(t for t in given.texts if not any(given.of(t)) and not given.kept(t))


def missing(given: Translation) -> Iterator[str]:
    """Texts without a translation, or with one that a translator has yet to check."""
    for text in lacking(given):
        if text.key in given.fuzzy:
            yield f"{text.context}: changed in English, look at it again (fuzzy)"
        else:
            yield f"{text.context}: not translated"


def forms_wrong(given: Translation) -> Iterator[str]:
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


def placeholder_errors(given: Translation) -> Iterator[str]:
    """Translations that lose what must stay unchanged in every language."""
    for text, said in given.pairs():
        yield from (f"{text.context}: {fault}" for fault in given.faults_of(text, said))


def _dialling(kept: PreviousTranslation, text: Text) -> tuple[str, ...]:
    """An older wording with the phone numbers that are right today."""
    english = kept.english[-1] if kept.english else text.source
    was, now = _dialled(english), _dialled(text.source)
    if was == now or len(was) != len(now):
        return kept.forms
    new = dict(zip(was, now, strict=True))
    return tuple(_DIALLED.sub(lambda m: new.get(m[0], m[0]), words) for words in kept.forms)


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


def keyword_errors(
    given: Translation, listened: Mapping[str, Mapping[str, Sequence[str]]]
) -> Iterator[str]:
    """Texts that ask people to send a keyword which would not be recognised."""
    for text, said in given.pairs():
        for keyword in _keywords(text.source):
            heard = [keyword, *listened[_KEYWORDS[keyword]].get(given.code, ())]
            if not all(
                any(normalise(w) in normalise(words) for w in heard) for words in said if words
            ):
                yield f"{text.context}: tells nobody to send {keyword} or one of its words"
