"""One address before several bots, as a load balancer is: each request goes to any that answers.

It keeps no order and tries nothing twice.
"""

from __future__ import annotations

import random
from types import TracebackType

import aiohttp
from aiohttp import web

SECRET = "a-secret-of-this-test"


class Balancer:
    """Passes what comes on to one of `ports`, chosen by chance."""

    def __init__(self, ports: list[int], seed: int = 0) -> None:
        self.ports = ports
        self.taken: dict[int, int] = dict.fromkeys(ports, 0)
        self._chance = random.Random(seed)  # noqa: S311 - the same in every run
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession
        self.url = ""

    async def __aenter__(self) -> Balancer:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._pass_on)
        self._client = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/updates"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._client.close()
        await self._runner.cleanup()

    def settings(self, port: int) -> dict[str, str]:
        """What a bot behind it is told."""
        return {
            "webhook_url": self.url,
            "webhook_secret": SECRET,
            "listen": f"127.0.0.1:{port}",
        }

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        for port in self._chance.sample(self.ports, len(self.ports)):
            url = f"http://127.0.0.1:{port}/updates"
            try:
                async with self._client.post(url, data=body, headers=request.headers) as answer:
                    self.taken[port] += answer.status == 200
                    return web.Response(status=answer.status)
            except aiohttp.ClientConnectionError:
                continue
        return web.Response(status=502)
