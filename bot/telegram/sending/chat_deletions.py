"""The deletions of messages that are past their time, started in rounds and ended together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.concurrency import cancelled
from bot.telegram.sending.chat_cleaner import ChatCleaner
from bot.telegram.sending.chat_work import InTurn
from bot.telegram.sending.shown_message_removal import ShownMessageRemoval


class ChatDeletions:
    """Deletes messages that are past their time in chats, and those shown to workers."""

    def __init__(self, cleaner: ChatCleaner, shown: ShownMessageRemoval, in_turn: InTurn) -> None:
        self._cleaner = cleaner
        self._shown = shown
        self._in_turn = in_turn
        self._tasks: set[asyncio.Task[None]] = set()

    async def start_clearing(self) -> None:
        """Starts the due deletions in chats; one chat may have to wait for long.

        Raises:
            DatabaseUnavailable: the next round does it.
        """
        await self._start(self._cleaner.start_due)

    async def start_removing_shown(self) -> None:
        """Starts what is due of messages shown to workers.

        Raises:
            DatabaseUnavailable: the next round does it.
        """
        await self._start(self._shown.start_due)

    async def run(self) -> None:
        """Deletes all that is due, and returns when that is done.

        Raises:
            DatabaseUnavailable: the next round does it.
        """
        await self.start_clearing()
        await self.start_removing_shown()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stops at once; what is left is found again at the next start."""
        for task in tuple(self._tasks):
            await cancelled(task)

    async def _start(self, due: Callable[[InTurn], Awaitable[list[asyncio.Task[None]]]]) -> None:
        for task in await due(self._in_turn):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
