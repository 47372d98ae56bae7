"""Replies that are enqueued and not yet finished, and which of them are dropped meanwhile."""

from __future__ import annotations

from bot.messages.reply import Reply
from bot.telegram.sending.rate_limiter import Timer

MOST_STRANGERS = 2_000
"""First greetings queued at once: over a minute of sending. More are dropped."""


class PendingReplies:
    """The replies in flight, by id."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._in_flight: set[int] = set()
        # not urgent: with the time of enqueueing
        self._queued: dict[int, tuple[Reply, float]] = {}
        self._dropped: set[int] = set()
        self._greetings: set[int] = set()

    @property
    def ids(self) -> frozenset[int]:
        """The ids of all of them."""
        return frozenset(self._in_flight)

    def __contains__(self, reply: Reply) -> bool:
        return reply.id in self._in_flight

    def add(self, reply: Reply) -> bool:
        """Adds a reply; False where too many first greetings are queued, and this is one."""
        # A participant in danger may write for the first time, and never waits behind greetings.
        if reply.low_priority and not reply.urgent:
            if len(self._greetings) >= MOST_STRANGERS:
                return False
            self._greetings.add(reply.id)
        if reply.supersedes_queue:
            # The chat has passed to another participant: what waits was for the previous one.
            self._drop(reply.chat, standalone=True)
        if reply.stops:
            # Messages to a worker about cases do not depend on the worker's own check-ins.
            self._drop(reply.chat, standalone=False)
        if not reply.urgent:
            self._queued[reply.id] = reply, self._timer.now()
        self._in_flight.add(reply.id)
        return True

    def _drop(self, chat: int, *, standalone: bool) -> None:
        """Drops what is queued for a chat, except urgent replies."""
        waiting = (r for r, _ in self._queued.values() if r.chat == chat)
        self._dropped |= {r.id for r in waiting if standalone or not r.standalone}

    def drop(self, reply: Reply) -> None:
        """Drops one reply: the rest of it is not sent."""
        self._dropped.add(reply.id)

    def is_dropped(self, reply: Reply) -> bool:
        """Whether a reply is not to be sent any more."""
        return reply.id in self._dropped

    def waited(self, reply: Reply) -> float:
        """Seconds since a reply that is not urgent was enqueued."""
        return self._timer.now() - self._queued[reply.id][1]

    def finish(self, reply: Reply) -> None:
        """Removes a reply that is sent, given up or dropped."""
        self._in_flight.discard(reply.id)
        self._queued.pop(reply.id, None)
        self._greetings.discard(reply.id)
        self._dropped.discard(reply.id)
