"""Texts and their translations as gettext catalogues, which any editor can open.

Completeness is checked in `languages`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from babel import Locale
from babel.messages import Catalog, Message, pofile
from babel.plural import to_gettext

from bot.i18n.tools.extraction import CatalogError, TranslatableText, extract_texts

DOMAIN = "messages"
WIDTH = 98
HEADER = "# Every text of the check-in companion. Made by `make messages`; see locales/README.md."
BUGS = "see flows/README.md"
DRAFT = "a machine; a draft until about.yaml names who read it"
TEAM = "whoever speaks it; see locales/README.md"
_TAGS = ("zero", "one", "two", "few", "many", "other")


Translations = Mapping[tuple[str, str], tuple[str, ...]]
"""The forms of each translated text (one, if it counts nothing) by its key."""


def po_file(locales: Path, code: str) -> Path:
    """The path of a language's translations."""
    return locales / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def forms(locale: Locale) -> tuple[str, ...]:
    """The plural forms of a language by their CLDR names, in the order of its file."""
    return tuple(tag for tag in _TAGS if tag in locale.plural_form.tags or tag == "other")


def plural_forms(locale: Locale) -> str:
    """CLDR's plural rule as gettext writes it, for editors: Babel's own list has fewer forms."""
    # `e`, the exponent of a compact number such as "2M", is beyond gettext; we never write one.
    return re.sub(r"\be\b", "0", to_gettext(locale.plural_form)).removesuffix(";")


# --- reading -------------------------------------------------------------------------------------


def read_catalogue(path: Path) -> Catalog:
    """Reads a .po file.

    Raises:
        CatalogError: it is not a .po file.
    """
    try:
        # Babel knows no `#~|`, the previous English of a text that is no longer asked.
        lines = [s for s in path.read_bytes().splitlines(True) if not s.startswith(b"#~|")]
        catalogue = pofile.read_po(BytesIO(b"".join(lines)), abort_invalid=True)
    except (pofile.PoFileError, UnicodeDecodeError, ValueError) as error:
        raise CatalogError(f"{path}: {error}") from None
    for message in catalogue:
        _recall_previous(message)
    return catalogue


def _recall_previous(message: Message) -> None:
    """Reads `#| msgid`, the English before it changed, which Babel reads as a comment."""
    told = [line[1:].strip() for line in message.user_comments if line.startswith("|")]
    if not told:
        return
    message.user_comments = [s for s in message.user_comments if not s.startswith("|")]
    found: dict[str, str] = {}
    name = ""
    for line in told:
        begins = line.partition(" ")
        name, words = (name, line) if line.startswith('"') else (begins[0], begins[2])
        found[name] = found.get(name, "") + pofile.unescape(words)
    if found.get("msgctxt", message.context) == message.context:
        message.previous_id = [found[n] for n in ("msgid", "msgid_plural") if n in found]


def read_translations(path: Path) -> Translations:
    """The usable translations of a .po file.

    Older wordings are included: an open check-in finishes in the texts and the language it began
    in.
    """
    said = read_parsed_catalog(path)
    return {
        key: words
        for each in (said.obsolete, said.current)
        for key, words in each.items()
        if all(words)
    }


@dataclass(frozen=True)
class ParsedCatalog:
    """The content of a .po file, without its format, which takes long to parse.

    `current` are the texts asked today, `obsolete` those of older wordings; without fuzzy ones.
    """

    plural_rule: str
    fuzzy: frozenset[tuple[str, str]]
    current: Mapping[tuple[str, str], tuple[str, ...]]
    obsolete: Mapping[tuple[str, str], tuple[str, ...]]
    previous: Mapping[str, PreviousTranslation]
    """By context, the newest wording that was a translation of its English."""


@dataclass(frozen=True, slots=True)
class PreviousTranslation:
    """A translation and the English that it was made for."""

    english: tuple[str, ...]
    forms: tuple[str, ...]


