"""Keeps the books of what was delivered, many entries in one transaction.

An entry that cannot be written now is written later; until then its reply counts as owed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.metrics import Metrics
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import DatabaseAway, Locked, NotWritten, Store
from bot.store.repositories.delivery.chat_message_repository import Said
from bot.telegram.sending.rate_limiter import Timer
from bot.telegram.sending.sender import Delivery, Outcome

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
        self._counts = {each: metrics.replies.labels(each.value) for each in Outcome}
        self._entries: list[dict[str, Any]] = []
        self._lost: list[int] = []
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def enter(self, delivery: Delivery) -> None:
        """Takes one delivery."""
        self._counts[delivery.outcome].inc()
        reply = delivery.reply
        self._entries.append(
            {
                "id": reply.id,
                "session_id": reply.session_id,
                "turn": reply.turn,
                "message_id": delivery.message_id,
                "chat": reply.chat,
                "stands": delivery.stands,
                "gone": delivery.gone,
                "held": reply.holds,
                "whose": reply.whose,
            }
        )
        if delivery.outcome is Outcome.GONE:
            self._lost.append(reply.chat)
        self._begin()

    def stands(self, chat: int, said: tuple[Said, ...]) -> None:
        """Takes messages that stand in a chat since, such as a hello, which nobody was owed."""
        unowed = {"id": 0, "session_id": None, "turn": 0, "message_id": None}
        self._entries.append({**unowed, "chat": chat, "stands": said})
        self._begin()

    def standing(self, chat: int) -> list[Said]:
        """The messages of a chat that the database does not know yet."""
        mine = (entry for entry in self._entries if entry["chat"] == chat)
        return [said for entry in mine for said in entry["stands"]]

    def _begin(self) -> None:
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
                    await self._enter_all(entries)
                elif self._lost:
                    await self._give_up(self._lost[0])
            except DatabaseAway as error:
                # What cannot be written now counts as owed, and is not sent again meanwhile.
                log.warning("books.again", error=str(error))
                if self._closing:
                    return
                await self._timer.sleep(PAUSE)

    async def _enter_all(self, entries: list[dict[str, Any]]) -> None:
        """Writes entries together, or each by itself where one of their rows is held by another.

        Raises:
            DatabaseAway: some are not written; they are still there.
        """
        try:
            await self._store.delivered(entries)
        except (Locked, NotWritten):
            if len(entries) == 1:
                self._entries.append(self._entries.pop(self._entries.index(entries[0])))
                raise
        else:
            self._written(entries)
            return
        held: Exception | None = None
        for entry in entries:
            try:
                await self._store.delivered([entry], hurry=True)
                self._written([entry])
            except (Locked, NotWritten) as error:
                held = error
        if held is not None:
            raise held

    def _written(self, entries: list[dict[str, Any]]) -> None:
        done = {id(entry) for entry in entries}
        self._entries = [entry for entry in self._entries if id(entry) not in done]

    async def _give_up(self, chat: int) -> None:
        """Stops a chat that cannot be written to; one whose rows are held comes last."""
        try:
            await self._gone(chat)
        except DatabaseAway:
            self._lost.append(self._lost.pop(0))
            raise
        except UNREADABLE as error:
            # Whose rows do not open is sent nothing anyway, and no other's books wait for it.
            log.warning("books.not_opened", error=type(error).__name__)
        del self._lost[0]
