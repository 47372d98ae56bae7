"""Deletes for good whoever asked for it and has not undone it in time, also after the bot was down.

Sends nothing: a word about it would show that there was something.
"""

from __future__ import annotations

import structlog

from bot.clock import Clock
from bot.store import sweep
from bot.store.store import Store

log = structlog.get_logger()
MOST_AT_ONCE = 50


class Forget:
    """Goes round with every tick, before anything is sent."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> int:
        """Deletes everyone whose time is over; gives how many.

        Raises:
            DatabaseAway: the rest goes at the next round.
        """
        gone = 0
        while found := await sweep.to_delete(self._store, self._clock(), MOST_AT_ONCE):
            async with self._store.begin() as batch:
                # Read again under their locks: one of them may have undone it just now.
                people = await batch.load_ids(found)
                over = await batch.erase_due(people, self._clock())
            gone += len(over)
        if gone:
            log.info("deleted", count=gone)
        if not await self._store.fold():
            log.info("database.not_folded")  # somebody was reading; the next round does it
        return gone