def read_parsed_catalog(path: Path) -> ParsedCatalog:
    """The same, cached until the file changes.

    Raises:
        CatalogError: it is not a .po file.
    """
    return _parsed(path, path.stat().st_mtime_ns)


@cache
def _parsed(path: Path, _changed: int) -> ParsedCatalog:
    catalogue = read_catalogue(path)
    whole = [message for message in catalogue if message.id]
    everything = [*(m for m in catalogue.obsolete.values() if m.id), *whole]
    return ParsedCatalog(
        catalogue.plural_forms,
        frozenset(key_of(message) for message in whole if message.fuzzy),
        {key_of(message): strings(message) for message in whole if not message.fuzzy},
        {key_of(m): strings(m) for m in catalogue.obsolete.values() if m.id and not m.fuzzy},
        _kept(everything),
    )


def _kept(messages: list[Message]) -> dict[str, PreviousTranslation]:
    """The newest complete wording of each context; a fuzzy one counts where no other is left."""
    kept = {
        m.context or "": PreviousTranslation(tuple(map(str, m.previous_id)), strings(m))
        for m in messages
        # The same English in another context is a proposal too: it was never sent here.
        if m.fuzzy and m.previous_id and tuple(m.previous_id) != msgids(m) and all(strings(m))
    }
    made = {
        m.context or "": PreviousTranslation(msgids(m), strings(m))
        for m in messages
        if _complete(m)
    }
    return kept | made


def _complete(message: Message) -> bool:
    return not message.fuzzy and all(strings(message))


def key_of(message: Message) -> tuple[str, str]:
    """The `key` of a message's text."""
    return message.context or "", msgids(message)[0]


def msgids(message: Message) -> tuple[str, ...]:
    """The English: one text, or singular and plural."""
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (str(message.id),)


def strings(message: Message) -> tuple[str, ...]:
    """The translation: one text, or every plural form."""
    said = message.string
    return tuple(said) if isinstance(said, (list, tuple)) else (str(said or ""),)


# --- extracting ----------------------------------------------------------------------------------


def extract(
    file: BinaryIO,
    keywords: Any,
    comment_tags: Any,
    options: Any,
) -> Iterator[tuple[int, str, tuple[str, ...], list[str]]]:
    """The extractor that Babel calls for each file that `babel.cfg` names."""
    path = Path(file.name).resolve()
    for word in _template_entries(path.parent):
        text = word.text
        if text.file == path.name and text.one is not None:
            yield text.line, "npgettext", (text.context, text.one, text.source), word.notes
        elif text.file == path.name:
            yield text.line, "pgettext", (text.context, text.source), word.notes


@cache
def _template_entries(folder: Path) -> list[TranslatableText]:
    return extract_texts(folder)


def template(words: Iterable[TranslatableText]) -> Catalog:
    """The catalogue of everything to translate."""
    found = Catalog(
        header_comment=HEADER,
        project="Check-in companion",
        version="1",
        fuzzy=False,
        msgid_bugs_address=BUGS,
        last_translator=DRAFT,
        language_team=TEAM,
    )
    for word in words:
        text = word.text
        found.add(
            (text.one, text.source) if text.one is not None else text.source,
            locations=[(f"flows/{text.file}", text.line)],
            auto_comments=word.notes,
            context=text.context,
        )
    return found


# --- writing -------------------------------------------------------------------------------------


def is_unchanged(one: Catalog, other: Catalog) -> bool:
    """Whether two catalogues hold the same texts, whatever their headers are."""

    def whole(catalogue: Catalog) -> list[object]:
        return [
            (
                *(key_of(m), msgids(m), strings(m), m.locations, " ".join(m.auto_comments)),
                *(m.flags, list(m.previous_id)),
            )
            for m in (*catalogue, *catalogue.obsolete.values())
            if m.id
        ]

    about = [(c.msgid_bugs_address, c.last_translator, c.language_team) for c in (one, other)]
    return about[0] == about[1] and whole(one) == whole(other)


