"""Formats texts, dates and lists in a language.

Completeness of a language is checked in `languages`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists

from bot.i18n import bidi
from bot.i18n.catalog import Translations, forms
from flows.engine import WORDS_TO_SEND, LazyText, Lines, Phrases, Quoted, Recap, Text, Value

SOURCE_LANGUAGE = "en"
LONGEST_QUOTE = 400
"""Characters of a participant's own text in one quote; what is stored has all of them."""

_PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
COUNT = re.compile(r"^[^\n.:。：।۔]*\{number\}[^\n]*?[.:。：।۔]\s*")
"""The number of a question in its series, with which each begins: "1 of 5. "."""
# Where CLDR's own digits for a language are not 0 to 9: the first of them (CLDR numberingSystems).
_ZERO = {"arab": 0x0660, "arabext": 0x06F0, "beng": 0x09E6, "deva": 0x0966}
_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})


class _Isolated(str):
    """Text that turns nothing, with isolates inside that must not be removed."""

    __slots__ = ()


class Localizer:
    """One language: translations and formats."""

    def __init__(
        self,
        code: str,
        phrases: Phrases,
        translations: Translations | None = None,
        locale: str | None = None,
        *,
        draft: bool = False,
        lacks: frozenset[Text] = frozenset(),
        older: frozenset[Text] = frozenset(),
    ):
        self.code = code
        self.draft = draft
        self.lacks = lacks
        """Texts of today without a translation."""
        self.locale = Locale.parse(locale or {SOURCE_LANGUAGE: "en_GB"}.get(code, code))
        self.right_to_left = self.locale.text_direction == "rtl"
        self._older = older
        self._phrases = phrases
        self._translations = translations or {}
        self._forms = forms(self.locale)
        zero = _ZERO.get(self.locale.default_numbering_system)
        self._digits = {ord("0") + n: zero + n for n in range(10)} if zero else {}
        self._texts: dict[Text, str] = {}

    def has_all(self, texts: Iterable[Text]) -> bool:
        """Whether every one of these texts is translated."""
        return self.code == SOURCE_LANGUAGE or all(t.key in self._translations for t in texts)

    def current(self, text: Text) -> tuple[str, ...]:
        """The forms of a text, if they were made for its English; else empty."""
        return () if text in self._older else self._translations.get(text.key, ())

    def retain(self, older: Localizer) -> None:
        """Retains translations of texts that no new check-in asks."""
        if older.code == self.code:
            self._translations = {**older._translations, **self._translations}
            self._texts.clear()

    def text(self, text: Text) -> str:
        """The translation of a text, with its placeholders unfilled."""
        said = self._texts.get(text)
        if said is None:
            said = self._texts[text] = self._directed(text, self._words(text))
        return said

    def phrase(self, name: str, values: Mapping[str, Value] | None = None) -> str:
        """A phrase, filled in."""
        return self.say(self._phrases[name].text, values)

    def say(self, text: Text, values: Mapping[str, Value] | None = None) -> str:
        """A text in this language with its placeholders filled: translated first, then filled."""
        if text.count is None and "{" not in text.source:
            return self.text(text)
        return self._directed(text, self._filled(text, values or {}))

    def format_value(self, value: Value) -> str:
        """One value as this language writes it."""
        if isinstance(value, Quoted):
            return self._quoted(value)
        if isinstance(value, Recap):
            items = (f"{self.question(text)}\n{self._quoted(said)}" for text, said in value.items)
            return "\n\n".join(items)
        if isinstance(value, Lines):
            return "\n".join(self.say(line.text, dict(line.values)) for line in value.lines)
        if isinstance(value, dt.date):
            day = dates.format_skeleton("MMMMd", value, locale=self.locale)
            return self.isolated(day.translate(self._digits))
        if isinstance(value, int):
            return self.isolated(str(value).translate(self._digits))
        if isinstance(value, _Isolated):
            return value
        if isinstance(value, LazyText):
            value = self.say(value.text, dict(value.values))
        return self.isolated(bidi.clean(value))

    def format_datetime(self, moment: dt.datetime, zone: str) -> str:
        """A date and time in the participant's time zone."""
        local = moment.astimezone(ZoneInfo(zone))
        weekday = dates.format_date(local, "EEEE", locale=self.locale)
        day = dates.format_skeleton("MMMMd", local, locale=self.locale)
        comma = "،" if self.right_to_left else ","
        # Isolated, or "10:30 AM" would be turned round behind the name of a month in Urdu.
        said = f"{weekday} {day}{comma} {self.isolated(self.format_time(local.time()))}"
        return _Isolated(self.isolated(said.translate(self._digits)))

    def format_day_and_time(self, moment: dt.datetime, zone: str) -> str:
        """A day without its year, and a time behind it, in the participant's time zone."""
        local = moment.astimezone(ZoneInfo(zone))
        comma = "،" if self.right_to_left else ","
        time = self.isolated(self.format_time(local.time()))
        return _Isolated(self.isolated(f"{self.format_value(local.date())}{comma} {time}"))

    def format_time_and_date(self, moment: dt.datetime, zone: str) -> str:
        """A time with its date behind it, in the participant's time zone."""
        time = self.isolated(self.format_time(moment.astimezone(ZoneInfo(zone)).time()))
        return _Isolated(self.isolated(f"{time} ({self.format_date(moment, zone)})"))

    def format_date(self, moment: dt.datetime, zone: str) -> str:
        """A date with its year, in the participant's time zone."""
        local = moment.astimezone(ZoneInfo(zone)).date()
        said = dates.format_date(local, "long", locale=self.locale).translate(self._digits)
        return _Isolated(self.isolated(said))

    def format_list(self, names: Iterable[str]) -> str:
        """A list of names."""
        return lists.format_list([bidi.clean(name) for name in names], locale=self.locale)

    def weekdays(self) -> list[str]:
        """The days of the week, Monday first."""
        names = dates.get_day_names("wide", context="stand-alone", locale=self.locale)
        return [names[number] for number in range(7)]

    def format_time(self, time: dt.time) -> str:
        """A time of day."""
        return dates.format_time(time, "short", locale=self.locale).translate(self._digits)

    def isolated(self, text: str) -> str:
        """The text isolated from the direction of its line.

        Unchanged where all is left-to-right.
        """
        return bidi.isolated(text) if self.right_to_left or bidi.has_right_to_left(text) else text

    def _directed(self, text: Text, said: str) -> str:
        # An untranslated text is in English, or a language's own name: it keeps its own direction.
        return bidi.lines(said) if self.right_to_left and text.key in self._translations else said

    def _words(self, text: Text, number: Value | None = None) -> str:
        found = self._translations.get(text.key)
        if found is None:
            return text.one if text.one is not None and number == 1 else text.source
        form = self.locale.plural_form(number) if isinstance(number, int) else "other"
        words = found[self._forms.index(form)] if text.count else found[0]
        return bidi.template(words) if self.right_to_left else words

    def _filled(self, text: Text, given: Mapping[str, Value]) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match.group(1)
            if name in WORDS_TO_SEND and name in self._phrases.said:
                return self.isolated(self._words(self._phrases[name].text))
            if name not in given:
                return match.group(0)
            # Some numbers have a phrase of their own, such as "12 months".
            spoken = self._phrases.said.get(name)
            if spoken is not None and spoken.text.count == name and spoken.text is not text:
                return self._filled(spoken.text, given)
            return self.format_value(given[name])

        words = self._words(text, given.get(text.count or ""))
        return _PLACEHOLDER.sub(fill, words) if "{" in words else words

    def question(self, text: Text) -> str:
        """A question without its number, which means nothing outside its series."""
        return self.isolated(COUNT.sub("", self._words(text)))

    def _quoted(self, quoted: Quoted) -> str:
        parts: list[str] = []
        if quoted.labels:
            labels = [self.isolated(self._words(label)) for label in quoted.labels]
            parts.append(lists.format_list(labels, locale=self.locale))
        if quoted.words:
            words = truncate(bidi.clean(quoted.words))
            parts.append(self.phrase("quote", {"words": words}))
        if quoted.voice:
            parts.append(self.phrase("a_voice_note"))
        if not parts:
            unsaid = {"rather_not_say": "rather_not_say", "not_sure": "not_sure"}
            parts.append(self.phrase(unsaid.get(quoted.state, "not_answered")))
        return "\n".join(parts)


