"""Processes a batch of updates together, or one by one where that fails: none blocks another."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from bot.messages.incoming import IncomingUpdate
from bot.messages.reply import Reply
from bot.store.availability import DatabaseLocked, DatabaseUnavailable
from bot.store.crypto.vault import KeyMissing

log = structlog.get_logger()

MOST_REMEMBERED = 1_000


class PartiallyProcessed(DatabaseUnavailable):
    """All except `later` were processed, with these replies; bring the same batch again."""

    def __init__(self, later: Sequence[IncomingUpdate], replies: Sequence[Reply]) -> None:
        super().__init__("a key cannot be opened, or a row is held")
        self.retry = list(later)
        self.replies = list(replies)


class ProcessBatch(Protocol):
    """Processes updates in one transaction; in a `hurry` it does not wait for locked rows."""

    def __call__(
        self, updates: Sequence[IncomingUpdate], *, hurry: bool = False
    ) -> Awaitable[list[Reply]]:
        """Returns the replies once all is committed."""


class BatchProcessor:
    """Processes updates `together`, else each alone; one that fails again goes `aside`."""

    def __init__(
        self,
        together: ProcessBatch,
        aside: Callable[[IncomingUpdate, Exception], Awaitable[list[Reply]]],
        at_once: Callable[[IncomingUpdate], bool],
    ) -> None:
        """`at_once` tells which updates go aside at once, rather than wait for a missing key."""
        self._together = together
        self._at_once = at_once
        self._dead_letter = aside
        self._waiting: set[int] = set()  # chats whose rows were locked when they last wrote

    async def process(self, updates: Sequence[IncomingUpdate]) -> list[Reply]:
        """Processes updates of different chats; returns the replies to send.

        Raises:
            PartiallyProcessed: some wait for a retry, for a key or for a lock on their rows.
            DatabaseUnavailable: nothing was processed; the same updates can be brought again.
        """
        # A chat whose row was locked a moment ago must not keep the others waiting again.
        apart = [a for a in updates if a.chat in self._waiting]
        rest = [a for a in updates if a.chat not in self._waiting]
        replies: list[Reply] = []
        later: list[IncomingUpdate] = []
        hurry = False
        try:
            replies = await self._together(rest) if rest else []
            rest = []
        except DatabaseUnavailable as error:
            if not isinstance(error, DatabaseLocked):
                raise
            hurry = True
            log.warning("batch.held", count=len(rest))
        except Exception as error:  # noqa: BLE001 - one bad update must never block another
            log.info("batch.again", count=len(rest), error=type(error).__name__)
        for update in (*rest, *apart):
            try:
                replies += await self._process_alone(update, hurry=hurry or update in apart)
            except (KeyMissing, DatabaseLocked) as error:
                if isinstance(error, DatabaseLocked) and len(self._waiting) < MOST_REMEMBERED:
                    self._waiting.add(update.chat)
                log.warning("update.later", update=update.update_id, error=type(error).__name__)
                later.append(update)
            else:
                self._waiting.discard(update.chat)
        if later:
            raise PartiallyProcessed(later, replies)
        return replies

    async def _process_alone(self, update: IncomingUpdate, *, hurry: bool) -> list[Reply]:
        """Processes one update for the second time, which is enough where two processes met."""
        try:
            return await self._together([update], hurry=hurry)
        except DatabaseUnavailable:
            raise
        except KeyMissing as error:
            if not self._at_once(update):
                raise
            return await self._dead_letter(update, error)
        except Exception as error:  # noqa: BLE001 - it must never block another
            return await self._dead_letter(update, error)
