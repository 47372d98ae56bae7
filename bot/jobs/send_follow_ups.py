"""Job that sends follow-ups: claims those due, checks them under lock, sends once, records.

At most once: a row is marked as sending before the message goes, and a send with an unknown outcome
is never repeated.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.conversation.safety import opening_line
from bot.domain.participant import FollowUp, Participant
from bot.domain.send_result import ChatBusy, SendResult
from bot.domain.states import FollowUpState, ParticipantState
from bot.messages.reply import Message
from bot.schedule.follow_ups import MIN_GAP
from bot.schedule.plan import CalendarSpan, add, next_safe
from bot.store.availability import DatabaseLocked, DatabaseUnavailable
from bot.store.database import Database
from bot.store.repositories.people import follow_up_claims
from bot.store.repositories.people.follow_up_rows import ONLY_FIRST
from bot.store.unit_of_work import UnitOfWork

log = structlog.get_logger()

MOST_AT_ONCE = 100
MOST_A_ROUND = 500
"""Claims in one round: Telegram accepts about 30 messages a second."""
TRY_AGAIN = dt.timedelta(minutes=5)
STARTING_KINDS = ("after", "ask_before", "ask_after", "handed_over", "numbers")
"""Kinds that begin something new; the others resume what was left open."""
ACTIVE_WITHIN = dt.timedelta(hours=1)
"""A participant who wrote this recently is not asked whether now is an OK time."""


async def _reached(_chat: int) -> bool:
    return True


SendOnce = Callable[[int, Message], Awaitable[SendResult]]
RunInQueue = Callable[[int, Callable[[], Awaitable[None]]], Awaitable[None]]


class FollowUpJob:
    """Sends the follow-ups that are due.

    `send` sends one message at most once; `in_turn` runs work in a chat's queue, so that an answer
    given meanwhile comes after it; `gone` is called with chats that cannot be written to. `reached`
    tells whether messages are accepted just now: an outage uses up no follow-up.
    """

    def __init__(
        self,
        store: Database,
        env: Environment,
        clock: Clock,
        send: SendOnce,
        in_turn: RunInQueue,
        gone: Callable[[int], Awaitable[None]],
        reached: Callable[[int], Awaitable[bool]] = _reached,
    ) -> None:
        self._store = store
        self._env = env
        self._clock = clock
        self._send = send
        self._in_turn = in_turn
        self._gone = gone
        self._reached = reached

    async def send_some(self) -> bool:
        """Handles some of those due now, so that no round is long; whether there may be more.

        Raises:
            DatabaseUnavailable: see `run`.
        """
        return await self.run(MOST_A_ROUND) >= MOST_A_ROUND

    async def run(self, most: int | None = None) -> int:
        """Handles everything due now, or about `most`; returns how many claims were checked.

        Raises:
            DatabaseUnavailable: what was claimed is claimed again when its lease has expired.
        """
        seen, waiting = 0, list[FollowUp]()
        try:
            while most is None or seen < most:
                now = self._clock()
                if not (claimed := await follow_up_claims.claim(self._store, now, MOST_AT_ONCE)):
                    break
                seen += len(claimed)
                await self._send_all(await self._filter_due(claimed), waiting)
        finally:
            # Only now, so that this round does not claim them again.
            await follow_up_claims.release(self._store, [found.id for found in waiting])
        return seen

    async def _send_all(self, checked: list[tuple[FollowUp, int]], waiting: list[FollowUp]) -> None:
        """Sends what may be sent; those whose turn does not come now are added to `waiting`."""

        async def one(found: FollowUp, chat: int) -> None:
            try:
                await self._in_turn(chat, partial(self._send_one, found, chat))
            except ChatBusy:
                log.info("follow_up.waits", id=found.id)
                waiting.append(found)

        outcomes = await asyncio.gather(*(one(*each) for each in checked), return_exceptions=True)
        if failed := [error for error in outcomes if isinstance(error, BaseException)]:
            # One that fails holds up no other; it is claimed again, or is uncertain.
            log.error("follow_up.failed", count=len(failed), error=type(failed[0]).__name__)
            for error in failed:
                if isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseLocked):
                    raise error

    async def _filter_due(self, claimed: list[FollowUp]) -> list[tuple[FollowUp, int]]:
        """Drops or postpones those not to be sent now, all together; returns the rest.

        Where that fails each is checked by itself: one row stops no other.
        """
        try:
            return await self._filter_due_together(claimed)
        except Exception as error:
            if isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseLocked):
                raise
            if len(claimed) == 1:
                # Still claimed: it is checked again when its lease has expired.
                kind = type(error).__name__
                log.error("follow_up.not_checked", id=claimed[0].id, error=kind)  # noqa: TRY400
                return []
        return [rest for each in claimed for rest in await self._filter_due([each])]

    async def _filter_due_together(self, claimed: list[FollowUp]) -> list[tuple[FollowUp, int]]:
        now, rest = self._clock(), []
        async with self._store.unit_of_work(hurry=True) as uow:
            people = await uow.participants.load_by_id({f.participant_id for f in claimed})
            # A process that was suspended for long may have lost its claims to another.
            ours = await uow.follow_ups.still_claimed([f.id for f in claimed], now)
            for found in claimed:
                participant = people.get(found.participant_id)
                if participant is None or found.id not in ours:
                    continue
                if self._is_sendable(uow, participant, found, now):
                    rest.append((found, participant.chat_id))
        return rest

    def _is_sendable(
        self, uow: UnitOfWork, participant: Participant, found: FollowUp, now: dt.datetime
    ) -> bool:
        verdict = self._decide(uow, participant, found, now)
        if isinstance(verdict, str):
            uow.follow_ups.save(
                found, state=FollowUpState.DROPPED, outcome=verdict, ended_at=now, lease_until=None
            )
            return False
        if verdict > now:
            values = {"due_at": verdict}
            if found.kind not in STARTING_KINDS or participant.state is ParticipantState.PAUSED:
                # A follow-up that waits because of the participant's own action does not expire
                # earlier.
                useful = self._env.plan.expires_after[found.kind]
                values["useless_after"] = add(verdict, useful, participant.timezone)
            uow.follow_ups.save(found, state=FollowUpState.WAITING, lease_until=None, **values)
            return False
        return True

    async def _send_one(self, found: FollowUp, chat: int) -> None:
        """Sends one follow-up: checked again under the participant's lock, marked, sent, recorded.

        Raises:
            ChatBusy: Telegram accepts nothing just now; nothing is marked then.
        """
        if not await self._reached(chat):
            raise ChatBusy
        now = self._clock()
        async with self._store.unit_of_work() as uow:
            participant = (await uow.participants.load_by_id([found.participant_id])).get(
                found.participant_id
            )
            ours = await uow.follow_ups.still_claimed([found.id], now)
            if (
                participant is None
                or not ours
                or not self._is_sendable(uow, participant, found, now)
            ):
                return
            last, participant.last_follow_up_at = participant.last_follow_up_at, now
            participant.unanswered += 1
            uow.participants.save(participant)
            lease = now + follow_up_claims.LEASE
            uow.follow_ups.save(found, state=FollowUpState.SENDING, lease_until=lease)
            message = self._opening_message(participant, found)
        # From here on a kill leaves the row as "sending", which becomes uncertain, never repeated.
        attempt = await self._send(participant.chat_id, message)
        await self._record(found, participant.chat_id, attempt)
        if attempt in (SendResult.NOT_SENT, SendResult.REFUSED):
            await self._revert_count(found, now, last)

    async def _revert_count(
        self, found: FollowUp, at: dt.datetime, last: dt.datetime | None
    ) -> None:
        """Reverts the count of an opening message not delivered: without it there is no silence."""
        async with self._store.unit_of_work() as uow:
            participant = (await uow.participants.load_by_id([found.participant_id])).get(
                found.participant_id
            )
            if participant is not None and participant.last_follow_up_at == at:
                participant.last_follow_up_at = last
                participant.unanswered = max(0, participant.unanswered - 1)
                uow.participants.save(participant)

    async def _record(self, found: FollowUp, chat: int, attempt: SendResult) -> None:
        now, store = self._clock(), self._store
        log.info("follow_up", id=found.id, kind=found.kind, attempt=attempt.value)
        if attempt is SendResult.SENT:
            await follow_up_claims.record(store, found, FollowUpState.SENT, now)
        elif attempt is SendResult.NOT_SENT:
            await follow_up_claims.record(
                store, found, FollowUpState.WAITING, now, due_at=now + TRY_AGAIN
            )
        elif attempt is SendResult.UNCERTAIN:
            await follow_up_claims.record(store, found, FollowUpState.UNCERTAIN, now)
        else:
            await follow_up_claims.record(store, found, FollowUpState.FAILED, now, attempt.value)
            if attempt is SendResult.BLOCKED:
                await self._gone(chat)

    def _decide(
        self, uow: UnitOfWork, participant: Participant, found: FollowUp, now: dt.datetime
    ) -> str | dt.datetime:
        """Why not to send it at all, or when to: now, or a later moment."""
        plan = self._env.plan
        if participant.delete_at is not None:
            # Nothing is sent before the deletion; after an undo it is checked again.
            return max(participant.delete_at, now + TRY_AGAIN)
        if participant.state is ParticipantState.PAUSED and participant.paused_until is not None:
            if now < participant.paused_until:
                # A pause loses nothing, and no burst follows it. Day by day, because START may end
                # it early.
                tomorrow = add(now, CalendarSpan(days=1), participant.timezone)
                waits = found.kind in STARTING_KINDS or found.kind == "pause"
                return min(participant.paused_until, tomorrow) if waits else "paused"
            uow.participants.move(participant, "resume", now)
        if participant.state is not ParticipantState.ACTIVE:
            return participant.state.value
        if not participant.may_message and found.kind != "not_now":
            return "no consent to be messaged"
        if now > found.expires_at:
            return "too late to be useful"
        if participant.unanswered >= plan.unanswered:
            uow.participants.move(participant, "fall_silent", now)
            return "not heard from"
        return self._earliest(participant, found, now)

    def _earliest(
        self, participant: Participant, found: FollowUp, now: dt.datetime
    ) -> str | dt.datetime:
        """When a follow-up that may be sent is to be sent, or why it has become pointless."""
        plan, earliest = self._env.plan, now
        if participant.last_follow_up_at is not None:
            earliest = max(earliest, participant.last_follow_up_at + MIN_GAP)
        if found.kind in STARTING_KINDS:
            if participant.open_checkin is not None:
                # Another conversation is open; this one waits for a day.
                earliest = max(earliest, add(now, CalendarSpan(days=1), participant.timezone))
        elif participant.open_checkin is None or participant.open_checkin.id != found.session_id:
            return "the conversation moved on"
        elif (moved := participant.open_checkin.moved_at) is not None:
            left = found.kind == "unfinished"
            silent = (
                add(moved, plan.unfinished, participant.timezone) if left else moved + ACTIVE_WITHIN
            )
            earliest = max(earliest, silent)
        return (
            next_safe(earliest, participant.timezone, participant.contact_times, plan) or ONLY_FIRST
        )

    def _opening_message(self, participant: Participant, found: FollowUp) -> Message:
        return opening_line.message(participant, self._env, found.id)
