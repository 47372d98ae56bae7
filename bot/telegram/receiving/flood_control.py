"""Flood control: how many updates one chat, and all together, may send before being ignored.

Token buckets in memory, a few bytes each and bounded in number: a chat that is pushed out by others
begins with a full bucket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.concurrency import BoundedDict
from bot.messages.incoming import Command, IncomingUpdate

MOST_CHATS = 10_000


@dataclass
class TokenBuckets:
    """A token bucket per key: `holds` at once, and one more every `every` seconds."""

    holds: int
    every: float
    _left: BoundedDict[int, tuple[float, float]] = field(
        default_factory=lambda: BoundedDict(MOST_CHATS)
    )

    def try_take(self, key: int, at: float) -> bool:
        """Takes a token out of the bucket if there is one; whether there was."""
        left, since = self._left.get(key, (float(self.holds), at))
        # What was sent while the bot was down arrives in a burst, but has its own times.
        left = min(float(self.holds), left + max(0.0, at - since) / self.every)
        fits = left >= 1.0
        self._left[key] = (left - 1.0 if fits else left, max(at, since))
        return fits

    def __len__(self) -> int:
        return len(self._left)


@dataclass
class FloodControl:
    """Limits a participant never reaches: 60 taps or messages at once, then one a second.

    Help, danger and stop have a bucket of their own besides: a flooding chat is still heard with
    them, but cannot make others wait by them either. Links are fewer: a participant is given few,
    and a whole room that scans its cards a few hundred.
    """

    chats: TokenBuckets = field(default_factory=lambda: TokenBuckets(60, 1.0))
    urgent: TokenBuckets = field(default_factory=lambda: TokenBuckets(30, 1.0))
    links: TokenBuckets = field(default_factory=lambda: TokenBuckets(10, 60.0))
    all_links: TokenBuckets = field(default_factory=lambda: TokenBuckets(600, 0.1))
    told: TokenBuckets = field(default_factory=lambda: TokenBuckets(1, 60.0))
    _known: BoundedDict[int, bool] = field(default_factory=lambda: BoundedDict(MOST_CHATS))

    def admit(self, incoming: IncomingUpdate, is_urgent: Callable[[], bool]) -> bool:
        """Whether this update is processed; by when it was sent, which a sender cannot forge.

        An update that is redelivered, because the database was unavailable, is not counted again.
        """
        if incoming.update_id not in self._known:
            self._known[incoming.update_id] = self._admit(incoming, is_urgent)
        return self._known[incoming.update_id]

    def _admit(self, incoming: IncomingUpdate, is_urgent: Callable[[], bool]) -> bool:
        chat, at = incoming.chat, incoming.sent_at.timestamp()
        if not self.chats.try_take(chat, at):
            return is_urgent() and self.urgent.try_take(chat, at)
        what = incoming.content  # a pasted link has been made a tapped one
        if not (isinstance(what, Command) and what.name == "start" and what.arguments):
            return True
        return self.links.try_take(chat, at) and self.all_links.try_take(0, at)

    def should_notify(self, incoming: IncomingUpdate) -> bool:
        """Whether a chat that was not admitted is notified: once a minute is enough."""
        return self.told.try_take(incoming.chat, incoming.sent_at.timestamp())


def no_limits() -> FloodControl:
    """For a test in which a participant sends in a moment what takes a year in practice."""
    chats, urgent, links, all_links, told = (TokenBuckets(1_000_000, 1.0) for _ in range(5))
    return FloodControl(chats, urgent, links, all_links, told)
