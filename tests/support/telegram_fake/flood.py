"""Keeps the times of all that was sent, by the fake's clock, and can refuse what came too fast.

It does not refuse anything until `enforce` is set.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from itertools import pairwise

from tests.support.telegram_fake.validation.rules import too_many_requests

PER_CHAT = timedelta(seconds=1)  # "avoid sending more than one message per second" in one chat
PER_SECOND = 30  # "no more than about 30 messages per second" to different people


class Flood:
    """When what was sent to whom."""

    def __init__(self) -> None:
        """Starts with nothing sent and nothing refused."""
        self.enforce = False
        self.retry_after = 1
        self.times: dict[int, list[datetime]] = defaultdict(list)

    def note(self, chat_id: int, now: datetime) -> None:
        """Records one message, or refuses it with a 429 when that is switched on."""
        sent = self.times[chat_id]
        if self.enforce:
            if sent and now - sent[-1] < PER_CHAT:
                raise too_many_requests(self.retry_after)
            lately = sum(now - at < PER_CHAT for each in self.times.values() for at in each[-30:])
            if lately >= PER_SECOND:
                raise too_many_requests(self.retry_after)
        sent.append(now)

    def shortest_gap(self, chat_id: int) -> timedelta | None:
        """The least time between two messages to a chat; None below two messages."""
        sent = self.times[chat_id]
        return min((b - a for a, b in pairwise(sent)), default=None)

    def busiest_second(self) -> int:
        """The most messages sent to everyone within one second of the clock."""
        seconds = Counter(at.replace(microsecond=0) for each in self.times.values() for at in each)
        return max(seconds.values(), default=0)
