"""Posts waiting updates to the bot's webhook, as Telegram does.

It never tries again by itself: a test says when, with `redeliver()`.
"""

import asyncio
from dataclasses import dataclass

import aiohttp

from tests.support.telegram_fake.signals import Changes
from tests.support.telegram_fake.update_queue import Inbox, Waiting

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # the header's name, no secret


@dataclass(frozen=True)
class Delivery:
    """One attempt to hand an update to the webhook."""

    update_id: int
    chat_id: int
    status: int  # 0 when nobody answered
    error: str


class Webhook:
    """One address to post to: one update at a time for each chat, different chats at once."""

    def __init__(self, inbox: Inbox, changes: Changes, *, timeout: float) -> None:
        """Waits at most `timeout` real seconds for an answer; Telegram waits about 60."""
        self._inbox = inbox
        self._changes = changes
        self._timeout = timeout
        self.url = ""
        self.secret = ""
        self.max_connections = 40
        self.deliveries: list[Delivery] = []
        self._failed: set[int] = set()  # chats that wait for `redeliver()`
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(self.max_connections)

    def set(self, url: str, secret: str, max_connections: int) -> None:
        """Points the webhook somewhere, or nowhere with an empty address."""
        self.url, self.secret = url, secret
        self.max_connections = max_connections
        self._slots = asyncio.Semaphore(max_connections)
        self._inbox.webhook_is_set = bool(url)
        self._failed.clear()
        self.pump()

    def pump(self) -> None:
        """Starts delivering to every chat that has something waiting and has not just failed."""
        if not self.url:
            return
        for chat_id in {w.chat_id for w in self._inbox.waiting} - self._failed - set(self._lanes):
            self._lanes[chat_id] = asyncio.create_task(self._lane(chat_id))

    def try_again(self) -> None:
        """Tries all that failed once more, and does not wait."""
        self._failed.clear()
        self.pump()

    async def redeliver(self, within: float) -> int:
        """Tries all that failed once more; gives how many updates still wait after that."""
        # One that is still under way may yet fail, and would not be tried again.
        if not await self._changes.until(lambda: not self._lanes, within):
            raise AssertionError(f"the webhook was still busy after {within} s")
        self.try_again()
        if not await self._changes.until(lambda: not self._lanes, within):
            raise AssertionError(f"the webhook was still busy after {within} s")
        return len(self._inbox.waiting)

    async def close(self) -> None:
        """Ends all deliveries."""
        self.url = ""
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _lane(self, chat_id: int) -> None:
        try:
            while self.url and (waiting := self._head(chat_id)):
                async with self._slots:
                    delivery = await self._post(waiting)
                self.deliveries.append(delivery)
                if delivery.error:
                    self._failed.add(chat_id)
                    return
                self._inbox.forget(waiting)
        finally:
            del self._lanes[chat_id]
            self._changes.tell()

    def _head(self, chat_id: int) -> Waiting | None:
        return next((w for w in self._inbox.waiting if w.chat_id == chat_id), None)

    async def _post(self, waiting: Waiting) -> Delivery:
        waiting.handed_out += 1
        if self._session is None:
            self._session = aiohttp.ClientSession()
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        status, error = 0, ""
        try:
            async with self._session.post(
                self.url,
                json=waiting.update,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=self._timeout),
            ) as answer:
                await answer.read()
                status = answer.status
                if not 200 <= status < 300:
                    error = f"Wrong response from the webhook: {status} {answer.reason}"
        except TimeoutError:
            error = "Read timeout expired"
        except aiohttp.ClientError as problem:
            error = f"Connection failed: {type(problem).__name__}"
        return Delivery(waiting.update_id, waiting.chat_id, status, error)
