"""Takes up questions, words and numbers that change while the bot runs, once all of it is well.

Until then the bot goes on with what it has. Nobody who is half-way is moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import structlog

from bot.authors.check import check, offered_and_lacking
from bot.clock import Clock
from bot.conversation.context import Environment
from bot.i18n.tools.extraction import CatalogError
from bot.languages.language_memory import LanguageMemory
from bot.settings import Settings
from bot.store.database import Database
from flows.engine import BrokenFlow

log = structlog.get_logger()

MOST_NAMED = 3
READ = ("*.yaml", "*/*.yaml", "wording/*.txt")
"""What is read of the folder of questions."""
SPOKEN = ("*/about.yaml", "*/LC_MESSAGES/*.po")
"""What is read of the folder of languages."""

Fingerprint = tuple[tuple[str, int, int], ...]
"""The files with when they were changed, and how long they are."""


class ReloadRefused(Exception):
    """Changed files that are not taken up, and why, a line each."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class ContentReloader:
    """Looks at each tick whether the files have changed, and takes them up.

    `languages` reads everything anew, `seen` is what `around` was read from; `taken` is told when
    what changed was taken up.

    A change counts once it has been still from one tick to the next: a file that is being saved
    may look whole when its end is missing.
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
        """Takes up what has changed, if it has, is still and is well; else says why not, once.

        Raises:
            DatabaseUnavailable: nothing was taken up; the next tick tries again.
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
            return  # changed again while it was read
        # Kept before anyone can be asked from it: a check-in points to its version.
        await self._store.save_flow_versions(new.library.current.values(), self._clock())
        self._stable = now
        self._env.replace_with(new)
        flows = {name: flow.version for name, flow in new.library.current.items()}
        log.info("questions.taken_up", **flows)
        self._loaded()
        await self._languages.remember(self._store, self._env)

    def _reloaded(self) -> Environment:
        """Everything read anew.

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
    """What the files look like from outside, without reading them."""
    found: list[tuple[str, int, int]] = []
    for folder, patterns in ((settings.flows, READ), (settings.locales, SPOKEN)):
        for file in _files(folder, patterns):
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue  # gone since it was listed: the next look sees it gone
            found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(sorted(found))


def _files(folder: Path, patterns: Iterable[str]) -> Iterable[Path]:
    found = (file for pattern in patterns for file in folder.glob(pattern))
    return (file for file in found if file.name[0] != ".")


def refusal_reasons(settings: Settings, offered: Collection[str]) -> list[str]:
    """Why a bot that speaks these languages would not take up the files as they are now."""
    checked = check(settings.flows, settings.locales)
    reasons = [*map(str, checked.problems), *map(str, checked.findings)]
    return reasons + offered_and_lacking(checked.standings, tuple(offered))
