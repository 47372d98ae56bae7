"""The `make messages` command: extracts the texts, and updates each language's file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from babel import Locale, UnknownLocaleError

from bot.i18n.catalog import DOMAIN, merge, po_file, read_catalogue, template, write
from bot.i18n.tools.extraction import CatalogError, extract_texts
from bot.languages.completeness import about, language_codes

_BLANK = "about.example.yaml"


def bring_up_to_date(flows: Path, locales: Path, new: Iterable[str] = ()) -> Iterator[str]:
    """Rewrites messages.pot and every .po file that changed, and reports which.

    Raises:
        BrokenFlow: a question file cannot be used.
        CatalogError: a catalogue or an `about.yaml` cannot be read, or CLDR does not know a new
            language.
    """
    english = template(extract_texts(flows, locales / "notes.yaml"))
    yield _said(locales / f"{DOMAIN}.pot", write(english, locales / f"{DOMAIN}.pot"))
    for code in new:
        yield _about(locales, code)
    for code in language_codes(locales)[1:]:
        file = po_file(locales, code)
        locale = Locale.parse(about(locales, code).locale)
        old = read_catalogue(file) if file.is_file() else None
        yield _said(file, write(merge(old, english, locale), file))


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
