"""How much one chat, and all together, may bring before it is looked at no further.

Buckets of tokens in memory, each of a few bytes and not more than so many: whoever is pushed out
by others begins with a full one. Decides nothing about what is said.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.messages.incoming import Command, IncomingUpdate

MOST_CHATS = 10_000


@dataclass
class TokenBuckets:
    """A bucket for each key: `holds` at once, and one more every `every` seconds."""

    holds: int
    every: float
    _left: OrderedDict[int, tuple[float, float]] = field(default_factory=OrderedDict)

    def try_take(self, key: int, at: float) -> bool:
        """Whether there is one more in the bucket; then it is taken out."""
        left, since = self._left.get(key, (float(self.holds), at))
        # What was sent while the bot was away arrives in a heap, but has its own times.
        left = min(float(self.holds), left + max(0.0, at - since) / self.every)
        fits = left >= 1.0
        self._left[key] = (left - 1.0 if fits else left, max(at, since))
        self._left.move_to_end(key)
        while len(self._left) > MOST_CHATS:
            self._left.popitem(last=False)
        return fits

    def __len__(self) -> int:
        return len(self._left)


@dataclass
class FloodControl:
    """What a person never reaches: sixty taps or messages at once, then one a second.

    Help, danger and stop have a bucket of their own beside it: whoever floods is still heard with
    them, but cannot make others wait by them either. Links are fewer: one person is given few, and
    a whole room that scans its cards a few hundred.
    """

    chats: TokenBuckets = field(default_factory=lambda: TokenBuckets(60, 1.0))
    urgent: TokenBuckets = field(default_factory=lambda: TokenBuckets(30, 1.0))
    links: TokenBuckets = field(default_factory=lambda: TokenBuckets(10, 60.0))
    all_links: TokenBuckets = field(default_factory=lambda: TokenBuckets(600, 0.1))
    told: TokenBuckets = field(default_factory=lambda: TokenBuckets(1, 60.0))
    _known: OrderedDict[int, bool] = field(default_factory=OrderedDict)

    def admit(self, incoming: IncomingUpdate, is_urgent: Callable[[], bool]) -> bool:
        """Whether this is looked at; by when it was sent, which nobody can make up.

        What is brought again, because the database was away, is not counted again.
        """
        if incoming.update_id not in self._known:
            self._known[incoming.update_id] = self._admit(incoming, is_urgent)
            while len(self._known) > MOST_CHATS:
                self._known.popitem(last=False)
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
        """Whether a chat that was not let in is told so: once a minute is enough."""
        return self.told.try_take(incoming.chat, incoming.sent_at.timestamp())


def no_limits() -> FloodControl:
    """For a test in which a person says in a moment what takes others a year."""
    chats, urgent, links, all_links, told = (TokenBuckets(1_000_000, 1.0) for _ in range(5))
    return FloodControl(chats, urgent, links, all_links, told)
