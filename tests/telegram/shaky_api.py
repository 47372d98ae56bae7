"""A bot whose calls to Telegram go wrong in every way.

It checks nothing by itself.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from bot.app import App, build
from bot.settings import Settings
from bot.telegram.receiving.flood_control import no_limits
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from bot.telegram.transport.http_transport import HttpTransport
from tests.reliability.crash.manual_timer import Hourglass
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person

SHORT = 0.25
"""Seconds after which the client gives up on a call that is held."""
WAIT: dict[str, Any] = {
    "pool_timeout": 5.0,
    "connect_timeout": 5.0,
    "read_timeout": SHORT,
}

BEFORE_ACTING = [
    ("500", False),
    ("502_html", False),
    ("429", False),
    ("timeout", False),
    ("drop_before", False),
]
AFTER_ACTING = [("500", True), ("502_html", True), ("timeout", True), ("drop_after", True)]
PASSING = BEFORE_ACTING + AFTER_ACTING
REFUSALS = [("400", False), ("403_blocked", False)]
AT_START = [
    "getMe",
    "setMyCommands",
    "setMyShortDescription",
    "setMyDescription",
    "deleteWebhook",
    "getUpdates",
]


class _Hurried:
    """A timer whose pauses are over at once, but count."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


class Cuttable(HttpTransport):
    """The way to Telegram, which can be cut: then a connection is refused, as it truly is."""

    cut = False

    async def do_request(self, url: str, *more: Any, **named: Any) -> tuple[int, bytes]:
        if self.cut and "sendMessage" in url:
            with socket.socket() as nobody:
                nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
                host = f"http://127.0.0.1:{nobody.getsockname()[1]}"
                return await super().do_request(host, *more, **named)
        return await super().do_request(url, *more, **named)


class Shaky(Running):
    """A bot that gives up soon on a call, and whose pauses take no time (or an hourglass's)."""

    glass: Hourglass | None = None
    line: Cuttable

    def put_together(self, settings: Settings) -> App:
        hurried = _Hurried()
        timer = Timer(lambda: hurried.seconds, hurried.sleep)
        pace = RateLimiter(self.glass.timer if self.glass else timer, overall=0, each_chat=0.0)
        self.line = Cuttable(16, **WAIT)
        return build(settings, clock=self.clock, pace=pace, request=self.line, limits=no_limits())


def copies_of(telegram: FakeTelegram, person: Person, text: str) -> int:
    return sum(text in bubble.text for bubble in telegram.sent_to(person.chat_id))
