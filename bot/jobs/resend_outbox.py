"""Job that sends outbox entries committed but perhaps never sent, as before a crash or outage.

What is sent of a late one is decided in `bot.conversation.safety.late_replies`.
"""

from __future__ import annotations

import asyncio
import datetime as dt

import structlog

from bot.clock import Clock
from bot.content.environment import Environment
from bot.conversation.safety import late_replies
from bot.dispatch.chat_memory import ChatMemory
from bot.domain.participant import Participant
from bot.messages.reply import Reply
from bot.messages.reply_codec import decode_all
from bot.store.availability import DatabaseLocked
from bot.store.crypto.vault import UNREADABLE
from bot.store.database import Database
from bot.telegram.sending.delivery_log import DeliveryLog
from bot.telegram.sending.sender import Sender

log = structlog.get_logger()

LEFT_BY_OTHERS_AFTER = dt.timedelta(seconds=60)
"""On a shared database a reply this recent may be in flight in another process."""


class OutboxSender:
    """Reads the outbox on request and once a round."""

    def __init__(
        self,
        store: Database,
        sender: Sender,
        delivery_log: DeliveryLog,
        memory: ChatMemory,
        env: Environment,
        clock: Clock,
    ) -> None:
        self._store = store
        self._sender = sender
        self._delivery_log = delivery_log
        self._memory = memory
        self._env = env
        self._clock = clock
        self._again = False
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Soon sends what is late already; one round covers all that came meanwhile."""
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def wait_idle(self) -> None:
        """Returns when everything it was woken for is in the sender's queues."""
        while self._task is not None and not self._task.done():
            await self._task

    async def close(self) -> None:
        """Stops at once; the outbox is read again at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while self._again:
            self._again = False
            try:
                await self.send()
            except Exception as error:  # noqa: BLE001 - the job that goes round does it, and says so
                log.warning("outbox.later", error=type(error).__name__)

    async def send(self, age: dt.timedelta = LEFT_BY_OTHERS_AFTER) -> None:
        """Sends entries at least this old that are not known to be delivered.

        Raises:
            DatabaseUnavailable: nothing was sent; the next round does it.
        """
        now = self._clock()
        under_way = self._sender.in_flight | self._delivery_log.pending_ids
        found = list(decode_all(await self._store.due_outbox(now, age, under_way)))
        people: dict[int, Participant] = {}
        for chat in {reply.chat for at, reply in found if late_replies.is_late(at, now)}:
            try:  # one by one: an entry that cannot be decrypted, or is locked, holds up no other
                async with self._store.unit_of_work(hurry=True) as uow:
                    people |= await uow.participants.load([chat])
            except (*UNREADABLE, DatabaseLocked):
                # Who sees that phone is not known: nothing is sent there now.
                found = [(at, reply) for at, reply in found if reply.chat != chat]
        replies = [
            self._replacement(r, people.get(r.chat), now) if late_replies.is_late(at, now) else r
            for at, r in found
        ]
        holds = [r for r in replies if r is not None and r.is_placeholder]
        lines = {r.chat: r for r in holds if r.messages}
        # One opening line for everything a chat has in the outbox, however much that is.
        if rest := {r.id for r in holds if lines.get(r.chat) is not r}:
            await self._store.defer_outbox(rest)
        for reply in replies:
            if reply is not None and reply.id not in rest:
                self._sender.send(reply, again=True)

    def _replacement(
        self, reply: Reply, participant: Participant | None, now: dt.datetime
    ) -> Reply | None:
        here = self._memory.is_here(reply.chat, now)
        return late_replies.instead(reply, participant, self._env, now, here=here)
