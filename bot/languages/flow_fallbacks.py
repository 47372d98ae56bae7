"""Keeps each language on the newest version of a flow that is translated.

A new question is asked at once in the languages that have it; in the others the previous version is
asked, whole.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.content.library import FlowLibrary
from bot.i18n.localizer import SOURCE_LANGUAGE, Languages, Localizer
from bot.i18n.recorded_languages import RecordedLanguage, RecordedLanguages, Wording
from bot.i18n.tools.extraction import collect_texts
from bot.languages.completeness import LanguageStatus
from flows.engine import BrokenFlow, Flow, Text, load_old

WELCOME = "welcome"
_MANY = 3


def fall_back(library: FlowLibrary, localizers: Languages, memory: RecordedLanguages) -> None:
    """Gives the languages that lack texts of a flow the newest version translated into them.

    The first texts are sent before a language is known, so they are the same version for all.
    """
    every = [localizers[code] for code in localizers.codes]
    if not any(localizer.lacks for localizer in every):
        return
    for name, flow in list(library.current.items()):
        texts = frozenset(collect_texts(flow))
        behind = [localizer for localizer in every if not localizer.lacks.isdisjoint(texts)]
        if behind and name == WELCOME:
            if (older := _newest(name, every, memory)) is not None:
                library.current[name] = library.take_in(older)
            continue
        for localizer in behind:
            if (older := _newest(name, [localizer], memory)) is not None:
                library.retain_text(localizer.code, older)


def _newest(name: str, localizers: Sequence[Localizer], memory: RecordedLanguages) -> Flow | None:
    for flow_name, source in reversed(memory.versions):
        if flow_name != name:
            continue
        try:
            flow = load_old(source, name)
        except BrokenFlow:
            continue
        texts = list(collect_texts(flow))
        if all(localizer.has_all(texts) for localizer in localizers):
            return flow
    return None


def unspoken(library: FlowLibrary, localizers: Languages) -> list[str]:
    """Texts that would be sent in English in this language, for want of anything better."""
    lines = []
    for code in localizers.codes:
        if not localizers[code].lacks:
            continue
        walked = [library.today_for(name, code) for name in library.current]
        said = set(collect_texts([walked, library.phrases, library.threads]))
        if left := sorted(text.context for text in localizers[code].lacks & said):
            more = f" and {len(left) - _MANY} more" if len(left) > _MANY else ""
            lines.append(f"{code}: in English until translated: {', '.join(left[:_MANY])}{more}")
    return lines


# --- what is remembered --------------------------------------------------------------------------


def recorded_now(
    library: FlowLibrary, localizers: Languages, memory: RecordedLanguages, today: dt.date
) -> dict[str, RecordedLanguage]:
    """The languages whose record changes by what is offered now, each with its new record."""
    # Of today alone: an older version's text must not become the newest of its context again.
    today_all = [library.current, library.phrases, library.threads]
    texts = tuple(dict.fromkeys(collect_texts(today_all)))
    found: dict[str, RecordedLanguage] = {}
    every = dict.fromkeys((*memory.languages, *localizers.codes))
    for code in (code for code in every if code != SOURCE_LANGUAGE):
        known = memory.languages.get(code)
        if code not in localizers.codes:
            if known is not None and known.offered:
                found[code] = RecordedLanguage(known.locale, False, known.draft, known.words)
            continue
        localizer = localizers[code]
        locale = str(localizer.locale)
        old = known or RecordedLanguage(locale, True, localizer.draft)
        now = [
            (text.key, Wording(_english(text), forms, f"{today:%Y-%m-%d}"))
            for text in texts
            if (forms := localizer.current(text))
        ]
        new = RecordedLanguage(locale, True, localizer.draft, old.with_words(now))
        if known is None or new != known or list(new.words) != list(known.words):
            found[code] = new
    return found


def _english(text: Text) -> tuple[str, ...]:
    return (text.one, text.source) if text.one is not None else (text.source,)


# --- untranslated texts, for the operator --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingText:
    """A text that languages still send in an older wording, or lack."""

    place: str
    languages: tuple[str, ...]
    since: str = ""
    new: bool = False

    def __str__(self) -> str:
        many = len(self.languages) > 1
        who = f"{len(self.languages)} languages" if many else self.languages[0]
        which = f" ({', '.join(self.languages)})" if many else ""
        when = f"those of {_day(self.since)}" if self.since else "the words before"
        if self.new:
            return (
                f"{self.place}: new, and {who} {'have' if many else 'has'} no words for it{which}"
            )
        return f"{self.place}: {who} still {'say' if many else 'says'} {when}{which}"


def waits(
    standings: Iterable[LanguageStatus], offered: Iterable[str] | None, memory: RecordedLanguages
) -> list[WaitingText]:
    """What waits for translators in the languages offered, or meant to be where None is given."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    lacking: defaultdict[str, list[str]] = defaultdict(list)
    since: dict[str, str] = {}
    chosen = set(offered) if offered is not None else None
    for standing in standings:
        if not standing.about.offered if chosen is None else standing.code not in chosen:
            continue
        kept = _newest_days(memory.languages.get(standing.code))
        for text in standing.waiting:
            said[text.context].append(standing.code)
            if day := kept.get(text.context):
                since[text.context] = min(day, since.get(text.context, day))
        for text in standing.lacks:
            lacking[text.context].append(standing.code)
    return [
        *(WaitingText(place, tuple(codes), since.get(place, "")) for place, codes in said.items()),
        *(WaitingText(place, tuple(codes), new=True) for place, codes in lacking.items()),
    ]


def _newest_days(recorded: RecordedLanguage | None) -> Mapping[str, str]:
    if recorded is None:
        return {}
    return {context: wording.since for (context, _), wording in recorded.words.items()}


def _day(day: str) -> str:
    found = dt.date.fromisoformat(day)
    return f"{found.day} {found:%B %Y}"


def in_short(found: Sequence[WaitingText], most: int = _MANY) -> Iterator[str]:
    """The first of them, and how many more there are."""
    yield from (str(wait) for wait in found[:most])
    if len(found) > most:
        yield f"and {len(found) - most} more"
