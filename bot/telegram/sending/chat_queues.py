"""One queue of jobs per chat: in order within a chat, many chats at once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from bot.domain.send_result import ChatBusy

log = structlog.get_logger()
Job = Callable[[], Awaitable[None]]


class ChatQueues:
    """The queues of chats with pending jobs; `on_empty` is called when one is empty."""

    def __init__(self, on_empty: Callable[[int], None]) -> None:
        self._on_empty = on_empty
        self._queues: dict[tuple[int, bool], deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._urgent: dict[int, asyncio.Task[None]] = {}

    @property
    def is_empty(self) -> bool:
        """Whether no chat has a pending job."""
        return not self._queues

    def urgent_in(self, chat: int) -> asyncio.Task[None] | None:
        """The task that sends urgent replies to a chat, if there is one."""
        return self._urgent.get(chat)

    async def run(self, chat: int, work: Job, within: float) -> None:
        """Runs work in the queue of a chat, and returns when it is done.

        Raises:
            ChatBusy: when the turn does not come within so many seconds; the work was not
                started.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        begun = left = False

        async def job() -> None:
            nonlocal begun
            if left:
                return
            begun = True
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - it is handed to the one who waits
                done.set_exception(error)
            else:
                done.set_result(None)

        self.enqueue(chat, job)
        await asyncio.wait((done,), timeout=within)
        if not (begun or done.done()):
            left = True
            raise ChatBusy
        await done

    async def wait_idle(self) -> None:
        """Returns when every job is finished."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """Stops at once; what was not sent is still in the outbox."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Starts work beside the queues, which is waited for and ended with them."""
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def enqueue(self, chat: int, job: Job, *, urgent: bool = False) -> None:
        """Adds a job to the queue of a chat."""
        # Urgent replies have a queue of their own: the one ahead may wait long for its turn.
        which = (chat, urgent)
        if which in self._queues:
            self._queues[which].append(job)
        else:
            self._queues[which] = deque([job])
            task = self.start(self._drain(which))
            if urgent:
                self._urgent[chat] = task
                task.add_done_callback(lambda _: self._urgent.pop(chat, None))

    async def _drain(self, which: tuple[int, bool]) -> None:
        lane = self._queues[which]
        try:
            while lane:
                try:
                    await lane.popleft()()
                except Exception as error:  # noqa: BLE001 - the next in the queue must be sent
                    log.error("lane.failed", error=type(error).__name__)  # noqa: TRY400 - no content
        finally:
            del self._queues[which]
            self._on_empty(which[0])
