"""Reads translations from gettext catalogues.

They are brought up to date by `bot.i18n.tools.catalog_update`; whether a language is whole,
`bot.languages` judges.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from sys import intern

from babel import Locale
from babel.messages import Catalog, Message, pofile
from babel.plural import to_gettext

DOMAIN = "messages"
_TAGS = ("zero", "one", "two", "few", "many", "other")


class CatalogError(Exception):
    """Texts, or a language, cannot be used as they are; the message names every reason."""


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
    """The `key` of a message's text: every language has the same ones, so each is kept once."""
    return intern(message.context or ""), msgids(message)[0]


def msgids(message: Message) -> tuple[str, ...]:
    """The English: one text, or singular and plural."""
    english = message.id if isinstance(message.id, (list, tuple)) else (str(message.id),)
    return tuple(map(intern, english))


def strings(message: Message) -> tuple[str, ...]:
    """The translation: one text, or every plural form."""
    said = message.string
    return tuple(said) if isinstance(said, (list, tuple)) else (str(said or ""),)
