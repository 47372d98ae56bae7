"""A timer that stands still until a test turns it, and wakes those whose pause is over in order.

It knows nothing of the time of day.
"""

from __future__ import annotations

import asyncio
import heapq

from bot.telegram.sending.rate_limiter import Timer

TURNS = 30
"""Rounds of the event loop in which everything that can go on without time passing goes on."""


class Hourglass:
    """Seconds from nought."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        self.timer = Timer(lambda: self.seconds, self._sleep)

    @property
    def sleeping(self) -> list[float]:
        """When those who sleep wake, soonest first."""
        return sorted(until for until, _, future in self._sleeping if not future.done())

    async def to(self, seconds: float) -> None:
        """Lets time pass up to a moment."""
        await self._calm()
        while self._sleeping and self._sleeping[0][0] <= seconds:
            until, _, future = heapq.heappop(self._sleeping)
            self.seconds = max(self.seconds, until)
            if not future.done():
                future.set_result(None)
            await self._calm()
        self.seconds = seconds

    async def _sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleeping, (self.seconds + max(seconds, 0.0), self._count, future))
        await future

    @staticmethod
    async def _calm() -> None:
        for _ in range(TURNS):
            await asyncio.sleep(0)
