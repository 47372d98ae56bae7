"""What earlier starts offered and sent in each language, as the database stores it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.i18n.catalog import PreviousTranslation

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """One translation of one text, the English it was made for, and since when it is in use."""

    english: tuple[str, ...]
    forms: tuple[str, ...]
    since: str


@dataclass(frozen=True, slots=True)
class RecordedLanguage:
    """One language: whether the last start offered it, and all wordings it was complete with."""

    locale: str
    offered: bool
    draft: bool
    words: Mapping[Key, Wording] = field(default_factory=dict)

    def kept(self) -> dict[str, PreviousTranslation]:
        """The newest wording of each context."""
        return {
            context: PreviousTranslation(w.english, w.forms)
            for (context, _), w in self.words.items()
        }

    def translations(self) -> dict[Key, tuple[str, ...]]:
        """Every wording by its key."""
        return {key: wording.forms for key, wording in self.words.items()}

    def with_words(self, now: Iterable[tuple[Key, Wording]]) -> dict[Key, Wording]:
        """All wordings after today's were added; the newest of a context comes last."""
        words = dict(self.words)
        newest = dict(words.keys())
        for key, wording in now:
            known = words.get(key)
            if known is not None and known.forms == wording.forms and newest[key[0]] == key[1]:
                continue
            words.pop(key, None)
            words[key] = wording
            newest[key[0]] = key[1]
        return words


@dataclass(frozen=True, slots=True)
class RecordedLanguages:
    """All that is remembered: languages by code, and flow versions (name, source), oldest first."""

    languages: Mapping[str, RecordedLanguage] = field(default_factory=dict)
    versions: Sequence[tuple[str, str]] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """The codes of the languages that the last start offered."""
        return tuple(code for code, found in self.languages.items() if found.offered)


NOTHING = RecordedLanguages()
