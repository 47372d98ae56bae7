"""Records deliveries in the background, many per transaction.

An entry that cannot be written is retried; until then its reply stays in the outbox.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from bot.concurrency import Drainer
from bot.domain.visible_message import VisibleMessage
from bot.metrics import Metrics
from bot.store.availability import DatabaseLocked, DatabaseUnavailable, WriteFailed
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import Database
from bot.telegram.sending.delivery import Delivery, DeliveryStatus
from bot.telegram.sending.rate_limiter import Timer

log = structlog.get_logger()
PAUSE = 1.0
MOST_TOGETHER = 500


class DeliveryLog:
    """Accepts deliveries at once and writes them in the background."""

    def __init__(
        self,
        store: Database,
        timer: Timer,
        gone: Callable[[int], Awaitable[None]],
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._timer = timer
        self._gone = gone
        self._counts = {each: metrics.replies.labels(each.value) for each in DeliveryStatus}
        self._entries: list[dict[str, Any]] = []
        self._lost: list[int] = []
        self._drainer = Drainer(self._write)
        self._closing = False

    def record(self, delivery: Delivery) -> None:
        """Records one delivery."""
        self._counts[delivery.status].inc()
        reply = delivery.reply
        self._entries.append(
            {
                "id": reply.id,
                "session_id": reply.session_id,
                "turn": reply.turn,
                "message_id": delivery.message_id,
                "chat": reply.chat,
                "stands": delivery.visible,
                "gone": delivery.deleted,
                "held": reply.is_placeholder,
                "whose": reply.owner,
            }
        )
        if delivery.status is DeliveryStatus.BLOCKED:
            self._lost.append(reply.chat)
        self._drainer.wake()

    def record_visible(self, chat: int, said: tuple[VisibleMessage, ...]) -> None:
        """Records messages that became visible outside the outbox, such as an opening message."""
        unowed = {"id": 0, "session_id": None, "turn": 0, "message_id": None}
        self._entries.append({**unowed, "chat": chat, "stands": said})
        self._drainer.wake()

    def pending_for(self, chat: int) -> list[VisibleMessage]:
        """The visible messages of a chat that the database does not know yet."""
        mine = (entry for entry in self._entries if entry["chat"] == chat)
        return [said for entry in mine for said in entry["stands"]]

    @property
    def pending_ids(self) -> frozenset[int]:
        """The ids of delivered replies that the database does not know yet."""
        return frozenset(int(entry["id"]) for entry in self._entries)

    async def wait_idle(self) -> None:
        """Returns when every entry is written."""
        await self._drainer.wait_idle()

    async def close(self) -> None:
        """Writes what is left if the database is available; the rest stays in the outbox."""
        self._closing = True
        await self._drainer.finish()

    async def _write(self) -> None:
        while self._entries or self._lost:
            try:
                if entries := self._entries[:MOST_TOGETHER]:
                    await self._enter_all(entries)
                elif self._lost:
                    await self._give_up(self._lost[0])
            except DatabaseUnavailable as error:
                # Replies that cannot be recorded stay in the outbox; `pending_ids` keeps them from
                # being resent.
                log.warning("books.again", error=str(error))
                if self._closing:
                    return
                await self._timer.sleep(PAUSE)

    async def _enter_all(self, entries: list[dict[str, Any]]) -> None:
        """Writes entries together, or one by one where one of their rows is locked.

        Raises:
            DatabaseUnavailable: some are not written and are still pending.
        """
        try:
            await self._store.mark_delivered(entries)
        except (DatabaseLocked, WriteFailed):
            if len(entries) == 1:
                self._entries.append(self._entries.pop(self._entries.index(entries[0])))
                raise
        else:
            self._written(entries)
            return
        held: Exception | None = None
        for entry in entries:
            try:
                await self._store.mark_delivered([entry], hurry=True)
                self._written([entry])
            except (DatabaseLocked, WriteFailed) as error:
                held = error
        if held is not None:
            raise held

    def _written(self, entries: list[dict[str, Any]]) -> None:
        done = {id(entry) for entry in entries}
        self._entries = [entry for entry in self._entries if id(entry) not in done]

    async def _give_up(self, chat: int) -> None:
        """Stops a chat that cannot be written to; one whose rows are locked comes last."""
        try:
            await self._gone(chat)
        except DatabaseUnavailable:
            self._lost.append(self._lost.pop(0))
            raise
        except UNREADABLE as error:
            # A participant whose rows cannot be decrypted is sent nothing anyway, and other entries
            # must not wait for it.
            log.warning("books.not_opened", error=type(error).__name__)
        del self._lost[0]
