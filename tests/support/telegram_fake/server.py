"""Serves a strict fake of the Telegram Bot API over HTTP on this machine, for tests.

It is no copy of Telegram: it knows the methods and fields in `fields.py`, refuses all else, and
notes in `complaints` what real Telegram would have let pass.
"""

import asyncio
from datetime import UTC
from email.utils import format_datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.support.telegram_fake.bot_settings import SETUP_METHODS
from tests.support.telegram_fake.chats import Bubble
from tests.support.telegram_fake.faults import Fault, Faults
from tests.support.telegram_fake.group import Group
from tests.support.telegram_fake.methods import MESSAGE_METHODS
from tests.support.telegram_fake.person import Person
from tests.support.telegram_fake.reading import parse_fields, read_fields
from tests.support.telegram_fake.state import Call, Clock, World, wall_clock
from tests.support.telegram_fake.updates import user
from tests.support.telegram_fake.validation.method_fields import METHODS
from tests.support.telegram_fake.validation.rules import (
    Json,
    RefusalError,
    StrictRefusalError,
    too_many_requests,
)

TOKEN = "123456789:AAFakeFakeFakeFakeFakeFakeFakeFakeFa"
HANDLERS = {**MESSAGE_METHODS, **SETUP_METHODS}


REFUSALS = {
    "401": RefusalError(401, "Unauthorized"),
    "403_blocked": RefusalError(403, "Forbidden: bot was blocked by the user"),
    "404": RefusalError(404, "Not Found"),
    "500": RefusalError(500, "Internal Server Error"),
}


