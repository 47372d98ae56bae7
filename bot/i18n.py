"""Says a text in a language: words from the catalogues, dates and lists as that language has them.

Does not choose the words, and knows nothing of Telegram.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, lists
from babel.messages import pofile

from flows.engine import Phrases, Quoted, Recap, Text, Value

SOURCE_LANGUAGE = "en"
LONGEST_QUOTE = 400
"""Characters of a person's own words in one quote; all of them stay in what is kept."""

_FSI, _PDI = "\u2068", "\u2069"
_PLACEHOLDER = re.compile(r"\{([a-z0-9_.]+)\}")
# Marks that would turn the lines after them round; the isolates we add ourselves stay balanced.
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C])
_RTL = frozenset({"ar", "fa", "ur", "ckb", "ps", "he"})


class Tongue:
    """One language, ready to speak."""

    def __init__(self, code: str, phrases: Phrases, catalogue: Mapping[tuple[str, str], str]):
        self.code = code
        self.locale = Locale.parse(code.replace("zh_hans", "zh_Hans"))
        self.right_to_left = code in _RTL
        self._phrases = phrases
        self._catalogue = catalogue

    def text(self, text: Text) -> str:
        """The words for a text, without filling anything in."""
        return self._catalogue.get((text.context, text.source), text.source)

    def phrase(self, name: str, values: Mapping[str, Value] | None = None) -> str:
        """A phrase, filled in."""
        return self.say(self._phrases[name].text, values)

    def say(self, text: Text, values: Mapping[str, Value] | None = None) -> str:
        """A text in this language with its placeholders filled: translated first, then filled."""
        given = values or {}

        def fill(match: re.Match[str]) -> str:
            name = match.group(1)
            return self.value(given[name]) if name in given else match.group(0)

        return _PLACEHOLDER.sub(fill, self.text(text))

    def value(self, value: Value) -> str:
        """One value as this language writes it."""
        if isinstance(value, Quoted):
            return self._quoted(value)
        if isinstance(value, Recap):
            items = (f"{self._question(text)}\n{self._quoted(said)}" for text, said in value.items)
            return "\n\n".join(items)
        if isinstance(value, dt.date):
            return self.isolated(dates.format_date(value, "d MMMM", locale=self.locale))
        if isinstance(value, int):
            return self.isolated(str(value))
        return self.isolated(value.translate(_BIDI))

    def moment(self, moment: dt.datetime, zone: str) -> str:
        """A day and time on the person's own clock."""
        local = moment.astimezone(ZoneInfo(zone))
        return self.isolated(dates.format_datetime(local, "EEEE d MMMM, HH:mm", locale=self.locale))

    def weekdays(self) -> list[str]:
        """The days of the week, Monday first."""
        names = dates.get_day_names("wide", context="stand-alone", locale=self.locale)
        return [names[number] for number in range(7)]

    def time(self, time: dt.time) -> str:
        """A time of day."""
        return dates.format_time(time, "HH:mm", locale=self.locale)

    def isolated(self, text: str) -> str:
        """The text kept from turning a right-to-left line round; as it is in other languages."""
        return f"{_FSI}{text}{_PDI}" if self.right_to_left else text

    def _question(self, text: Text) -> str:
        """A question without its place in the count, which means nothing out of its row."""
        words = self.text(text)
        head, dot, tail = words.partition(". ")
        return tail if dot and "{number}" in head else words

    def _quoted(self, quoted: Quoted) -> str:
        parts: list[str] = []
        if quoted.labels:
            labels = [self.text(label) for label in quoted.labels]
            parts.append(lists.format_list(labels, locale=self.locale))
        if quoted.words:
            words = shortened(quoted.words.translate(_BIDI))
            parts.append(self.phrase("quote", {"words": words}))
        if quoted.voice:
            parts.append(self.phrase("a_voice_note"))
        if not parts:
            unsaid = {"rather_not_say": "rather_not_say", "not_sure": "not_sure"}
            parts.append(self.phrase(unsaid.get(quoted.state, "not_answered")))
        return "\n".join(parts)


def shortened(words: str, longest: int = LONGEST_QUOTE) -> str:
    """The words, cut at a blank with an ellipsis when they are too long to quote."""
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    return (cut.rsplit(None, 1)[0] if " " in cut[longest // 2 :] else cut) + "…"


class Tongues:
    """The languages this bot offers."""

    def __init__(self, phrases: Phrases, locales: Path, wanted: tuple[str, ...] = ()) -> None:
        """Reads the catalogues.

        Raises:
            LookupError: naming a wanted language that has no catalogue.
        """
        found = {
            path.parent.parent.name.lower(): path
            for path in sorted(locales.glob("*/LC_MESSAGES/messages.po"))
        }
        codes = wanted or (SOURCE_LANGUAGE, *(c for c in found if c != SOURCE_LANGUAGE))
        unknown = [c for c in codes if c != SOURCE_LANGUAGE and c not in found]
        if unknown:
            raise LookupError(f"CHECKIN_LANGUAGES: no catalogue for {', '.join(unknown)}")
        self._tongues = {code: Tongue(code, phrases, _catalogue(found.get(code))) for code in codes}

    @property
    def offered(self) -> tuple[str, ...]:
        """The codes of the languages offered, in order."""
        return tuple(self._tongues)

    def __getitem__(self, code: str) -> Tongue:
        """A language by its code; one no longer offered falls back to the first."""
        return self._tongues.get(code) or next(iter(self._tongues.values()))

    def guess(self, hint: str | None) -> str | None:
        """The offered language an app's language tag points to; None when it must be asked."""
        if len(self._tongues) == 1:
            return next(iter(self._tongues))
        tag = (hint or "").lower().replace("-", "_")
        if tag in ("zh", "zh_cn", "zh_sg"):
            tag = "zh_hans"
        for code in (tag, tag.split("_", 1)[0]):
            if code in self._tongues:
                return code
        return None


def _catalogue(path: Path | None) -> dict[tuple[str, str], str]:
    if path is None:
        return {}
    with path.open("rb") as file:
        messages = pofile.read_po(file)
    return {
        (str(m.context or ""), str(m.id)): str(m.string)
        for m in messages
        if m.id and m.string and not m.fuzzy
    }
