"""Parts that several rooms need: a task that drains a list, and a memory with a limit."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedDict(OrderedDict[K, V]):
    """A dictionary that keeps the newest entries; setting an entry makes it the newest."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        while len(self) > self._most:
            self.popitem(last=False)


class Drainer:
    """Runs work in one task while there is some; `wake` starts the task if none runs."""

    def __init__(self, drain: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """`drain` returns once nothing is left."""
        self._drain = drain
        self._task: asyncio.Task[object] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the task runs now."""
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """Starts the task, unless it runs."""
        if not self.is_running:
            self._task = asyncio.create_task(self._drain())

    async def wait_idle(self) -> None:
        """Returns when the task has ended, with its error if it failed."""
        while self._task is not None and not self._task.done():
            await self._task

    async def finish(self) -> None:
        """Waits for the task's end, whatever it is."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def close(self) -> None:
        """Cancels the task and waits for its end."""
        if self._task is not None:
            await cancelled(self._task)


async def cancelled(task: asyncio.Task[Any]) -> None:
    """Cancels a task and waits until it has ended."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
