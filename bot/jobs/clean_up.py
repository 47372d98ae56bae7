"""Clean-up job: applies retention rules and marks unresponsive participants, every ten minutes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.domain.states import ParticipantState
from bot.schedule.plan import CalendarSpan, add
from bot.store.database import Database
from bot.store.maintenance import retention, retention_rules
from bot.store.maintenance.round_other_times import OtherTimesRounding
from bot.store.maintenance.round_participant_times import ParticipantTimesRounding
from bot.store.queries import health
from bot.store.repositories.operation import sweep_marks

log = structlog.get_logger()

EVERY = dt.timedelta(minutes=10)
HELD_FOR = dt.timedelta(days=1)
"""Text written in danger stays pending this long, for the participant to decide about it."""
HELD_BACK_FOR = dt.timedelta(days=7)
"""How long a reply is deferred that came too late for a shared phone."""
LEFT_FOR = dt.timedelta(days=14)
"""As long as a reply to a chat that was left may stay in the outbox, and with it the clearing."""
TIME_TO_ANSWER = dt.timedelta(days=3)
"""How long after the last opening message without an answer a participant counts as silent."""
MOST_AT_ONCE = 500


Part = Callable[[], Awaitable[int]]


class CleanUpJob:
    """Runs every ten minutes, however often it is called."""

    def __init__(self, store: Database, env: Environment, clock: Clock) -> None:
        self._store = store
        self._env = env
        self._clock = clock
        self._last: dt.datetime | None = None
        self._times = ParticipantTimesRounding(store, env.zone)
        self._rest = OtherTimesRounding(store, env.zone, clock)

    async def run(self) -> None:
        """Runs, if it is time.

        Raises:
            DatabaseUnavailable: the rest is done in the next round.
        """
        now = self._clock()
        if self._last is not None and self._last <= now < self._last + EVERY:
            return
        horizon = await sweep_marks.mark(self._store, now)
        counts, failed = dict[str, int](), list[Exception]()
        parts = self._at_once(now) | (self._parts(horizon) if horizon is not None else {})
        for name, part in parts.items():
            try:
                counts[name] = await self._clean_up(part)
            except Exception as error:  # noqa: BLE001 - one part that fails stops no other
                log.error("sweep.failed", part=name, error=type(error).__name__)  # noqa: TRY400
                failed.append(error)
        self._store.upkeep.remove_copies(None if counts.get("old_answers") else now)
        self._last = now
        log.info("sweep", **{name: count for name, count in counts.items() if count})
        if failed:
            self._last = None  # the next round retries
            raise failed[0]

    def _at_once(self, now: dt.datetime) -> dict[str, Part]:
        """What is done as of now: pending data that lasts a day only, and what deletes nothing."""
        return {
            "held": lambda: retention.delete_pending_texts(self._store, now - HELD_FOR),
            "asked": lambda: retention.delete_last_asked(self._store, now - HELD_FOR),
            "quiet": lambda: self._mark_unresponsive(now),
        }

    def _parts(self, now: dt.datetime) -> dict[str, Part]:
        """What is deleted, or rounded to the day, that was expired two days ago, and still is.

        Each part returns how many rows it changed, until there are no more.
        """
        store = self._store
        parts: dict[str, Part] = {
            "held_back": lambda: retention.delete_deferred(store, now - HELD_BACK_FOR),
            "left_chats": lambda: retention.delete_left_chats(store, now - LEFT_FOR),
            "links": lambda: retention.delete_old_links(
                store, now - retention_rules.LINKS_FOR, MOST_AT_ONCE
            ),
            "old_answers": lambda: self._answers(now),
            "forgotten": lambda: self._delete_inactive(now),
        }
        for name, rule in retention_rules.RULES.items():
            if rule.table is not None:
                parts[name] = partial(retention.delete_expired, store, rule, now, MOST_AT_ONCE)
        parts["times"] = lambda: self._times.some(now)
        parts["times_of_the_rest"] = lambda: self._rest.some(now)
        return parts

    @staticmethod
    async def _clean_up(take: Part) -> int:
        """Runs part after part, in short transactions, until nothing is left."""
        count = 0
        while taken := await take():
            count += taken
        return count

    async def _answers(self, now: dt.datetime) -> int:
        taken = 0
        for months in await retention.retention_of(self._store):
            before = add(now, CalendarSpan(months=-months), self._env.zone)
            taken += await retention.delete_expired_answers(
                self._store, months, before, MOST_AT_ONCE
            )
            await retention.delete_message_ids(self._store, months, before)
        return taken

    async def _delete_inactive(self, now: dt.datetime) -> int:
        found = await retention.inactive_since(self._store, now, MOST_AT_ONCE)
        async with self._store.unit_of_work() as uow:
            return await uow.erasure.erase_all(found, now)

    async def _mark_unresponsive(self, now: dt.datetime) -> int:
        limit, before = self._env.plan.unanswered, now - TIME_TO_ANSWER
        found = await health.unresponsive(self._store, limit, before, MOST_AT_ONCE)
        async with self._store.unit_of_work() as uow:
            people = await uow.participants.load_by_id(found)
            # Read again under the lock: a participant may have written since.
            silent = [
                participant
                for participant in people.values()
                if participant.state is ParticipantState.ACTIVE and participant.unanswered >= limit
            ]
            for participant in silent:
                # What is scheduled stays: it is dropped when due, unless the participant has come
                # back.
                uow.participants.move(participant, "fall_silent", now)
        return len(silent)
