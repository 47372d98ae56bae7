"""Retries a call until Telegram has answered, and gives up after minutes.

A reply that was given up stays in the outbox: a later round of the job retries it, and other chats
do not wait for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.telegram.sending.rate_limiter import RateLimiter

log = structlog.get_logger()
T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PATIENCE = 180.0
"""Seconds of trouble with one chat after which a reply is left to a later round."""
URGENT_PATIENCE = 3_600.0
"""The same for messages to a participant in danger: some of them exist in memory alone."""


class GaveUp(Exception):
    """Telegram did not accept the call for minutes, or has said that it will not."""


class Retries:
    """Retries with back-off, each chat by itself."""

    def __init__(self, pace: RateLimiter) -> None:
        self._pace = pace
        self._waking: dict[int, asyncio.Event] = {}  # chats whose queue pauses after an error

    async def call(
        self, chat: int, go: Callable[[], Awaitable[T]], patience: float = PATIENCE
    ) -> T:
        """Retries with growing pauses until Telegram has answered; a 429 blocks only this chat.

        Raises:
            GaveUp: when that would take too long.
        """
        pause, until = FIRST_PAUSE, self._pace.timer.now() + patience
        while True:
            self._look(chat, until)
            try:
                return await go()
            except RetryAfter as error:
                self._pace.block_chat(chat, retry_seconds(error))
                self._look(chat, until)
                await self._doze(chat, retry_seconds(error))
            except (BadRequest, Forbidden, InvalidToken, ChatMigrated):
                raise
            except (NetworkError, TelegramError) as error:
                log.warning("telegram.away", error=type(error).__name__, pause=pause)
                if self._pace.timer.now() + pause > until:
                    raise GaveUp from error
                await self._doze(chat, pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    def _look(self, chat: int, until: float) -> None:
        """Gives up at once where Telegram has said that the chat has to wait for longer."""
        if self._pace.timer.now() + self._pace.blocked_for(chat) > until:
            raise GaveUp

    async def _doze(self, chat: int, seconds: float) -> None:
        """Pauses after an error; a stop in the chat ends the pause: its answer waits behind."""
        waking = self._waking.setdefault(chat, asyncio.Event())
        waking.clear()
        either = [
            asyncio.ensure_future(self._pace.timer.sleep(seconds)),
            asyncio.ensure_future(waking.wait()),
        ]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in either:
                each.cancel()

    def wake(self, chat: int) -> None:
        """Ends the pause after an error in a chat."""
        if (waking := self._waking.get(chat)) is not None:
            waking.set()

    def forget(self, chat: int) -> None:
        """Discards the state of a chat whose queue is empty."""
        self._waking.pop(chat, None)


def retry_seconds(error: RetryAfter) -> float:
    """Seconds that a 429 asks to wait."""
    after = error.retry_after
    return float(after if isinstance(after, int | float) else after.total_seconds())
