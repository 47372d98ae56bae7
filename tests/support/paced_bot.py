"""A whole bot that keeps Telegram's pace, on a timer that the test turns.

It checks nothing by itself.
"""

from __future__ import annotations

import asyncio

from bot.app import App, build
from bot.settings import Settings
from bot.telegram.receiving.flood_control import FloodControl
from bot.telegram.sending.rate_limiter import RateLimiter
from tests.conftest import Time
from tests.reliability.crash.manual_timer import Hourglass
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

PACE = 30
GUARD = 60.0


class Paced(Running):
    """A bot that keeps the real pace, on a timer that the test turns."""

    def __init__(self, telegram: FakeTelegram, database_url: str, time: Time) -> None:
        super().__init__(telegram, database_url, time)
        self.glass = Hourglass()
        self.limits: FloodControl | None = None

    def put_together(self, settings: Settings) -> App:
        """The bot, at thirty messages a second."""
        return build(
            settings,
            clock=self.clock,
            pace=RateLimiter(self.glass.timer, overall=PACE),
            limits=self.limits,
        )

    async def until(self, person: Person, words: str) -> None:
        """Turns the timer until somebody has been told something."""
        while not any(words in b.text for b in person.chat if b.from_bot):
            await self.turn()

    async def turn(self) -> None:
        """Turns it to the next moment at which somebody wakes, once the lines are quiet."""
        calls = self.telegram.calls_of
        await self.telegram.changes.until(
            lambda: all(call.outcome != "open" for call in calls("sendMessage")), GUARD
        )
        await self.glass.to((self.glass.sleeping or [self.glass.seconds])[0])

    async def turn_to(self, seconds: float) -> None:
        """Turns it on by this many seconds, moment by moment, as `turn` does."""
        end = self.glass.seconds + seconds
        while self.glass.sleeping and self.glass.sleeping[0] <= end:
            await self.turn()
        await self.glass.to(end)

    async def until_idle(self) -> None:
        """Turns it until all that was taken in is answered and written down."""
        settled = asyncio.create_task(self.bot.settled())
        while not settled.done():
            await self.turn()

    async def stop(self) -> None:
        """Stops it when all has been sent; what sleeps meanwhile must wake."""
        await self.until_idle()
        await super().stop()
