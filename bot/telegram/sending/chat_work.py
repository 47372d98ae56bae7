"""Work on chats that is due: at most one task per chat, each in the chat's own queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from telegram.error import RetryAfter, TelegramError

from bot.domain.send_result import ChatBusy
from bot.store.availability import DatabaseUnavailable
from bot.telegram.sending.rate_limiter import RateLimiter
from bot.telegram.sending.retries import retry_seconds

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]
InTurn = Callable[[int, Work], Awaitable[None]]
"""Runs work that writes to a chat in the chat's queue."""


class ChatWork:
    """Starts due work; a chat whose work is under way is left out. `event` is logged on failure."""

    def __init__(self, event: str) -> None:
        self._event = event
        self._under_way: set[int] = set()

    def start(self, due: Iterable[tuple[int, Work]], in_turn: InTurn) -> list[asyncio.Task[None]]:
        """Starts the work of each chat."""
        new = [(chat, work) for chat, work in due if chat not in self._under_way]
        self._under_way |= {chat for chat, _ in new}
        return [asyncio.create_task(self._run(chat, work, in_turn)) for chat, work in new]

    async def _run(self, chat: int, work: Work, in_turn: InTurn) -> None:
        try:
            await in_turn(chat, work)
        except (TelegramError, DatabaseUnavailable, ChatBusy) as error:
            log.info(self._event, error=type(error).__name__)  # still due
        finally:
            self._under_way.discard(chat)


async def call_once(pace: RateLimiter, chat: int, call: Callable[[], Awaitable[Any]]) -> Any:
    """Makes one call; a chat that Telegram wants to rest is blocked for as long."""
    try:
        return await call()
    except RetryAfter as error:
        pace.block_chat(chat, retry_seconds(error))
        raise
