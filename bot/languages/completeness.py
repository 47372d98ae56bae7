"""Looks whether each language is whole, and names what is missing where it is not.

Judges what can be counted; whether a translation is right and kind is for its readers to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import yaml
from babel import Locale, UnknownLocaleError, localedata
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.content.library import FlowLibrary
from bot.i18n.catalog import po_file
from bot.i18n.localizer import SOURCE_LANGUAGE
from bot.i18n.tools.extraction import CatalogError, collect_texts
from bot.i18n.tools.style_checks import wording_wrong
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
from flows.engine import Meaning, Text
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
"""What CLDR says of units, money and the names of time zones."""

MOST_NAMED = 3
"""How many faults of a kind are named one by one."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a tenth of the time, where it is there


class LanguageInfo(BaseModel):
    """What `about.yaml` beside a catalogue says of its language."""

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
    """What a language needs; all but the wording before it is offered."""

    TEXTS = "texts"
    KEPT = "placeholders"
    PLURALS = "plurals"
    LISTENED = "stop words"
    NAME = "name"
    DANGER = "danger"
    WORDING = "wording"


@dataclass(frozen=True, slots=True)
class LanguageStatus:
    """How far one language is."""

    code: str
    about: LanguageInfo
    done: int
    of: int
    faults: Mapping[Requirement, tuple[str, ...]]
    waiting: tuple[Text, ...] = ()
    """Texts whose older wording is said until their translation is done."""
    lacks: tuple[Text, ...] = ()
    """Texts that it has no words for."""

    @property
    def whole(self) -> bool:
        """Whether people can be spoken to in it."""
        return not any(
            found for part, found in self.faults.items() if part is not Requirement.WORDING
        )

    @property
    def bridged(self) -> bool:
        """Whether all it lacks are new words in flows, of which an older version can be asked."""
        wrong = {part for part, found in self.faults.items() if found} - {
            Requirement.WORDING,
            Requirement.TEXTS,
        }
        return not wrong and not any(map(is_phrase, self.lacks))

    @property
    def offered(self) -> bool:
        """Whether people may choose it, unless other languages were asked for."""
        return self.whole and self.about.offered

    def lines(self, most: int | None = MOST_NAMED) -> list[str]:
        """Its faults in words, at most so many of a kind."""
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
    """What is said of a language.

    Raises:
        CatalogError: when its file is missing or says something else than it should.
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
    """Lets go of what Babel knows of a language and nobody here asks for: most of it, by size."""
    for name in (str(locale), locale.language, "root"):
        known = localedata.load(name)
        for part in _UNASKED:
            known.pop(part, None)


@dataclass(frozen=True, slots=True)
class RequiredTexts:
    """What every language is held against. It can be compared, so that nothing is read twice."""

    texts: tuple[Text, ...]
    listened: str
    named: frozenset[str]
    watched: frozenset[str] | None

    @classmethod
    def of(cls, library: FlowLibrary, flows: Path) -> Self:
        steps = [s for flow in library.current.values() for s in flow.steps]
        names = [c.id for s in steps if s.meaning is Meaning.LANGUAGE for c in s.choices]
        danger = flows / "danger"
        return cls(
            tuple(dict.fromkeys(collect_texts(library))),
            (flows / "stop_words.yaml").read_text(encoding="utf-8"),
            frozenset(names),
            frozenset(f.stem for f in yaml_files(danger)) if danger.is_dir() else None,
        )


def examine(
    code: str, need: RequiredTexts, locales: Path, *, wording: bool = True
) -> LanguageStatus:
    """How far a language is; its wording takes longest to look through, and offers no language."""
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
    listened: dict[str, dict[str, list[str]]] = _yaml(need.listened)
    try:
        given = Translation(code, Locale.parse(said_of.locale), need.texts, file)
    except CatalogError as error:
        none_said = (str(error),) * len(need.texts)
        nothing: dict[Requirement, tuple[str, ...]] = dict.fromkeys(Requirement, ())
        nothing[Requirement.TEXTS] = none_said
        nothing[Requirement.LISTENED] = tuple(_unheard(code, listened))
        nothing[Requirement.DANGER] = tuple(_unwatched(code, need))
        return nothing, (), need.texts
    looks: dict[Requirement, Iterable[str]] = {
        Requirement.TEXTS: missing(given),
        Requirement.KEPT: placeholder_errors(given),
        Requirement.PLURALS: forms_wrong(given),
        Requirement.LISTENED: [*_unheard(code, listened), *keyword_errors(given, listened)],
        Requirement.NAME: [] if code in need.named else ["the welcome has no button for it"],
        Requirement.DANGER: _unwatched(code, need),
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
    """Looks at every language there is, or at these only."""
    need = RequiredTexts.of(library, flows)
    wanted = None if only is None else set(only)
    found = [code for code in language_codes(locales) if wanted is None or code in wanted]
    return [_told(code, need, locales, wording) for code in found]


def _told(code: str, need: RequiredTexts, locales: Path, wording: bool) -> LanguageStatus:
    """How far a language is; nothing is done of one whose own file cannot be read."""
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
    """Whether it is the language that everything is written in."""
    return code == SOURCE_LANGUAGE


def _unheard(code: str, listened: Mapping[str, Mapping[str, list[str]]]) -> Iterator[str]:
    for meaning, words in listened.items():
        if not words.get(code):
            yield f"stop_words.yaml has no {meaning} word"


def _unwatched(code: str, need: RequiredTexts) -> Iterator[str]:
    if need.watched is not None and code not in need.watched:
        yield f"danger/{code}.yaml is missing"
