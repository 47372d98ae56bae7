"""Brings gettext catalogues up to date with the English, for any editor to open.

Does not judge whether a language is whole (see `languages`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, Message, pofile

from bot.i18n.catalog import forms, key_of, msgids, plural_forms, read_catalogue, strings
from bot.i18n.tools.extraction import TranslatableText

WIDTH = 98


HEADER = "# Every text of the check-in companion. Made by `make messages`; see locales/README.md."


BUGS = "see flows/README.md"


DRAFT = "a machine; a draft until about.yaml names who read it"


TEAM = "whoever speaks it; see locales/README.md"


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
