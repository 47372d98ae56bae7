"""Loads the environment of conversations from files: texts, flows, schedule, languages."""

from __future__ import annotations

from collections.abc import Iterator

from bot.content.danger_model import read_danger_model
from bot.content.environment import Environment
from bot.content.library import FlowLibrary
from bot.content.loading import read_danger, read_folder, read_helplines
from bot.i18n.localizer import Languages
from bot.i18n.recorded_languages import NOTHING, RecordedLanguages
from bot.languages.flow_fallbacks import fall_back
from bot.languages.offering import load_offered
from bot.settings import Settings
from flows.engine.keywords import STOP


def load_environment(
    settings: Settings, spoken: Languages | None = None, memory: RecordedLanguages = NOTHING
) -> Environment:
    """Loads the environment; `spoken` replaces the languages that would be offered.

    Texts remembered from earlier starts replace what a language's files lack.

    Raises:
        BrokenFlow: with every mistake of every file at once.
        CatalogError: a configured language lacks something.
    """
    library, plan = read_folder(settings.flows)
    if spoken is None:
        spoken = load_offered(library, settings.flows, settings.locales, settings.languages, memory)
        fall_back(library, spoken, memory)
    library.keywords = library.keywords.with_own(
        _own_stops(library, spoken), _own_words(library, spoken)
    )
    danger_model, danger_problems = read_danger_model(settings.flows)
    return Environment(
        library=library,
        languages=spoken,
        plan=plan,
        org_name=settings.org_name,
        org_contact=settings.org_contact,
        org_data_contact=settings.org_data_contact,
        org_authority=settings.org_authority,
        zone=settings.timezone,
        keep_months=settings.keep_months,
        danger=read_danger(settings.flows),
        danger_model=danger_model,
        danger_problems=danger_problems,
        helplines=read_helplines(settings.flows),
        country=settings.country.partition("-")[0],
        region=settings.country if "-" in settings.country else None,
        tells_workers=settings.safeguarding,
    )


def _own_stops(library: FlowLibrary, spoken: Languages) -> Iterator[str]:
    """What our buttons and the menu call stopping, in every language that is offered."""
    phrases = library.phrases
    texts = [phrases.controls[STOP], phrases.menu[STOP]]
    texts += [p.choices[STOP] for p in phrases.said.values() if STOP in p.choices]
    texts.append(phrases["stop_word"].text)
    for code in spoken.codes:
        yield from map(spoken[code].text, texts)


def _own_words(library: FlowLibrary, spoken: Languages) -> Iterator[tuple[str, str]]:
    """What our own texts name, with what it means.

    START and HELP as they stand in a text, such as "ДОПОМОГА (HELP)", and what the menu says.
    """
    phrases = library.phrases
    for code in spoken.codes:
        for meaning in ("start", "help"):
            yield spoken[code].text(phrases[f"{meaning}_word"].text), meaning
        for command, text in phrases.menu.items():
            if command != STOP:
                yield spoken[code].text(text), command
