"""Records that a changed English text means the same as before, so that translations still hold.

Checks only what must stay unchanged in every language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel import Locale

from bot.content.loading import read_folder
from bot.i18n.catalog import key_of, po_file, read_catalogue, strings
from bot.i18n.tools.catalog_update import write
from bot.i18n.tools.extraction import collect_texts
from bot.languages.completeness import about, language_codes
from bot.languages.translation_checks import Translation
from bot.languages.update_catalogs import bring_up_to_date
from bot.settings import CannotBeDone
from flows.engine import Text
from flows.engine.yaml_reader import suggest


@dataclass(frozen=True, slots=True)
class TextHeld:
    """The result for one text in one language."""

    language: str
    place: str
    holds: bool

    def __str__(self) -> str:
        if self.holds:
            return f"{self.language}: {self.place}: the translation holds"
        return f"{self.language}: {self.place}: needs a new translation"


def known_languages(locales: Path, asked: Sequence[str]) -> list[str]:
    """The languages requested, or all that are translated into.

    Raises:
        CannotBeDone: there is no such language; the message names those there are.
    """
    there = language_codes(locales)[1:]
    wanted = [code.lower().replace("-", "_") for code in asked]
    if unknown := [code for code in wanted if code not in there]:
        raise CannotBeDone(f"there is no language `{unknown[0]}`; there are {', '.join(there)}")
    return wanted or there


def hold(flows: Path, locales: Path, place: str, languages: Sequence[str] = ()) -> list[TextHeld]:
    """Accepts the older translations of a text, or of all texts of a step, for today's English.

    Raises:
        BrokenFlow, CatalogError: the files cannot be used.
        CannotBeDone: there is no such text or language.
    """
    wanted = known_languages(locales, languages)
    every = tuple(dict.fromkeys(collect_texts(read_folder(flows)[0])))
    texts = [t for t in every if t.context == place or t.context.startswith(f"{place}/")]
    if not texts:
        near = suggest(place, {t.context.rpartition("/")[0] for t in every})
        raise CannotBeDone(f"there is no text `{place}`{near}")
    list(bring_up_to_date(flows, locales))
    return [held for code in wanted for held in _hold(code, locales, texts)]


def _hold(code: str, locales: Path, texts: Sequence[Text]) -> Iterable[TextHeld]:
    file = po_file(locales, code)
    catalogue = read_catalogue(file)
    given = Translation(code, Locale.parse(about(locales, code).locale), tuple(texts), file)
    by_key = {text.key: text for text in texts}
    done: list[TextHeld] = []
    for message in catalogue:
        text = by_key.get(key_of(message)) if message.id else None
        if text is None or not message.fuzzy:
            continue
        proposed = strings(message)
        need = len(given.forms) if text.count is not None else 1
        right = len(proposed) == need and all(proposed)
        found = proposed if right and not any(given.faults_of(text, proposed)) else ()
        # Only the text of this very place; the same English elsewhere may mean something else.
        found = found if message.previous_id and given.kept(text) else given.kept(text)
        if found and any(given.faults_of(text, found)):
            found = ()
        if found:
            message.string = found if message.pluralizable else found[0]
            message.flags.discard("fuzzy")
            message.previous_id = []
        done.append(TextHeld(code, text.context, bool(found)))
    write(catalogue, file)
    return done


def waits_at(place: str, waiting: Iterable[tuple[str, str]]) -> list[str]:
    """The languages in which a text of a step waits, of (language, context) pairs."""
    found = (code for code, context in waiting if f"{context}/".startswith(f"{place}/"))
    return list(dict.fromkeys(found))
