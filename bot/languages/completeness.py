"""Checks whether each language is complete, and names what is missing where it is not.

Checks what can be counted; whether a translation is right and kind is for its readers to judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import yaml
from babel import Locale, UnknownLocaleError, localedata
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.content.library import FlowLibrary
from bot.content.loading import read_folder, read_plain_stops
from bot.i18n.catalog import CatalogError, po_file
from bot.i18n.localizer import SOURCE_LANGUAGE
from bot.i18n.tools.extraction import collect_texts
from bot.languages.style_checks import wording_wrong
from bot.languages.translation_checks import (
    Translation,
    forms_wrong,
    is_phrase,
    keyword_errors,
    lacking,
    missing,
    placeholder_errors,
    waiting,
)
from bot.settings import Settings
from flows.engine import BrokenFlow, Meaning, Text
from flows.engine.keywords import FOLDER_OF_STOPS, OTHER_WORDS, STOP, STOP_FORMS
from flows.engine.replies.reply_words import reply_languages
from flows.engine.yaml_reader import yaml_files

_UNASKED = (
    "unit_patterns",
    "unit_display_names",
    "compound_unit_patterns",
    "currency_names",
    "currency_names_plural",
    "compact_currency_formats",
    "compact_decimal_formats",
    "meta_zones",
    "time_zones",
    "date_fields",
    "interval_formats",
)
"""CLDR data for units, money and the names of time zones, which the bot does not use."""

MOST_NAMED = 3
"""How many faults of a kind are named one by one."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time, where it is there