class FakeTelegram(World):
    """A Bot API server of its own, in the test's event loop, for as long as the `with` lasts."""

    def __init__(
        self,
        token: str = TOKEN,
        clock: Clock = wall_clock,
        *,
        seed: int = 0,
        webhook_timeout: float = 5.0,
    ) -> None:
        """Takes the bot's token and the clock that dates messages; timeouts are real seconds."""
        super().__init__(token, clock, seed=seed, webhook_timeout=webhook_timeout)
        self.faults = Faults()
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=60_000_000)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.on_response_prepare.append(self._date)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        # Without `handler_cancellation` a poll would outlive the client that gave up on it.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.inbox.close()
        self.faults.clear()
        await self.webhook.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # For tests

    def person(
        self, first_name: str = "Sam", language_code: str | None = "en", *, started: bool = False
    ) -> Person:
        """Somebody new; every second id is too large for 32 bits, as many real ones are."""
        large = len(self.chats) % 2 == 1
        below, above = (2**32, 2**52) if large else (10**6, 2**31)
        chat_id = self.random.randrange(below + 1, above)
        while chat_id in self.chats:
            chat_id = self.random.randrange(below + 1, above)
        return Person(self, user(chat_id, first_name, language_code), started=started)

    def group(self, title: str) -> Group:
        """A group without the bot in it."""
        return Group(self, -1_000_000_000_000 - self.random.randrange(1, 10**10), title)

    def push(self, update: Json) -> int:
        """Queues an update exactly as given: forged, out of order, twice."""
        content: object = next((v for key, v in update.items() if key != "update_id"), None)
        where: Json = content if isinstance(content, dict) else {}
        chat = where.get("chat") or where.get("message", {}).get("chat") or where.get("from") or {}
        return self.put(update, chat.get("id", 0))

    def repeat(self, update_id: int) -> int:
        """Delivers the same update once more, as Telegram does when a confirmation was lost."""
        update, chat_id = self.inbox.history[update_id]
        return self.put(update, chat_id)

    def sent_to(self, chat_id: int) -> list[Bubble]:
        """All the bot ever sent to a chat, as it was when sent, with what was deleted since."""
        return list(self.chats[chat_id].sent)

    def stick(self, *bubbles: Bubble) -> None:
        """Has Telegram refuse to delete these messages."""
        for bubble in bubbles:
            self.chats[bubble.chat_id].messages[bubble.message_id].stuck = True

    def calls_of(self, method: str, chat_id: int | None = None) -> list[Call]:
        """The calls of one method, to one chat if given, in order of arrival."""
        return [
            call for call in self.calls if call.method == method and chat_id in {None, call.chat_id}
        ]

    async def drained(self, within: float = 30.0) -> None:
        """Waits until every queued update was confirmed, or taken by the webhook."""
        if not await self.changes.until(lambda: not self.inbox.waiting, within):
            left = [w.update for w in self.inbox.waiting[:5]]
            number = len(self.inbox.waiting)
            failed = [delivery.error for delivery in self.webhook.deliveries[-3:] if delivery.error]
            raise AssertionError(
                f"{number} updates still wait after {within} s; first: {left}; webhook: {failed}"
            )

    async def redeliver(self, within: float = 30.0) -> int:
        """Tries the webhook again where it failed; gives how many updates still wait."""
        return await self.webhook.redeliver(within)

    # The server

    async def _date(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Telegram's own time stands in the head of each answer."""
        response.headers["Date"] = format_datetime(self.clock().astimezone(UTC), usegmt=True)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            return _json(RefusalError(401, "Unauthorized"))
        method = request.match_info["method"]
        call = Call(len(self.calls), method, {}, self.clock())
        self.calls.append(call)
        try:
            return await self._answer(request, call)
        except asyncio.CancelledError:
            if call.outcome == "open":
                call.outcome = "gone"  # the client gave up waiting
            raise
        except RefusalError as refusal:
            return self._refuse(call, refusal)
        except Exception as problem:  # noqa: BLE001 - said aloud rather than lost in a 500
            self.complain(f"the fake itself broke in {method}: {problem!r}")
            return self._refuse(call, RefusalError(500, "Internal Server Error"))
        finally:
            self.changes.tell()

    async def _answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        if call.method not in METHODS:
            self.complain(f"unknown method {call.method}")
            raise RefusalError(404, "Not Found")
        call.params = await read_fields(request)
        fault = self.faults.take(call.method, call.chat_id, call.order)
        self.changes.tell()  # the call is here, and perhaps held
        if fault is None:
            call.result = await self._work(call)
            call.outcome = "ok"
            return web.json_response({"ok": True, "result": call.result})
        if fault.after:
            call.result = await self._work(call)
        call.outcome = f"fault {fault.kind}"
        return await self._fail(request, call, fault)

    async def _work(self, call: Call) -> object:
        call.params = parse_fields(call.method, METHODS[call.method], call.params)
        if call.method == "getUpdates":
            asked = call.params
            return await self.inbox.get_updates(
                asked.get("offset", 0),
                asked.get("limit", 100),
                asked.get("timeout", 0),
                asked.get("allowed_updates"),
            )
        return HANDLERS[call.method](self, call.params)

    async def _fail(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        match fault.kind:
            case "timeout":
                await self.faults.hold(fault)
                if not fault.after:
                    call.result = await self._work(call)
                return web.json_response({"ok": True, "result": call.result})
            case "drop_before" | "drop_after":
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            case "502_html":
                page = "<html><body><h1>502 Bad Gateway</h1></body></html>"
                return web.Response(status=502, text=page, content_type="text/html")
            case "429":
                return _json(too_many_requests(fault.retry_after))
            case "400":
                return _json(RefusalError(400, fault.description))
            case "401" | "403_blocked" | "404" | "500":
                return _json(REFUSALS[fault.kind])

    def _refuse(self, call: Call, refusal: RefusalError) -> web.Response:
        call.outcome = f"{refusal.code} {refusal.description}"
        if isinstance(refusal, StrictRefusalError):
            self.complain(f"{call.method}: {refusal.description}")
        return _json(refusal)

    async def _serve_file(self, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            return _json(RefusalError(401, "Unauthorized"))
        for stored in self.files.values():
            if stored.path == request.match_info["path"]:
                if stored.path not in self.may_download:
                    self.complain(f"a path that getFile has not told: {stored.path}")
                    break
                return web.Response(body=stored.data, content_type="application/octet-stream")
        return _json(RefusalError(404, "Not Found"))


def _json(refusal: RefusalError) -> web.Response:
    return web.json_response(refusal.body(), status=refusal.code)
