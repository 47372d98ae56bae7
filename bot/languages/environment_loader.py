"""Loads the environment of conversations from files: texts, flows, schedule, languages."""

from __future__ import annotations

from bot.content.environment import Environment
from bot.content.loading import read_danger, read_folder, read_helplines
from bot.i18n.localizer import Languages
from bot.i18n.recorded_languages import NOTHING, RecordedLanguages
from bot.languages.flow_fallbacks import fall_back
from bot.languages.offering import load_offered
from bot.settings import Settings


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
    return Environment(
        library=library,
        languages=spoken,
        plan=plan,
        org_name=settings.org_name,
        zone=settings.timezone,
        keep_months=settings.keep_months,
        danger=read_danger(settings.flows),
        helplines=read_helplines(settings.flows),
        country=settings.country.partition("-")[0],
        region=settings.country if "-" in settings.country else None,
        tells_workers=settings.safeguarding,
    )
