"""Keeps the books of what was delivered, many entries in one transaction.

An entry that cannot be written now is written later; until then its reply counts as owed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.metrics import Metrics
from bot.store.store import DatabaseAway, Store
from bot.telegram.pace import Timer
from bot.telegram.send import Delivery, Outcome

log = structlog.get_logger()
PAUSE = 1.0
MOST_TOGETHER = 500


class Books:
    """Takes deliveries at once, and writes them down in the background."""

    def __init__(
        self, store: Store, timer: Timer, gone: Callable[[int], Awaitable[None]], metrics: Metrics
    ) -> None:
        self._store = store
        self._timer = timer
        self._gone = gone
        self._metrics = metrics
        self._entries: list[dict[str, Any]] = []
        self._lost: list[int] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def enter(self, delivery: Delivery) -> None:
        """Takes one delivery."""
        self._metrics.replies.labels(delivery.outcome.value).inc()
        reply = delivery.reply
        self._entries.append(
            {
                "id": reply.id,
                "session_id": reply.session_id,
                "turn": reply.turn,
                "message_id": delivery.message_id,
            }
        )
        if delivery.outcome is Outcome.GONE:
            self._lost.append(reply.chat)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    @property
    def unwritten(self) -> frozenset[int]:
        """The ids of replies that are delivered, which the database does not know yet."""
        return frozenset(int(entry["id"]) for entry in self._entries)

    async def idle(self) -> None:
        """Returns when everything entered is written."""
        while self._task is not None and not self._task.done():
            await self._task

    async def close(self) -> None:
        """Writes what is left, if the database is there; the rest is owed, and sent once more."""
        self._closing = True
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _write(self) -> None:
        while self._entries or self._lost:
            try:
                if entries := self._entries[:MOST_TOGETHER]:
                    await self._store.delivered(entries)
                    del self._entries[: len(entries)]
                elif self._lost:
                    await self._gone(self._lost[0])
                    del self._lost[0]
            except DatabaseAway as error:
                log.warning("books.again", error=str(error))
                if self._closing:
                    return
                await self._timer.sleep(PAUSE)
