"""The slow round: takes away what has had its time, and goes quiet where nobody answers.

Sends nothing.
"""

from __future__ import annotations

import datetime as dt

import structlog

from bot.clock import Clock
from bot.conversation import lifecycle
from bot.conversation.visit import Around
from bot.followups.plan import Span, add
from bot.store import sweep
from bot.store.store import Store
from bot.store.tables import Life

log = structlog.get_logger()

EVERY = dt.timedelta(minutes=10)
SEEN_FOR = dt.timedelta(hours=48)
"""Telegram holds an update for 24 hours; twice that is safe to forget."""
SET_ASIDE_FOR = dt.timedelta(days=14)
"""Time for an operator to look at an update that could not be processed."""
REFUSALS_FOR = dt.timedelta(days=90)
"""Time for an operator to ask who tried what; also for invites that nobody used."""
TRIES_FOR = dt.timedelta(days=30)
"""Who has typed ten wrong words has one more a day; a month of quiet, and it is forgotten."""
HELD_FOR = dt.timedelta(days=1)
"""What somebody wrote in danger is held this long for them to say that it is to be kept."""
TIME_TO_ANSWER = dt.timedelta(days=3)
"""How long after the last hello without an answer someone counts as not heard from."""
MOST_AT_ONCE = 500


class Sweep:
    """Goes round every ten minutes, however often it is called."""

    def __init__(self, store: Store, around: Around, clock: Clock) -> None:
        self._store = store
        self._around = around
        self._clock = clock
        self._last: dt.datetime | None = None

    async def run(self) -> None:
        """Goes round, if it is time.

        Raises:
            DatabaseAway: the rest is done at the next round.
        """
        now = self._clock()
        if self._last is not None and now < self._last + EVERY:
            return
        seen = await sweep.forget_seen(self._store, now - SEEN_FOR)
        await sweep.forget_set_aside(self._store, now - SET_ASIDE_FOR)
        await sweep.forget_held(self._store, now - HELD_FOR)
        await sweep.forget_old(self._store, now - REFUSALS_FOR)
        await sweep.forget_tries(self._store, now - TRIES_FOR, now)
        answers = 0
        for months in await sweep.keeping(self._store):
            before = add(now, Span(months=-months), self._around.zone)
            answers += await sweep.take_answers(self._store, months, before)
        quiet = await self._fall_silent(now)
        self._last = now
        log.info("sweep", seen=seen, answers=answers, quiet=quiet)

    async def _fall_silent(self, now: dt.datetime) -> int:
        limit, before = self._around.plan.unanswered, now - TIME_TO_ANSWER
        found = await sweep.unheard(self._store, limit, before, MOST_AT_ONCE)
        async with self._store.begin() as batch:
            people = await batch.load_ids(found)
            for person in people.values():
                # Read again under the lock: they may have written since.
                if person.state is Life.ACTIVE and person.unanswered >= limit:
                    # What is planned stays: it is dropped when due, unless they have come back.
                    lifecycle.move(batch, person, "fall_silent", now)
        return len(people)
