"""The tick: claims what is due, checks it under the person's lock, sends it once, records it.

At most once: a row is marked as sending before the message goes, and a send whose end is not
known is never repeated.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from enum import StrEnum
from functools import partial

import structlog

from bot.clock import Clock
from bot.conversation.context import Around
from bot.conversation.safety import opening_line
from bot.domain import lifecycle
from bot.domain.participant import FollowUp, Person
from bot.messages.reply import Message
from bot.schedule.follow_ups import BETWEEN_HELLOS
from bot.schedule.plan import Span, add, next_safe
from bot.store.database import DatabaseAway, Locked, Store
from bot.store.repositories.people import follow_up_repository
from bot.store.repositories.people.participant_repository import ONLY_FIRST
from bot.store.tables import Due, Life
from bot.store.unit_of_work import Batch

log = structlog.get_logger()

MOST_AT_ONCE = 100
MOST_A_ROUND = 500
"""Claims in one round: Telegram takes about 30 messages a second."""
TRY_AGAIN = dt.timedelta(minutes=5)
BEGINS = ("after", "ask_before", "ask_after", "handed_over", "numbers")
"""Kinds that begin something new; the others bring back what was left."""
STILL_TALKING = dt.timedelta(hours=1)
"""Nobody is asked whether now is an OK time in the middle of an answer."""


class Attempt(StrEnum):
    """What is known about one message sent once."""

    SENT = "sent"
    NOT_SENT = "not sent"
    GONE = "gone"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class Busy(Exception):
    """The turn of a chat does not come just now; what was to be done there was not begun."""


async def _reached(_chat: int) -> bool:
    return True


Send = Callable[[int, Message], Awaitable[Attempt]]
InTurn = Callable[[int, Callable[[], Awaitable[None]]], Awaitable[None]]


class Tick:
    """Looks for what is due and says it.

    `send` sends one message at most once; `in_turn` does some work in a chat's own order, so that
    an answer given meanwhile comes after it; `gone` is told of chats that cannot be written to.
    `reached` says whether messages are taken at all just now: an outage uses up no follow-up.
    """

    def __init__(
        self,
        store: Store,
        around: Around,
        clock: Clock,
        send: Send,
        in_turn: InTurn,
        gone: Callable[[int], Awaitable[None]],
        reached: Callable[[int], Awaitable[bool]] = _reached,
    ) -> None:
        self._store = store
        self._around = around
        self._clock = clock
        self._send = send
        self._in_turn = in_turn
        self._gone = gone
        self._reached = reached

    async def some(self) -> bool:
        """Handles some of what is due now, so that no round is long; whether there may be more.

        Raises:
            DatabaseAway: see `run`.
        """
        return await self.run(MOST_A_ROUND) >= MOST_A_ROUND

    async def run(self, most: int | None = None) -> int:
        """Handles everything due now, or about so many; gives how many claims were looked at.

        Raises:
            DatabaseAway: what was claimed is taken up again when its lease has run out.
        """
        seen, waiting = 0, list[FollowUp]()
        try:
            while most is None or seen < most:
                now = self._clock()
                if not (
                    claimed := await follow_up_repository.claim(self._store, now, MOST_AT_ONCE)
                ):
                    break
                seen += len(claimed)
                await self._say_all(await self._check(claimed), waiting)
        finally:
            # Only now, so that this round does not take them up again.
            await follow_up_repository.release(self._store, [found.id for found in waiting])
        return seen

    async def _say_all(self, checked: list[tuple[FollowUp, int]], waiting: list[FollowUp]) -> None:
        """Says what may be said; those whose turn does not come now are added to `waiting`."""

        async def one(found: FollowUp, chat: int) -> None:
            try:
                await self._in_turn(chat, partial(self._say, found, chat))
            except Busy:
                log.info("follow_up.waits", id=found.id)
                waiting.append(found)

        outcomes = await asyncio.gather(*(one(*each) for each in checked), return_exceptions=True)
        if failed := [error for error in outcomes if isinstance(error, BaseException)]:
            # One that fails holds up no other; it is taken up again, or is uncertain.
            log.error("follow_up.failed", count=len(failed), error=type(failed[0]).__name__)
            for error in failed:
                if isinstance(error, DatabaseAway) and not isinstance(error, Locked):
                    raise error

    async def _check(self, claimed: list[FollowUp]) -> list[tuple[FollowUp, int]]:
        """Drops or puts off what is not to be said now, all together; gives the rest.

        Where that fails each is looked at by itself: one row stops no other.
        """
        try:
            return await self._check_together(claimed)
        except Exception as error:
            if isinstance(error, DatabaseAway) and not isinstance(error, Locked):
                raise
            if len(claimed) == 1:
                # Still claimed: it is looked at again when its lease has run out.
                kind = type(error).__name__
                log.error("follow_up.not_checked", id=claimed[0].id, error=kind)  # noqa: TRY400
                return []
        return [rest for each in claimed for rest in await self._check([each])]

    async def _check_together(self, claimed: list[FollowUp]) -> list[tuple[FollowUp, int]]:
        now, rest = self._clock(), []
        async with self._store.begin(hurry=True) as batch:
            people = await batch.load_ids({f.participant_id for f in claimed})
            # A process that stood still for long may have lost its claims to another.
            ours = await batch.still_claimed([f.id for f in claimed], now)
            for found in claimed:
                person = people.get(found.participant_id)
                if person is None or found.id not in ours:
                    continue
                if self._may_go(batch, person, found, now):
                    rest.append((found, person.chat))
        return rest

    def _may_go(self, batch: Batch, person: Person, found: FollowUp, now: dt.datetime) -> bool:
        verdict = self._verdict(batch, person, found, now)
        if isinstance(verdict, str):
            batch.set_follow_up(
                found, state=Due.DROPPED, outcome=verdict, ended_at=now, lease_until=None
            )
            return False
        if verdict > now:
            values = {"due_at": verdict}
            if found.kind not in BEGINS or person.state is Life.PAUSED:
                # What waits because of something they did is no less useful for it.
                useful = self._around.plan.useful[found.kind]
                values["useless_after"] = add(verdict, useful, person.zone)
            batch.set_follow_up(found, state=Due.WAITING, lease_until=None, **values)
            return False
        return True

    async def _say(self, found: FollowUp, chat: int) -> None:
        """Says one hello: looked at again under the person's lock, marked, sent, recorded.

        Raises:
            Busy: when Telegram takes nothing just now; nothing is marked then.
        """
        if not await self._reached(chat):
            raise Busy
        now = self._clock()
        async with self._store.begin() as batch:
            person = (await batch.load_ids([found.participant_id])).get(found.participant_id)
            ours = await batch.still_claimed([found.id], now)
            if person is None or not ours or not self._may_go(batch, person, found, now):
                return
            last, person.last_hello_at = person.last_hello_at, now
            person.unanswered += 1
            batch.changed(person)
            lease = now + follow_up_repository.LEASE
            batch.set_follow_up(found, state=Due.SENDING, lease_until=lease)
            message = self._hello(person, found)
        # From here on a kill leaves the row as "sending", which becomes uncertain, never repeated.
        attempt = await self._send(person.chat, message)
        await self._record(found, person.chat, attempt)
        if attempt in (Attempt.NOT_SENT, Attempt.REFUSED):
            await self._uncount(found, now, last)

    async def _uncount(self, found: FollowUp, at: dt.datetime, last: dt.datetime | None) -> None:
        """Takes back a hello that never arrived: nobody is silent who was not asked."""
        async with self._store.begin() as batch:
            person = (await batch.load_ids([found.participant_id])).get(found.participant_id)
            if person is not None and person.last_hello_at == at:
                person.last_hello_at = last
                person.unanswered = max(0, person.unanswered - 1)
                batch.changed(person)

    async def _record(self, found: FollowUp, chat: int, attempt: Attempt) -> None:
        now, store = self._clock(), self._store
        log.info("follow_up", id=found.id, kind=found.kind, attempt=attempt.value)
        if attempt is Attempt.SENT:
            await follow_up_repository.record(store, found, Due.SENT, now)
        elif attempt is Attempt.NOT_SENT:
            await follow_up_repository.record(
                store, found, Due.WAITING, now, due_at=now + TRY_AGAIN
            )
        elif attempt is Attempt.UNCERTAIN:
            await follow_up_repository.record(store, found, Due.UNCERTAIN, now)
        else:
            await follow_up_repository.record(store, found, Due.FAILED, now, attempt.value)
            if attempt is Attempt.GONE:
                await self._gone(chat)

    def _verdict(
        self, batch: Batch, person: Person, found: FollowUp, now: dt.datetime
    ) -> str | dt.datetime:
        """Why not to say it at all, or when to: now, or a later moment."""
        plan = self._around.plan
        if person.delete_at is not None:
            # Nothing is said while that waits; after an undo it is looked at again.
            return max(person.delete_at, now + TRY_AGAIN)
        if person.state is Life.PAUSED and person.paused_until is not None:
            if now < person.paused_until:
                # Nothing is lost by a pause, and nothing comes in a burst after it. Day by day,
                # because START may end it early.
                tomorrow = add(now, Span(days=1), person.zone)
                waits = found.kind in BEGINS or found.kind == "pause"
                return min(person.paused_until, tomorrow) if waits else "paused"
            lifecycle.move(batch, person, "resume", now)
        if person.state is not Life.ACTIVE:
            return person.state.value
        if not person.may_message:
            return "no consent to be messaged"
        if now > found.useless_after:
            return "too late to be useful"
        if person.unanswered >= plan.unanswered:
            lifecycle.move(batch, person, "fall_silent", now)
            return "not heard from"
        return self._when(person, found, now)

    def _when(self, person: Person, found: FollowUp, now: dt.datetime) -> str | dt.datetime:
        """When a hello that may be said is to be said, or why it has become pointless."""
        plan, earliest = self._around.plan, now
        if person.last_hello_at is not None:
            earliest = max(earliest, person.last_hello_at + BETWEEN_HELLOS)
        if found.kind in BEGINS:
            if person.live is not None:
                # Another conversation is going on; this one waits for a day.
                earliest = max(earliest, add(now, Span(days=1), person.zone))
        elif person.live is None or person.live.id != found.session_id:
            return "the conversation moved on"
        elif (moved := person.live.moved_at) is not None:
            left = found.kind == "unfinished"
            silent = add(moved, plan.unfinished, person.zone) if left else moved + STILL_TALKING
            earliest = max(earliest, silent)
        return next_safe(earliest, person.zone, person.safe, plan) or ONLY_FIRST

    def _hello(self, person: Person, found: FollowUp) -> Message:
        return opening_line.message(person, self._around, found.id)