class LanguageInfo(BaseModel):
    """The contents of `about.yaml`, the description of a language beside its catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    locale: str
    offered: bool = False
    draft: bool = True
    reviewer: str = ""
    address: str = ""
    notes: str = ""
    longest_sentence: int = 20
    not_said: tuple[str, ...] = ()
    excepted: Mapping[str, str] = {}


class Requirement(StrEnum):
    """What a language needs; all but the style must hold before it is offered."""

    TEXTS = "texts"
    KEPT = "placeholders"
    PLURALS = "plurals"
    LISTENED = "stop words"
    NAME = "name"
    DANGER = "danger"
    REPLIES = "short replies"
    WORDING = "wording"


@dataclass(frozen=True, slots=True)
class LanguageStatus:
    """How complete one language is."""

    code: str
    about: LanguageInfo
    done: int
    of: int
    faults: Mapping[Requirement, tuple[str, ...]]
    waiting: tuple[Text, ...] = ()
    """Texts sent in an older wording until their translation is done."""
    lacks: tuple[Text, ...] = ()
    """Texts without any translation, old or new."""

    @property
    def whole(self) -> bool:
        """Whether it can be offered."""
        return not any(
            found for part, found in self.faults.items() if part is not Requirement.WORDING
        )

    @property
    def bridged(self) -> bool:
        """Whether it lacks only new texts of flows, of which an older version can be asked."""
        wrong = {part for part, found in self.faults.items() if found} - {
            Requirement.WORDING,
            Requirement.TEXTS,
        }
        return not wrong and not any(map(is_phrase, self.lacks))

    @property
    def offered(self) -> bool:
        """Whether participants may choose it, unless other languages are configured."""
        return self.whole and self.about.offered

    def lines(self, most: int | None = MOST_NAMED) -> list[str]:
        """Its faults as lines of text, at most `most` of a kind."""
        lines: list[str] = []
        for part, all_of_them in self.faults.items():
            found = list(dict.fromkeys(all_of_them))
            lines += [f"{self.code}, {part}: {fault}" for fault in found[:most]]
            if most is not None and len(found) > most:
                lines.append(f"{self.code}, {part}: and {len(found) - most} more")
        return lines


def language_codes(locales: Path) -> list[str]:
    """The languages that have a folder, English first."""
    found = {p.parent.name for p in locales.glob("*/about.yaml") if p.parent.name[0] != "."}
    return [SOURCE_LANGUAGE, *sorted(found - {SOURCE_LANGUAGE})]


def about(locales: Path, code: str) -> LanguageInfo:
    """Reads the description of a language.

    Raises:
        CatalogError: its file is missing or invalid.
    """
    file = locales / code / "about.yaml"
    try:
        return _about(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if code == SOURCE_LANGUAGE:
            return LanguageInfo(locale="en_GB")
        raise CatalogError(f"{file} is missing: there is no language `{code}`") from None
    except (yaml.YAMLError, ValidationError, UnknownLocaleError, ValueError) as error:
        raise CatalogError(f"{file}: {error}") from None


@lru_cache(maxsize=64)
def _about(source: str) -> LanguageInfo:
    found = LanguageInfo.model_validate(yaml.load(source, Loader=_Loader))  # noqa: S506 - both are safe
    _lighten(Locale.parse(found.locale))
    return found


def _lighten(locale: Locale) -> None:
    """Drops the CLDR data of a language that is never used: most of it, by size."""
    for name in (str(locale), locale.language, "root"):
        known = localedata.load(name)
        for part in _UNASKED:
            known.pop(part, None)


@dataclass(frozen=True, slots=True)
class RequiredTexts:
    """What every language is checked against. It is comparable, so that nothing is read twice."""

    texts: tuple[Text, ...]
    listened: str
    stops: tuple[tuple[str, tuple[str, ...]], ...]
    named: frozenset[str]
    watched: frozenset[str] | None
    replied: frozenset[str] | None

    def keywords(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """The words of every language by their meaning, as far as they are no patterns."""
        listed: dict[str, dict[str, list[str]]] = _yaml(self.listened)
        listed.pop(OTHER_WORDS, None)
        listed.pop(STOP_FORMS, None)
        return {STOP: dict(self.stops), **listed}

    @classmethod
    def of(cls, library: FlowLibrary, flows: Path) -> Self:
        steps = [s for flow in library.current.values() for s in flow.steps]
        names = [c.id for s in steps if s.meaning is Meaning.LANGUAGE for c in s.choices]
        danger, replies = flows / "danger", flows / "replies"
        return cls(
            tuple(dict.fromkeys(collect_texts(library))),
            (flows / "stop_words.yaml").read_text(encoding="utf-8"),
            tuple(read_plain_stops(flows).items()),
            frozenset(names),
            frozenset(f.stem for f in yaml_files(danger)) if danger.is_dir() else None,
            reply_languages(replies) if replies.is_dir() else None,
        )


def examine(
    code: str, need: RequiredTexts, locales: Path, *, wording: bool = True
) -> LanguageStatus:
    """The status of a language; its style takes longest to check, and never decides the offer."""
    file = po_file(locales, code)
    changed = file.stat().st_mtime_ns if file.is_file() else None
    said_of = about(locales, code)
    faults, older, lacks = _faults(code, said_of.model_dump_json(), need, file, changed, wording)
    of = len(need.texts)
    return LanguageStatus(code, said_of, of - len(lacks) - len(older), of, faults, older, lacks)


@lru_cache(maxsize=64)
def _faults(
    code: str,
    about_it: str,
    need: RequiredTexts,
    file: Path,
    _changed: int | None,
    wording: bool,
) -> tuple[Mapping[Requirement, tuple[str, ...]], tuple[Text, ...], tuple[Text, ...]]:
    said_of = LanguageInfo.model_validate_json(about_it)
    try:
        given = Translation(code, Locale.parse(said_of.locale), need.texts, file)
    except CatalogError as error:
        none_said = (str(error),) * len(need.texts)
        nothing: dict[Requirement, tuple[str, ...]] = dict.fromkeys(Requirement, ())
        nothing[Requirement.TEXTS] = none_said
        nothing[Requirement.LISTENED] = tuple(_unheard(code, need))
        nothing[Requirement.DANGER] = tuple(_unwatched(code, need))
        nothing[Requirement.REPLIES] = tuple(_unread(code, need))
        return nothing, (), need.texts
    looks: dict[Requirement, Iterable[str]] = {
        Requirement.TEXTS: missing(given),
        Requirement.KEPT: placeholder_errors(given),
        Requirement.PLURALS: forms_wrong(given),
        Requirement.LISTENED: [*_unheard(code, need), *keyword_errors(given, need.keywords())],
        Requirement.NAME: [] if code in need.named else ["the welcome has no button for it"],
        Requirement.DANGER: _unwatched(code, need),
        Requirement.REPLIES: _unread(code, need),
        Requirement.WORDING: wording_wrong(given, said_of) if wording else (),
    }
    found = {part: tuple(look) for part, look in looks.items()}
    return found, waiting(given), lacking(given)


@lru_cache(maxsize=4)
def _yaml(source: str) -> Any:
    return yaml.load(source, Loader=_Loader)  # noqa: S506 - both are safe


def check_all(
    library: FlowLibrary,
    flows: Path,
    locales: Path,
    *,
    wording: bool = True,
    only: Iterable[str] | None = None,
) -> list[LanguageStatus]:
    """Checks every language there is, or only these."""
    need = RequiredTexts.of(library, flows)
    wanted = None if only is None else set(only)
    found = [code for code in language_codes(locales) if wanted is None or code in wanted]
    return [_told(code, need, locales, wording) for code in found]


def _told(code: str, need: RequiredTexts, locales: Path, wording: bool) -> LanguageStatus:
    """The status of a language; no checks for one whose own file cannot be read."""
    try:
        return examine(code, need, locales, wording=wording)
    except CatalogError as error:
        of, faults = len(need.texts), {Requirement.TEXTS: (str(error),)}
        return LanguageStatus(
            code, LanguageInfo(locale=SOURCE_LANGUAGE), 0, of, faults, (), need.texts
        )


def table(standings: Iterable[LanguageStatus]) -> list[str]:
    """What `checkin flows check` prints: a line for each language, a column for each need."""
    rows = [["language", *Requirement, "reviewed", "offered"]]
    for s in standings:
        marks = [str(len(s.faults.get(part, ())) or "ok") for part in Requirement]
        marks[0] = f"{s.done}/{s.of}"
        reviewed = "source" if is_source(s.code) else "draft" if s.about.draft else "yes"
        rows.append([s.code, *marks, reviewed, "yes" if s.offered else "no"])
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def is_source(code: str) -> bool:
    """Whether it is the source language of all texts."""
    return code == SOURCE_LANGUAGE


def _unheard(code: str, need: RequiredTexts) -> Iterator[str]:
    for meaning, words in need.keywords().items():
        if meaning == STOP and code not in words:
            yield f"{FOLDER_OF_STOPS}/{code}.yaml is missing"
        elif meaning != STOP and not words.get(code):
            yield f"stop_words.yaml has no {meaning} word"


def _unwatched(code: str, need: RequiredTexts) -> Iterator[str]:
    if need.watched is not None and code not in need.watched:
        yield f"danger/{code}.yaml is missing"


def _unread(code: str, need: RequiredTexts) -> Iterator[str]:
    if need.replied is not None and code not in need.replied:
        yield f"replies/{code}.yaml is missing"


def survey_of(settings: Settings, only: Iterable[str] | None = None) -> list[LanguageStatus]:
    """The status of each language, or of these only, by the files as they are.

    Empty where the questions cannot be read: that is reported elsewhere.
    """
    try:
        library, _ = read_folder(settings.flows)
        return check_all(library, settings.flows, settings.locales, wording=False, only=only)
    except (BrokenFlow, OSError):
        return []
