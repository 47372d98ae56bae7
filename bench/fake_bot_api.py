"""A Bot API on loopback, fast enough not to be the limit; who talks through it is `fake_people`.

Checks nothing: what Telegram would refuse is for the tests' strict stand-in to find.
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.fake_people import ME, Town  # noqa: E402 - the path comes first

TOKEN = "123456:bench"  # noqa: S105 - nobody's
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BOUNDARY = re.compile(rb'name="([^"]+)"\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.DOTALL)
LINES = 100
"""Connections to a webhook at most, as the product asks Telegram for."""
DRAIN = 15.0
"""Seconds that people wait for the last reply once nobody begins anything new."""


class Api:
    """What the Bot API answers."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.webhook: str | None = None
        self.asked = asyncio.Event()

    async def updates(self, asked: Mapping[str, Any]) -> bytes:
        """Waits for updates as long as asked, and gives those that are not confirmed."""
        self.asked.set()
        town, queue = self.town, self.town.queue
        offset = int(asked.get("offset") or 0)
        while queue and queue[0][0] < offset:
            queue.popleft()
        if not queue:
            town.arrived.clear()
            try:
                async with asyncio.timeout(float(asked.get("timeout") or 0)):
                    await town.arrived.wait()
            except TimeoutError:
                pass
        most = int(asked.get("limit") or 100)
        found = [body for _, body in list(queue)[:most]]
        return b'{"ok":true,"result":[%s]}' % b",".join(found)

    def call(self, method: str, asked: Mapping[str, Any]) -> bytes:
        """Any other method."""
        self.town.calls += 1
        result: Any = True
        if method in ("sendMessage", "editMessageReplyMarkup"):
            result = self.town.seen(method, asked)
        elif method == "getMe":
            result = ME
        elif method == "setWebhook":
            self.webhook = asked.get("url") or None
            self.asked.set()
        return json.dumps({"ok": True, "result": result}).encode()


class Serving(asyncio.Protocol):
    """One connection of a bot's."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._held = b""
        self._transport: asyncio.Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the line."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answers each request that is whole."""
        self._held = self._held + data if self._held else data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            found = _LENGTH.search(head)
            whole = end + 4 + (int(found[1]) if found else 0)
            if len(self._held) < whole:
                return
            body, self._held = self._held[end + 4 : whole], self._held[whole:]
            self._request(head, body)

    def _request(self, head: bytes, body: bytes) -> None:
        line = head[: head.find(b"\r\n")].decode()
        where = urlsplit(line.split(" ")[1])
        method = where.path.rpartition("/")[2]
        asked = _fields(head, body) | dict(parse_qsl(where.query))
        if method == "getUpdates":
            task = asyncio.get_running_loop().create_task(self._later(asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._answer(self._api.call(method, asked))

    async def _later(self, asked: Mapping[str, Any]) -> None:
        self._answer(await self._api.updates(asked))

    def _answer(self, body: bytes) -> None:
        if self._transport is not None:
            head = (
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            )
            self._transport.write(head % len(body) + body)


def _fields(head: bytes, body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    if b"application/json" in head:
        found: dict[str, Any] = json.loads(body)
        return found
    if b"multipart/form-data" in head:
        return {name.decode(): value.decode() for name, value in _BOUNDARY.findall(body)}
    return dict(parse_qsl(body.decode()))


class Bringing(asyncio.Protocol):
    """One connection to the bot's webhook: one update at a time, until it is taken."""

    def __init__(self, town: Town, head: bytes) -> None:
        self._town = town
        self._head = head
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self.free = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Takes the line."""
        self._transport = transport  # type: ignore[assignment]

    def bring(self, body: bytes) -> None:
        """Brings one update."""
        assert self._transport is not None  # noqa: S101 - connected first
        self.free = False
        self._transport.write(self._head % len(body) + body)

    def data_received(self, data: bytes) -> None:
        """The bot has taken it, once its answer is whole."""
        self._held += data
        head, end, body = self._held.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        if not end or found is None or len(body) < int(found[1]):
            return
        assert head.startswith(b"HTTP/1.1 200"), head[:100]  # noqa: S101 - or it means nothing
        self._held = b""
        self.free = True
        self._town.arrived.set()


async def bring(town: Town, url: str) -> None:
    """Brings updates to a webhook over as many lines as the product asks for."""
    where = urlsplit(url)
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
        "X-Telegram-Bot-Api-Secret-Token: bench\r\nContent-Length: %d\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    host, port = where.hostname or "", where.port or 80
    lines: list[Bringing] = []
    while True:
        await town.arrived.wait()
        town.arrived.clear()
        while town.queue:
            line = next((line for line in lines if line.free), None)
            if line is None and len(lines) < LINES:
                _, line = await loop.create_connection(lambda: Bringing(town, head), host, port)
                lines.append(line)
            if line is None:
                break
            line.bring(town.queue.popleft()[1])


async def main(talking: int, warm: float, seconds: float, hellos: int) -> None:
    """Serves one bot and lets people talk to it; tells the runner when, and what was seen."""
    town = Town(talking)
    api = Api(town)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Serving(api), "127.0.0.1", 0)
    tell(port=server.sockets[0].getsockname()[1])
    await api.asked.wait()
    bringing = None
    if api.webhook:
        bringing = asyncio.create_task(bring(town, api.webhook))
    tell(up=time.perf_counter())
    town.begin()
    await asyncio.sleep(warm)
    tell(warm=True)
    town.spans.clear()
    turns, calls, began = town.turns, town.calls, time.perf_counter()
    busy = time.process_time()
    await asyncio.sleep(seconds)
    while town.sent < hellos:  # noqa: ASYNC110 - a bench, not a test
        await asyncio.sleep(0.01)
    hellos_took = time.perf_counter() - began
    took, busy = time.perf_counter() - began, time.process_time() - busy
    turns, calls, spans = town.turns - turns, town.calls - calls, sorted(town.spans)
    tell(measured=True)
    town.stopped = True
    end = time.perf_counter() + DRAIN
    while town.waiting() and time.perf_counter() < end:  # noqa: ASYNC110 - a bench, not a test
        await asyncio.sleep(0.05)
    tell(
        turns=turns,
        seconds=took,
        calls=calls / max(turns, 1),
        p50=1000 * statistics.median(spans) if spans else None,
        p99=1000 * spans[int(len(spans) * 0.99)] if spans else None,
        stuck=town.waiting(),
        hellos=hellos_took,
        first=town.first,
        sent=town.sent,
        busy=busy / took,
    )
    if bringing is not None:
        bringing.cancel()
    server.close()


def tell(**what: Any) -> None:
    """Hands something to the runner."""
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
