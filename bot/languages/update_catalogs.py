"""The `make messages` command: extracts the texts, and updates each language's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from babel import Locale, UnknownLocaleError

from bot.content.loading import read_folder
from bot.i18n.catalog import DOMAIN, CatalogError, po_file, read_catalogue
from bot.i18n.tools.catalog_update import merge, template, write
from bot.i18n.tools.extraction import NOTES, TranslatableText, extract_texts
from bot.languages.completeness import about, language_codes

_BLANK = "about.example.yaml"


def bring_up_to_date(flows: Path, locales: Path, new: Iterable[str] = ()) -> Iterator[str]:
    """Rewrites messages.pot and every .po file that changed, and reports which.

    Raises:
        BrokenFlow: a question file cannot be used.
        CatalogError: a catalogue or an `about.yaml` cannot be read, or CLDR does not know a new
            language.
    """
    english = template(texts_in(flows, locales / "notes.yaml"))
    yield _said(locales / f"{DOMAIN}.pot", write(english, locales / f"{DOMAIN}.pot"))
    for code in new:
        yield _about(locales, code)
    for code in language_codes(locales)[1:]:
        file = po_file(locales, code)
        locale = Locale.parse(about(locales, code).locale)
        old = read_catalogue(file) if file.is_file() else None
        yield _said(file, write(merge(old, english, locale), file))


def texts_in(folder: Path, notes: Path = NOTES) -> list[TranslatableText]:
    """Every text of a folder of questions, with its notes.

    Raises:
        CatalogError: naming every placeholder and file without a note.
        BrokenFlow: when the folder cannot be loaded.
    """
    return extract_texts(read_folder(folder)[0], notes)


def _about(locales: Path, code: str) -> str:
    """Creates the `about.yaml` of a new language beside its catalogue."""
    file = locales / code / "about.yaml"
    try:
        locale = Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        raise CatalogError(
            f"Unicode's CLDR knows no language `{code}`; try one near to it"
        ) from None
    if code != code.lower():
        raise CatalogError(f"write the code in small letters: {code.lower()}")
    if file.exists():
        return f"{file} is there already"
    file.parent.mkdir(parents=True, exist_ok=True)
    blank = (locales / _BLANK).read_text(encoding="utf-8")
    file.write_text(blank.replace("LOCALE", str(locale)), encoding="utf-8")
    return _said(file, True)


def _said(file: Path, written: bool) -> str:
    return f"{file}: {'written' if written else 'unchanged'}"


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
    return texts_in(folder)
