"""Lets anything wait until something it cares about has happened, without ever sleeping.

It does not say what changed; whoever waits looks again and decides.
"""

import asyncio
from collections.abc import Callable


class Changes:
    """Wakes everyone who waits, each time something in the fake changes."""

    def __init__(self) -> None:
        """Starts with nobody waiting."""
        self._event = asyncio.Event()

    def tell(self) -> None:
        """Wakes everyone who is waiting now."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, ready: Callable[[], bool], within: float) -> bool:
        """Waits until `ready()` holds, at most `within` real seconds, and says whether it does."""
        try:
            async with asyncio.timeout(within):
                while not ready():
                    await self._event.wait()
        except TimeoutError:
            return ready()
        return True