def write(catalogue: Catalog, path: Path) -> bool:
    """Writes a catalogue, unless the file holds the same already; returns whether it did."""
    if path.exists() and is_unchanged(read_catalogue(path), catalogue):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pofile.write_po(file, catalogue, width=WIDTH, include_previous=True)
    return True


def merge(old: Catalog | None, english: Catalog, locale: Locale) -> Catalog:
    """A language's catalogue for today's English, with everything its old one had.

    A text that changed keeps its translation as a proposal, marked "fuzzy", beside the English it
    was made from; until a translator has checked it, it counts as missing. The same English in
    another context is a proposal too. Obsolete texts stay at the end, for check-ins still open on
    them.
    """
    old = old or Catalog(header_comment="# Translations of the check-in companion.")
    new = Catalog(
        locale=locale,
        header_comment=old.header_comment,
        project=english.project,
        version=english.version,
        msgid_bugs_address=BUGS,
        last_translator=_header(old.last_translator, "FULL NAME", DRAFT),
        language_team=_header(old.language_team, "LL@li.org", TEAM),
        revision_date=old.revision_date
        if isinstance(old.revision_date, dt.datetime)
        else english.creation_date,
        fuzzy=False,
    )
    new.mime_headers = [("Plural-Forms", plural_forms(locale))]
    memory = _TranslationMemory(old)
    for message in english:
        if message.id:
            _add(new, message, memory)
    now = {key_of(m) for m in new if m.id}
    for message in memory.all:
        if any(strings(message)) and key_of(message) not in now:
            message.locations, message.auto_comments = [], []
            new.obsolete[new._key_for(message.id, message.context)] = message
    return new


def _header(header: str, blank: str, instead: str) -> str:
    """The value of a header, unless it is gettext's default."""
    return instead if not header or blank in header or "LANGUAGE" in header else header


class _TranslationMemory:
    """An old catalogue's translations, by everything a text may be known by."""

    def __init__(self, old: Catalog) -> None:
        self.all = [*old.obsolete.values(), *(m for m in old if m.id)]
        self.same = {key_of(m): m for m in self.all}
        said = [m for m in self.all if any(strings(m)) and not m.fuzzy]
        self.here = {m.context: m for m in said}
        self.alike = {msgids(m): m for m in said}


def _for_numbers(new: Catalog, message: Message) -> list[str]:
    """Which numbers each plural form of a language is for, such as "[1] few: 2, 3, 4, 22"."""
    if not message.pluralizable or new.locale is None:
        return []
    found = []
    for place, form in enumerate(forms(new.locale)):
        numbers = [n for n in (*range(201), 1_000_000) if new.locale.plural_form(n) == form]
        some = ", ".join(map(str, numbers[:4])) or "no whole number: repeat the one before"
        found.append(f"[{place}] {form}: {some}{' ...' if len(numbers) > 4 else ''}")
    return [f"Forms: {'; '.join(found)}."]


def _add(new: Catalog, message: Message, memory: _TranslationMemory) -> None:
    need = new.num_plurals if message.pluralizable else 1
    same = memory.same.get(key_of(message))
    like = memory.here.get(message.context) or memory.alike.get(msgids(message))
    said, flags, before = ("",) * need, set(message.flags), list[str]()
    if same is not None and any(strings(same)):
        said = strings(same)
        flags |= same.flags & {"fuzzy"}
        before = list(same.previous_id)
    elif like is not None:
        said, before = strings(like), list(msgids(like))
        flags.add("fuzzy")
    if len(said) != need:
        said = (*said, *("",) * need)[:need]
        flags.add("fuzzy")
    new.add(
        message.id,
        said if message.pluralizable else said[0],
        locations=message.locations,
        flags=flags,
        auto_comments=[*message.auto_comments, *_for_numbers(new, message)],
        user_comments=same.user_comments if same is not None else (),
        previous_id=before,
        context=message.context,
    )
