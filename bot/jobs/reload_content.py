"""Job that reloads questions, texts and helplines changed while the bot runs, if all are valid.

Until then the bot continues with what it has. Open check-ins stay on their version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import structlog

from bot.authors.check import check, offered_and_lacking
from bot.clock import Clock
from bot.content.environment import Environment
from bot.i18n.catalog import CatalogError
from bot.languages.language_memory import LanguageMemory
from bot.settings import Settings
from bot.store.database import Database
from flows.engine import BrokenFlow

log = structlog.get_logger()

MOST_NAMED = 3
READ = ("*.yaml", "*/*.yaml", "wording/*.txt", "danger/*.txt", "danger/*/*.txt")
"""The files read in the folder of questions."""
SPOKEN = ("*/about.yaml", "*/LC_MESSAGES/*.po")
"""The files read in the folder of languages."""

Fingerprint = tuple[tuple[str, int, int], ...]
"""The files, with their modification times and sizes."""


class ReloadRefused(Exception):
    """Changed files that are not loaded, and the reasons, one per line."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class ContentReloader:
    """Checks in every round whether the files have changed, and reloads them.

    `languages` reads everything from disk, `seen` is the fingerprint of what `env` was read
    from; `taken` is called after a reload.

    A change counts once it has been stable from one round to the next: a file that is being saved
    may look complete when its end is missing.
    """

    def __init__(
        self,
        settings: Settings,
        languages: LanguageMemory,
        env: Environment,
        seen: Fingerprint,
        store: Database,
        clock: Clock,
        taken: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._languages = languages
        self._env = env
        self._store = store
        self._clock = clock
        self._loaded = taken
        self._stable = self._seen = seen

    async def reload_if_changed(self) -> None:
        """Reloads what has changed, if it is stable and valid; else logs the reasons, once.

        Raises:
            DatabaseUnavailable: nothing was reloaded; the next round retries.
        """
        now = await asyncio.to_thread(fingerprint, self._settings)
        if now == self._stable or now != self._seen:
            self._seen = now
            return
        try:
            new = await asyncio.to_thread(self._reloaded)
        except ReloadRefused as refused:
            self._stable = now
            named = "; ".join(refused.reasons[:MOST_NAMED])
            log.warning("questions.kept_old", reasons=len(refused.reasons), first=named)
            return
        if await asyncio.to_thread(fingerprint, self._settings) != now:
            return  # changed while it was read
        # Stored before a check-in can start from it: a check-in points to its version.
        await self._store.save_flow_versions(new.library.current.values(), self._clock())
        self._stable = now
        self._env.replace_with(new)
        flows = {name: flow.version for name, flow in new.library.current.items()}
        log.info("questions.taken_up", **flows)
        for problem in self._env.danger_problems:
            log.error(
                "danger.model", problem=str(problem), asks_gently=bool(self._env.danger_model)
            )
        self._loaded()
        await self._languages.remember(self._store, self._env)

    def _reloaded(self) -> Environment:
        """Reads everything from disk.

        Raises:
            ReloadRefused: anything is wrong with it, or an offered language would be lost.
        """
        try:
            if reasons := refusal_reasons(self._settings, self._env.languages.codes):
                raise ReloadRefused(reasons)
            return self._languages.read()
        except (BrokenFlow, CatalogError, OSError) as error:
            raise ReloadRefused(str(error).splitlines()) from None


def fingerprint(settings: Settings) -> Fingerprint:
    """The fingerprint of the files, without reading them."""
    found: list[tuple[str, int, int]] = []
    for folder, patterns in ((settings.flows, READ), (settings.locales, SPOKEN)):
        for file in _files(folder, patterns):
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue  # deleted since it was listed: the next check sees that
            found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))


def _files(folder: Path, patterns: Iterable[str]) -> Iterable[Path]:
    found = (file for pattern in patterns for file in folder.glob(pattern))
    return (file for file in found if file.name[0] != ".")


def refusal_reasons(settings: Settings, offered: Collection[str]) -> list[str]:
    """Why a bot that offers these languages would not load the files as they are now."""
    checked = check(settings.flows, settings.locales)
    reasons = [*map(str, checked.problems), *map(str, checked.findings)]
    return reasons + offered_and_lacking(checked.standings, tuple(offered))
