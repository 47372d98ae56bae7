"""Everything that is said and when, read from the files: what a conversation goes by.

Opens no database and knows no Telegram.
"""

from __future__ import annotations

from bot.content.loading import read_danger, read_folder, read_helplines
from bot.conversation.context import Around
from bot.i18n.localizer import Tongues
from bot.i18n.recorded_languages import NOTHING, Memory
from bot.languages.flow_fallbacks import fall_back
from bot.languages.offering import tongues
from bot.settings import Settings


def around(settings: Settings, spoken: Tongues | None = None, memory: Memory = NOTHING) -> Around:
    """Everything that is said and when, read from the files; `spoken` instead of what is offered.

    What earlier starts remember stands in for what the files lack in a language.

    Raises:
        BrokenFlow: with every mistake of every file at once.
        WrongWords: when a language that is wanted lacks something.
    """
    library, plan = read_folder(settings.flows)
    if spoken is None:
        spoken = tongues(library, settings.flows, settings.locales, settings.languages, memory)
        fall_back(library, spoken, memory)
    return Around(
        library=library,
        tongues=spoken,
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
