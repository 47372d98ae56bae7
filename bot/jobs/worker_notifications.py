"""Job that notifies workers: alerts not yet acknowledged, and the daily digest.

It also edits what a participant was told of a request that a worker has seen since; all other
messages to participants come from `send_follow_ups`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.conversation import reachability, worker_messages
from bot.conversation.context import Context
from bot.conversation.safety import contact_request, seen_requests
from bot.dispatch.dispatcher import enqueue_replies
from bot.domain.worker import Case, Worker
from bot.messages.incoming import BotBlocked, IncomingUpdate
from bot.messages.parts import OtherReply
from bot.messages.reply import Reply
from bot.store.availability import DatabaseLocked, DatabaseUnavailable
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import Database
from bot.store.unit_of_work import UnitOfWork
from bot.workers import contact_corrections, people_list

log = structlog.get_logger()

MORNING = dt.time(9), dt.time(12)
"""The digest is sent within these hours; later, it waits for the next day."""
SATURDAY = 5
MOST_AT_ONCE = 100


class WorkerNotificationJob:
    """Runs with every round of the jobs; returns the replies to send once they are committed."""

    def __init__(self, store: Database, env: Environment, clock: Clock) -> None:
        self._store = store
        self._env = env
        self._clock = clock
        self.unheard_alerts: Callable[[], None] = lambda: None
        """Called for each alert that no worker can receive."""
        self.on_message: Callable[[OtherReply, dt.datetime], None] = lambda _message, _now: None
        """Called with each message that was enqueued, once it is committed."""

    async def run(self) -> list[Reply]:
        """Repeats alerts that are not acknowledged, and sends the daily digests.

        Raises:
            DatabaseUnavailable: nothing was sent; the next round retries.
        """
        return [*await self.send_alerts(), *await self.send_seen(), *await self.send_digests()]

    async def send_seen(self) -> list[Reply]:
        """Tells participants of requests that were seen before their own message was delivered.

        Raises:
            DatabaseUnavailable: nothing was sent; the next round does it.
        """
        now = self._clock()
        async with self._store.unit_of_work() as uow:
            ctx = self._context(uow, now)
            await seen_requests.tell(ctx)
            replies = ctx.replies_elsewhere()
            enqueue_replies(uow, replies, now)
        return replies

    async def send_alerts(self) -> list[Reply]:
        """Repeats alerts not acknowledged, all together, or one by one where that fails.

        Raises:
            DatabaseUnavailable: nothing was sent; the next round retries.
        """
        try:
            return await self._alerts()
        except Exception as error:
            if isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseLocked):
                raise
        async with self._store.unit_of_work() as uow:
            due = await uow.alerts.unseen(self._clock(), MOST_AT_ONCE)
        replies: list[Reply] = []
        for alert_id, _ in due:
            try:
                replies += await self._alerts(alert_id)
            except Exception as error:  # noqa: BLE001 - it is due still, and silences no other
                if isinstance(error, DatabaseUnavailable) and not isinstance(error, DatabaseLocked):
                    break  # what was enqueued is to be sent all the same
                log.error("alert.not_said", alert=alert_id, error=type(error).__name__)  # noqa: TRY400
        return replies

    async def _alerts(self, only: int | None = None) -> list[Reply]:
        now = self._clock()
        async with self._store.unit_of_work(hurry=only is not None) as uow:
            due = await uow.alerts.unseen(now, MOST_AT_ONCE, only)
            ctx = self._context(uow, now)
            active = reachability.reachable(await uow.workers.all()) if due else []
            for alert_id, case_id in due:
                await uow.alerts.repeat_at(alert_id, now + self._env.plan.alert)
                case = await self._case(uow, alert_id, case_id)
                if case is None:
                    continue
                told = [w for w in active if w.lead or w.id == case.worker_id]
                await contact_corrections.put_right(ctx, alert_id, case, told)
                if not told:
                    reachability.nobody(alert_id)
                    self.unheard_alerts()
                await contact_request.notify(ctx, alert_id, case, told, "again")
            replies = ctx.replies_elsewhere()
            enqueue_replies(uow, replies, now)
        self._report(ctx)
        return replies

    async def _case(self, uow: UnitOfWork, alert_id: int, case_id: int) -> Case | None:
        """The case of an alert; one whose row cannot be decrypted silences no other alert."""
        try:
            return next(iter(await uow.cases.find(ids=[case_id])), None)
        except UNREADABLE:
            log.warning("alert.not_opened", alert=alert_id, case=case_id)
            return None

    async def send_digests(self) -> list[Reply]:
        now = self._clock()
        async with self._store.unit_of_work() as uow:
            ctx = self._context(uow, now)
            for worker in await uow.workers.due_for_digest(now):
                local = now.astimezone(ZoneInfo(worker.timezone))
                if local.weekday() < SATURDAY and MORNING[0] <= local.time() < MORNING[1]:
                    await uow.workers.mark_digest_sent(worker, now)
                    await self._digest(ctx, worker)
            replies = ctx.replies_elsewhere()
            enqueue_replies(uow, replies, now)
        self._report(ctx)
        return replies

    def _report(self, ctx: Context) -> None:
        for message in ctx.other_replies:
            self.on_message(message, ctx.now)

    async def _digest(self, ctx: Context, worker: Worker) -> None:
        """Enqueues a digest of what needs attention, if anything does."""
        since = ctx.now - people_list.TRIED_FOR
        _, total = await ctx.uow.case_lists.needing_attention(worker.id, since, 0)
        if total:
            localizer = ctx.env.languages[worker.language]
            values = {"total": total}
            worker_messages.notify(
                ctx, worker, worker_messages.build_message(ctx, localizer, "w_morning", values)
            )

    def _context(self, uow: UnitOfWork, now: dt.datetime) -> Context:
        # There is no update: the context only collects replies.
        return Context(IncomingUpdate(0, 0, BotBlocked(), now), None, uow, now, self._env)
