"""Deletes participants' answers and names from workers' chats when they may not stay there.

Which are due is decided in `shown_messages`. What Telegram refuses to delete now is retried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

import structlog
from telegram.error import BadRequest, Forbidden

from bot.clock import Clock
from bot.store.database import Database
from bot.store.repositories.work.shown_messages import RemovalDue
from bot.telegram.sending.chat_cleaner import ChatCleaner
from bot.telegram.sending.chat_work import ChatWork, InTurn, call_once
from bot.telegram.sending.rate_limiter import RateLimiter

log = structlog.get_logger()


class ShownMessageRemoval:
    """Deletes shown messages in workers' chats. `words` gives the text of those that must stay."""

    def __init__(
        self,
        clearer: ChatCleaner,
        pace: RateLimiter,
        store: Database,
        clock: Clock,
        words: Callable[[str], str],
    ) -> None:
        self._clearer = clearer
        self._pace = pace
        self._store = store
        self._clock = clock
        self._words = words
        self._work = ChatWork("shown.later")

    async def start_due(self, in_turn: InTurn) -> list[asyncio.Task[None]]:
        """Starts the due deletions, each chat's in its own queue.

        Raises:
            DatabaseUnavailable: nothing was started.
        """
        async with self._store.unit_of_work() as uow:
            found = await uow.shown_messages.due(self._clock())
        return self._work.start(((d.chat, partial(self._take_away, d)) for d in found), in_turn)

    async def _take_away(self, due: RemovalDue) -> None:
        numbers = {said.message_id: shown_id for shown_id, said in due.messages.items()}
        try:
            found = await self._clearer.delete_messages(
                due.chat,
                list(due.messages.values()),
                self._words(due.language),
                partial(call_once, self._pace),
            )
        except (Forbidden, BadRequest):  # the worker blocked the bot or deleted the account
            done: set[int] = set()
        else:
            done = found.deleted | found.blanked
        left = [row for number, row in numbers.items() if number not in done]
        if left:
            log.warning("shown.left", count=len(left))
        async with self._store.unit_of_work() as uow:
            await uow.shown_messages.mark_deleted(
                row for number, row in numbers.items() if number in done
            )
            await uow.shown_messages.retry_later(left, self._clock())
