"""Rate limiter for sending: three messages at once to a chat, then one a second; 30 in all."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

REPLY, FOLLOW_UP, STRANGER = 0, 1, 2
"""Replies go before follow-ups, and both before first greetings: anyone can cause many of these."""


@dataclass(frozen=True, slots=True)
class Timer:
    """Clock and sleep as the rate limiter uses them, so that a test can move time."""

    now: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]


def system_timer() -> Timer:
    """Real time."""
    return Timer(time.monotonic, asyncio.sleep)


@dataclass
class RateLimiter:
    """Admits `overall` messages in any second, and one per chat in `each_chat` seconds.

    A chat that was quiet gets `burst` messages at once: a token bucket. `overall=0` means
    unlimited. The numbers are Telegram's: "avoid sending more than one message per second" to a
    chat ("we may allow short bursts that go over this limit"), and "no more than about 30 messages
    per second" in all (core.telegram.org/bots/faq).
    """

    timer: Timer
    overall: int = 30
    each_chat: float = 1.0
    burst: int = 3
    _full: dict[int, float] = field(default_factory=dict)
    """When the bucket of a chat is full again."""
    _held: dict[int, float] = field(default_factory=dict)
    """Until when a chat may not be written to at all."""
    _lately: deque[float] = field(default_factory=deque)
    _queue: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    _count: int = 0
    _runner: asyncio.Task[None] | None = None

    async def acquire(self, chat: int, urgency: int) -> None:
        """Returns when the next message to a chat may go; one caller at a time waits per chat."""
        while (pause := self.blocked_for(chat)) > 0:
            await self.timer.sleep(pause)
        self._take(chat)
        self._forget()
        if not self.overall:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._queue, (urgency, self._count, future))
        if self._runner is None or self._runner.done():
            self._runner = asyncio.create_task(self._run())
        waiting_since = self.timer.now()
        await future
        # The second begins when the message goes, not when it began to wait.
        self._full[chat] = self._full.get(chat, 0.0) + self.timer.now() - waiting_since

    def blocked_for(self, chat: int) -> float:
        """Seconds until a chat may be written to again; zero or less when it may now."""
        one_left = self._full.get(chat, 0.0) - (self.burst - 1) * self.each_chat
        return max(one_left, self._held.get(chat, 0.0)) - self.timer.now()

    def block_chat(self, chat: int, seconds: float) -> None:
        """Blocks one chat for some seconds, as a 429 asks; other chats go on."""
        self._held[chat] = max(self._held.get(chat, 0.0), self.timer.now() + seconds)

    def _take(self, chat: int) -> None:
        self._full[chat] = max(self._full.get(chat, 0.0), self.timer.now()) + self.each_chat

    async def _run(self) -> None:
        while self._queue:
            if len(self._lately) >= self.overall:
                pause = self._lately[0] + 1.0 - self.timer.now()
                if pause > 0:
                    await self.timer.sleep(pause)
                    continue
                self._lately.popleft()
            # Chosen only now: a reply enqueued during the pause goes before a follow-up.
            _, _, future = heapq.heappop(self._queue)
            if not future.done():
                self._lately.append(self.timer.now())
                future.set_result(None)

    def _forget(self) -> None:
        now = self.timer.now()
        for known in (self._full, self._held):
            if len(known) > 10_000:
                for chat in [c for c, at in known.items() if at <= now]:
                    del known[chat]
