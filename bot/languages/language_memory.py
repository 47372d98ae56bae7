"""Keeps every language of the last start on offer, and logs the reasons.

The texts themselves are chosen in `offering`, and stored in `language_texts`.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.content.loading import read_folder
from bot.i18n.catalog import CatalogError
from bot.i18n.localizer import Languages
from bot.i18n.recorded_languages import NOTHING, RecordedLanguages
from bot.languages.completeness import Requirement, survey_of
from bot.languages.flow_fallbacks import in_short, recorded_now, unspoken, waits
from bot.languages.offering import complete_languages, load_offered
from bot.settings import Settings
from bot.store.availability import DatabaseUnavailable
from bot.store.database import Database
from bot.store.repositories.operation.language_texts import read_memory, write_languages

log = structlog.get_logger()


class LanguageMemory:
    """Loads the environment with what earlier starts remember, and records it in turn."""

    def __init__(
        self,
        settings: Settings,
        read: Callable[[Settings, Languages | None, RecordedLanguages], Environment],
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._read = read
        self._clock = clock
        self.memory = NOTHING
        self._wrong: CatalogError | None = None

    @property
    def are_wrong(self) -> bool:
        """Whether the settings name a language that is not complete, and may be remembered."""
        return self._wrong is not None

    def first(self) -> Environment:
        """The environment before the database is read.

        A configured language that is not complete is left to `recall`: it may be remembered.
        """
        try:
            return self.read()
        except CatalogError as error:
            self._wrong = error
            settings = self._settings
            library = read_folder(settings.flows)[0]
            whole = complete_languages(library, settings.flows, settings.locales)
            spoken = load_offered(library, settings.flows, settings.locales, whole)
            return self._read(settings, spoken, NOTHING)

    def read(self) -> Environment:
        """Loads the environment from the files and from what is remembered.

        Raises:
            BrokenFlow, CatalogError: the files cannot be used.
        """
        return self._read(self._settings, None, self.memory)

    async def recall(self, store: Database, env: Environment) -> None:
        """Restores at a start what the last one offered, and logs what waits for translators.

        Raises:
            CatalogError: a configured language is not complete and never was.
            DatabaseUnavailable: the database cannot be reached.
        """
        self.memory = await read_memory(store)
        spoken = env.languages
        lost = set(self.memory.offered) - set(spoken.codes)
        behind = any(spoken[code].lacks for code in spoken.codes)
        if lost or behind or self._wrong is not None:
            env.replace_with(self.read())
            self._wrong = None
        await self.remember(store, env)

    async def remember(self, store: Database, env: Environment) -> None:
        """Stores what is offered now, where it is complete, and logs what waits for translators.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        now = self._clock()
        changed = recorded_now(env.library, env.languages, self.memory, now.date())
        for code, record in changed.items():
            if not record.offered:
                log.warning("languages.no_longer_offered", language=code)
        try:
            await write_languages(store, changed, now)
        except DatabaseUnavailable as error:
            # Nothing waits for it: the next start, or the next change of a file, writes it.
            log.warning("languages.not_remembered", error=str(error))
            changed = {}
        known = set(self.memory.versions)
        today = [(f.name, f.source) for f in env.library.current.values()]
        versions = [*self.memory.versions, *(each for each in today if each not in known)]
        self.memory = RecordedLanguages({**self.memory.languages, **changed}, versions)
        self._tell(env)

    def _tell(self, env: Environment) -> None:
        standings = survey_of(self._settings, env.languages.codes)
        found = waits(standings, env.languages.codes, self.memory)
        if found:
            log.warning("languages.wait", texts=len(found), first="; ".join(in_short(found)))
        for line in unspoken(env.library, env.languages):
            log.error("languages.lack", what=line)
        # Texts are remembered; keywords are not: a stop would not be recognised.
        for standing in standings:
            for part in (Requirement.LISTENED, Requirement.DANGER):
                for fault in standing.faults.get(part, ()):
                    log.error("languages.not_listened_for", language=standing.code, what=fault)
