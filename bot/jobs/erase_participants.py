"""Job that deletes participants for good whose undo period is over, also after downtime.

Decrypts nothing: a participant whose key is damaged or lost is deleted like all others. Sends
nothing: a message about it would show that there was something.
"""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.store.availability import DatabaseLocked, DatabaseUnavailable
from bot.store.database import Database
from bot.store.queries import health

log = structlog.get_logger()
MOST_AT_ONCE = 50


class ErasureJob:
    """Runs with every round, before anything is sent."""

    def __init__(self, store: Database, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> int:
        """Deletes every participant whose undo period is over; returns how many.

        Raises:
            DatabaseUnavailable: the rest is deleted in the next round.
            Exception: the error of one of them, once all the others are deleted.
        """
        gone, last = 0, 0
        self._failed: Exception | None = None
        # Paged by id, so that a participant who cannot be deleted now is not fetched again.
        while found := await health.due_for_erasure(self._store, self._clock(), MOST_AT_ONCE, last):
            last = found[-1]
            gone += await self._delete(found)
        if gone:
            log.info("deleted", count=gone)
        if not await self._store.checkpoint():
            log.info("database.not_folded")  # a reader was active; the next round does it
        if self._failed is not None:
            raise self._failed  # the others are deleted all the same; the next round retries
        return gone

    async def _delete(self, ids: list[int]) -> int:
        """Deletes these together, or one by one where that fails."""
        try:
            async with self._store.unit_of_work(hurry=True) as uow:
                return await uow.erasure.erase_over(ids, self._clock())
        except Exception as error:
            if isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseLocked):
                raise
            if len(ids) == 1:
                kind = type(error).__name__
                log.error("person.not_deleted", participant=ids[0], error=kind)  # noqa: TRY400 - its words
                self._failed = error
                return 0
        return sum([await self._delete([each]) for each in ids])
