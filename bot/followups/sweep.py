"""The slow round: takes away what has had its time, and goes quiet where nobody answers.

Sends nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import structlog

from bot.clock import Clock
from bot.conversation import lifecycle
from bot.conversation.visit import Around
from bot.followups.plan import Span, add
from bot.store import retention, sweep
from bot.store.store import Store
from bot.store.tables import Life

log = structlog.get_logger()

EVERY = dt.timedelta(minutes=10)
HELD_FOR = dt.timedelta(days=1)
"""What somebody wrote in danger is held this long for them to say that it is to be kept."""
HELD_BACK_FOR = dt.timedelta(days=7)
"""How long a reply waits that came too late for a phone that others see."""
LEFT_FOR = dt.timedelta(days=14)
"""As long as a reply may be owed to a chat that was left, and with it the clearing of it."""
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
        await retention.forget_held(self._store, now - HELD_FOR)
        await retention.forget_held_back(self._store, now - HELD_BACK_FOR)
        await retention.forget_left_chats(self._store, now - LEFT_FOR)
        old = await self._round(lambda: self._old(now))
        answers = await self._round(lambda: self._answers(now))
        self._store.upkeep.remove_copies(None if answers else now)
        forgotten = await self._forget_silent(now)
        quiet = await self._fall_silent(now)
        self._last = now
        log.info("sweep", old=old, answers=answers, forgotten=forgotten, quiet=quiet)

    @staticmethod
    async def _round(take: Callable[[], Awaitable[int]]) -> int:
        """Takes away part after part, so that no transaction is long, until nothing is left."""
        count = 0
        while taken := await take():
            count += taken
        return count

    async def _old(self, now: dt.datetime) -> int:
        taken = [
            await retention.take_old(self._store, rule, now, MOST_AT_ONCE)
            for rule in retention.RULES.values()
        ]
        before = now - retention.LINKS_FOR
        return sum(taken) + await retention.forget_links(self._store, before, MOST_AT_ONCE)

    async def _answers(self, now: dt.datetime) -> int:
        taken = 0
        for months in await retention.keeping(self._store):
            before = add(now, Span(months=-months), self._around.zone)
            taken += await retention.take_answers(self._store, months, before, MOST_AT_ONCE)
            await retention.forget_messages(self._store, months, before)
        return taken

    async def _forget_silent(self, now: dt.datetime) -> int:
        found = await retention.without_a_sign(self._store, now, MOST_AT_ONCE)
        async with self._store.begin() as batch:
            people = await batch.load_ids(found)
            for person in people.values():
                await batch.erase(person, now)
        return len(people)

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
