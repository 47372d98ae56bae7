"""The part of `checkin doctor` about languages and what waits for translators."""

from __future__ import annotations

from collections.abc import Callable

from bot.content.environment import Environment
from bot.i18n.recorded_languages import RecordedLanguages
from bot.languages.completeness import Requirement, survey_of
from bot.languages.flow_fallbacks import in_short, unspoken, waits
from bot.settings import Settings


def all_translated(
    settings: Settings, found: Environment, memory: RecordedLanguages, tell: Callable[[str], None]
) -> bool:
    """Prints what waits for translators, in which languages, and since when."""
    standings = survey_of(settings, found.languages.codes)
    waiting = waits(standings, found.languages.codes, memory)
    for line in in_short(waiting):
        tell(f"            {line}")
    if any(not wait.new for wait in waiting):
        tell("            only a typo? `checkin flows same` and its place, such as before/b2")
    lacking = unspoken(found.library, found.languages)
    for standing in standings:
        lacking += [f"{standing.code}: {wrong}" for wrong in standing.faults[Requirement.REPLIES]]
    for line in lacking:
        tell(f"            {line}")
    return not waiting and not lacking