def truncate(words: str, longest: int = LONGEST_QUOTE) -> str:
    """The text, cut at a space with an ellipsis when it is too long to quote."""
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    kept = cut.rsplit(None, 1)[0] if " " in cut[longest // 2 :] else cut
    return bidi.closed(kept + "…")


class Languages:
    """The languages this bot offers."""

    def __init__(
        self,
        languages: Iterable[Localizer],
        others: Callable[[str], Localizer | None] = lambda _code: None,
    ) -> None:
        """`languages` are those offered.

        `others` returns one that is not, as far as it has texts.
        """
        self._languages = {localizer.code: localizer for localizer in languages}
        self._others = others

    def for_safety(self, code: str) -> Localizer:
        """The language a participant chose, for help, danger and stop, even if not offered."""
        if code in self._languages:
            return self._languages[code]
        return self._others(code) or self[code]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the languages offered, in order."""
        return tuple(self._languages)

    def retain(self, older: Languages) -> None:
        """Retains earlier translations after a reload, for the check-ins still open on them."""
        for code, localizer in self._languages.items():
            localizer.retain(older[code])

    def __getitem__(self, code: str) -> Localizer:
        """A language by its code; one no longer offered is used while it lacks no text.

        Else the first one is used.
        """
        found = self._languages.get(code)
        if found is None:
            other = self._others(code)
            found = other if other is not None and not other.lacks else None
        return found or next(iter(self._languages.values()))

    def match(self, hint: str | None) -> str | None:
        """The offered language that an app's language tag matches; None when it must be asked."""
        if len(self._languages) == 1:
            return next(iter(self._languages))
        tag = (hint or "").lower().replace("-", "_")
        if tag.split("_")[0] == "zh":
            # A tag may name the place only: these write the traditional characters.
            tag = "zh_hant" if _TRADITIONAL & set(tag.split("_")) else "zh_hans"
        for code in (tag, tag.split("_", 1)[0]):
            if code in self._languages:
                return code
        return None
