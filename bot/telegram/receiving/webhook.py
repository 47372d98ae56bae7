"""Receives updates by webhook, and answers Telegram only once they are committed.

Serves nothing else but a health check and metrics without personal data.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import Bot

from bot.concurrency import Drainer
from bot.http_server import QuietServer, listening
from bot.metrics import Metrics
from bot.store.availability import DatabaseUnavailable
from bot.store.database import Database
from bot.telegram.client import TokenPatience, until_reached
from bot.telegram.receiving.polling import PAUSES, WANTED
from bot.telegram.receiving.update_processor import DATABASE_PATIENCE, UpdateProcessor
from bot.telegram.sending.rate_limiter import Timer

log = structlog.get_logger()

HEADER = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_BODY = 1_000_000
"""Bytes; Telegram's updates are a few thousand."""
BODY_PATIENCE = 10.0
"""Seconds in which an update has to be there; Telegram's are sent at once."""
MOST_TOGETHER = 100


class UpdateBatcher:
    """Collects updates that arrive one by one and passes them to the processor together."""

    def __init__(self, processor: UpdateProcessor) -> None:
        self._processor = processor
        self._waiting: list[tuple[Mapping[str, Any], asyncio.Future[None]]] = []
        self._drainer = Drainer(self._run)

    async def add(self, update: Mapping[str, Any]) -> None:
        """Returns when the update is committed, alone or with others that arrived meanwhile.

        Raises:
            DatabaseUnavailable: it is not committed.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((update, done))
        self._drainer.wake()
        if not (await asyncio.wait((done,), timeout=DATABASE_PATIENCE))[0]:
            await self._processor.answer_while_blocked(update)
        await done

    async def _run(self) -> None:
        while self._waiting:
            together = self._waiting[:MOST_TOGETHER]
            del self._waiting[:MOST_TOGETHER]
            outcome: Exception | None = None
            try:
                await self._processor.process([update for update, _ in together])
            except Exception as error:  # noqa: BLE001 - each who waits is told
                outcome = error
            for _, done in together:
                if done.done():
                    continue
                if outcome is None:
                    done.set_result(None)
                else:
                    done.set_exception(outcome)


class WebhookApp:
    """The web application: the webhook, `/healthz` and `/metrics`."""

    def __init__(
        self,
        processor: UpdateProcessor,
        store: Database,
        metrics: Metrics,
        secret: str | None,
        path: str | None,
        not_well: Callable[[], list[str]] = list,
        patience: float = BODY_PATIENCE,
    ) -> None:
        self._gathering = UpdateBatcher(processor)
        self._store = store
        self._not_well = not_well
        self._patience = patience
        self._metrics = metrics
        self._secret = (secret or "").encode()
        routes = [Route("/healthz", self._health), Route("/metrics", self._numbers)]
        if path is not None:
            routes.append(Route(path, self._update, methods=["POST"]))
        self.application = Starlette(routes=routes)

    async def _update(self, request: Request) -> Response:
        given = request.headers.get(HEADER, "").encode()
        # In constant time: how long a refusal takes reveals nothing about the secret.
        if not hmac.compare_digest(given, self._secret):
            return PlainTextResponse("no", status_code=403)
        try:
            async with asyncio.timeout(self._patience):
                update = await _body(request)
        except TimeoutError:
            return PlainTextResponse("too slow", status_code=408)
        if update is None:
            # Not an update; a retry would bring the same.
            return PlainTextResponse("not an update", status_code=400)
        try:
            await self._gathering.add(update)
        except Exception as error:  # noqa: BLE001 - Telegram brings it again
            known = isinstance(error, DatabaseUnavailable)
            log.warning("webhook.again", error="database" if known else type(error).__name__)
            return PlainTextResponse("later", status_code=503)
        return PlainTextResponse("ok")

    async def _health(self, _request: Request) -> Response:
        try:
            await self._store.revision()
        except DatabaseUnavailable:
            return PlainTextResponse("the database is away", status_code=503)
        if names := self._not_well():
            return PlainTextResponse(f"not done: {', '.join(names)}", status_code=503)
        return PlainTextResponse("ok")

    async def _numbers(self, _request: Request) -> Response:
        return Response(self._metrics.page(), media_type="text/plain; version=0.0.4")


async def _body(request: Request) -> dict[str, Any] | None:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            return None
    with suppress(ValueError, RecursionError):
        update = json.loads(body)
        if isinstance(update, dict) and isinstance(update.get("update_id"), int):
            return update
    return None


def path_of(url: str) -> str:
    """The path that a webhook's URL has on our side."""
    return urlsplit(url).path or "/"


async def announce(bot: Bot, url: str, secret: str, timer: Timer) -> None:
    """Registers the webhook's URL with Telegram, retrying until Telegram can be reached.

    Raises:
        InvalidTokenError: when Telegram has not known the token for minutes.
    """

    async def register() -> None:
        await bot.set_webhook(
            url, secret_token=secret, allowed_updates=list(WANTED), max_connections=100
        )

    await until_reached(register, timer, TokenPatience(), PAUSES)


async def serve(
    application: Starlette, listen: str, then: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Serves until cancelled; requests in flight are answered first.

    `then` is called once the port is open, so that Telegram is not sent to a closed one.

    Raises:
        CannotBeDone: when the port cannot be opened.
    """
    host, _, port = listen.rpartition(":")
    listener = listening(host.strip("[]"), int(port), "CHECKIN_LISTEN")
    server = QuietServer(application, grace=10)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        if then is not None:
            await server.reachable.wait()
            await then()
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        await task
        listener.close()
