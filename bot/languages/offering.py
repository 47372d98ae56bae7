"""Chooses the languages to offer, and builds each with the best text for each message.

Completeness is checked in `completeness`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

from babel import Locale

from bot.content.library import FlowLibrary
from bot.i18n.catalog import CatalogError, Translations, po_file, read_translations
from bot.i18n.localizer import Languages, Localizer
from bot.i18n.recorded_languages import NOTHING, RecordedLanguage, RecordedLanguages
from bot.languages.completeness import (
    LanguageInfo,
    LanguageStatus,
    RequiredTexts,
    Requirement,
    examine,
    is_source,
    language_codes,
)
from bot.languages.translation_checks import Translation
from flows.engine import Text


def load_offered(
    library: FlowLibrary,
    flows: Path,
    locales: Path,
    wanted: Iterable[str] = (),
    memory: RecordedLanguages = NOTHING,
) -> Languages:
    """The languages to offer: those configured, or else all that are complete and meant to be.

    A language that the last start offered stays, with the texts it was complete with, unless it was
    switched off: no participant is answered in another language because files changed.

    Raises:
        CatalogError: a configured language is not complete and never was; the message names what it
            lacks.
    """
    asked = [code.lower().replace("-", "_") for code in wanted]
    need = RequiredTexts.of(library, flows)
    there = language_codes(locales)
    every = asked or [*there, *(code for code in memory.offered if code not in there)]
    found = [(code, _standing(code, need, locales, memory)) for code in every]
    # With CHECKIN_LANGUAGES the settings decide what is offered; else what was offered stays.
    stay = memory.languages if asked else memory.offered
    if lost := [s for code, s in found if asked and not s.whole and code not in stay]:
        lines = [
            line for s in lost for line in examine(s.code, need, locales).lines()
        ]  # including its style
        raise CatalogError(
            "\n".join(["CHECKIN_LANGUAGES names a language that is not whole:", *lines])
        )
    chosen = [
        s
        for code, s in found
        if asked or s.offered or is_source(code) or (code in stay and s.about.offered)
    ]
    return Languages(
        (_speaking(s, need, library, locales, memory.languages.get(s.code)) for s in chosen),
        lru_cache(partial(_whatever_there_is, need, library, locales, memory)),
    )


def complete_languages(library: FlowLibrary, flows: Path, locales: Path) -> list[str]:
    """The languages that can be offered by their files alone; one with broken files is not."""
    need, found = RequiredTexts.of(library, flows), []
    for code in language_codes(locales):
        try:
            standing = examine(code, need, locales, wording=False)
        except CatalogError:
            continue
        if standing.offered or is_source(code):
            found.append(code)
    return found


def _standing(
    code: str, need: RequiredTexts, locales: Path, memory: RecordedLanguages
) -> LanguageStatus:
    """The status of a language.

    For one that was offered also if its folder is missing or broken.
    """
    try:
        return examine(code, need, locales, wording=False)
    except CatalogError as error:
        recorded = memory.languages.get(code)
        if recorded is None:
            raise
        said_of = LanguageInfo(locale=recorded.locale, offered=True, draft=recorded.draft)
        of = len(need.texts)
        return LanguageStatus(
            code, said_of, 0, of, {Requirement.TEXTS: (str(error),)}, (), need.texts
        )


def _whatever_there_is(
    need: RequiredTexts, library: FlowLibrary, locales: Path, memory: RecordedLanguages, code: str
) -> Localizer | None:
    """A language that is not offered, as far as it has texts; None where there is none."""
    if code not in memory.languages and not po_file(locales, code).is_file():
        return None
    try:
        standing = _standing(code, need, locales, memory)
    except CatalogError:
        return None
    return _speaking(standing, need, library, locales, memory.languages.get(code))


def _speaking(
    standing: LanguageStatus,
    need: RequiredTexts,
    library: FlowLibrary,
    locales: Path,
    recorded: RecordedLanguage | None,
) -> Localizer:
    """A localizer with the best text there is for each message of today."""
    if is_source(standing.code):
        return _localizer(standing, library, {})
    file = po_file(locales, standing.code)
    locale = Locale.parse(standing.about.locale)
    lost = None if standing.whole else recorded
    try:
        given = Translation(standing.code, locale, need.texts, file, lost)
        said = dict(read_translations(file)) if file.is_file() else {}
    except CatalogError:
        given = Translation(standing.code, locale, need.texts, file / "none", lost)
        said = {}
    if recorded is not None:
        said = {**recorded.translations(), **said}
    lacks, older = set[Text](), set[Text]()
    # Where the language is complete, its translations have been checked already.
    looked_at = standing.waiting if standing.whole else need.texts
    for text in looked_at:
        found = given.best_translation(text)
        if found:
            said[text.key] = found
            if found != given.of(text):
                older.add(text)
        else:
            said.pop(text.key, None)
            lacks.add(text)
    return _localizer(standing, library, said, frozenset(lacks), frozenset(older))


def load_unchecked(
    library: FlowLibrary, flows: Path, locales: Path, code: str
) -> tuple[Localizer, LanguageStatus]:
    """A language for authors, complete or not: what it lacks is in English.

    Where participants still get an older wording, authors do too.

    Raises:
        CatalogError: there is no such language, or its files cannot be read.
    """
    need = RequiredTexts.of(library, flows)
    standing = examine(code, need, locales)
    return _speaking(standing, need, library, locales, None), standing


def _localizer(
    standing: LanguageStatus,
    library: FlowLibrary,
    said: Translations,
    lacks: frozenset[Text] = frozenset(),
    older: frozenset[Text] = frozenset(),
) -> Localizer:
    about_it = standing.about
    tells = about_it.draft and not is_source(standing.code)
    return Localizer(
        standing.code,
        library.phrases,
        said,
        about_it.locale,
        draft=tells,
        lacks=lacks,
        older=older,
    )
