"""Deletes participants' answers and names from workers' chats when they may not stay there.

Which are due is decided in `shown_messages`. What Telegram refuses to delete now is retried.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.clock import Clock
from bot.domain.send_result import ChatBusy
from bot.store.availability import DatabaseUnavailable
from bot.store.database import Database
from bot.store.repositories.work.shown_messages import RemovalDue
from bot.telegram.sending.chat_cleaner import ChatCleaner, InTurn
from bot.telegram.sending.rate_limiter import RateLimiter
from bot.telegram.sending.retries import retry_seconds

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
        self._under_way: set[int] = set()

    async def start_due(self, in_turn: InTurn) -> list[asyncio.Task[None]]:
        """Starts the due deletions, each chat's in its own queue.

        Raises:
            DatabaseUnavailable: nothing was started.
        """
        async with self._store.unit_of_work() as uow:
            found = await uow.shown_messages.due(self._clock())
        new = [due for due in found if due.chat not in self._under_way]
        self._under_way |= {due.chat for due in new}
        return [asyncio.create_task(self._in_turn(due, in_turn)) for due in new]

    async def _in_turn(self, due: RemovalDue, in_turn: InTurn) -> None:
        try:
            await in_turn(due.chat, partial(self._take_away, due))
        except (TelegramError, DatabaseUnavailable, ChatBusy) as error:
            log.info("shown.later", error=type(error).__name__)  # still due
        finally:
            self._under_way.discard(due.chat)

    async def _take_away(self, due: RemovalDue) -> None:
        numbers = {said.message_id: shown_id for shown_id, said in due.messages.items()}
        try:
            found = await self._clearer.delete_messages(
                due.chat, list(due.messages.values()), self._words(due.language), self._once
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

    async def _once(self, chat: int, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await call()
        except RetryAfter as error:
            self._pace.block_chat(chat, retry_seconds(error))
            raise
