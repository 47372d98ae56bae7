"""Runs a whole bot for the canary scan: everything is logged, and it breaks where it is told to.

What it is told to break on is in what somebody says, so that those words are in the error.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import os
import threading
from pathlib import Path
from typing import Any

from bot.app import build
from bot.dispatch.dispatcher import Dispatcher
from bot.logging_setup import log_to_stderr, tell_no_values, tell_of_loop
from bot.messages.incoming import TextMessage
from bot.settings import read_settings
from bot.telegram.sending.rate_limiter import RateLimiter, Timer


def _raise(words: str) -> None:
    raise RuntimeError(f"in an error: {words}")


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.02))


async def main() -> None:
    """Runs until it is killed, or told to end by an error that nobody catches."""
    log_to_stderr(logging.DEBUG, libraries=logging.DEBUG)
    tell_no_values()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(tell_of_loop)
    end: asyncio.Future[None] = loop.create_future()
    handled = Dispatcher._process_one

    async def breaking(self: Dispatcher, ctx: Any) -> None:
        what = ctx.update.content
        text = what.text if isinstance(what, TextMessage) else ""
        if "break the handler" in text:
            _raise(text)
        elif "break a thread" in text:
            threading.Thread(target=_raise, args=(text,)).start()
        elif "break the loop" in text:
            loop.call_soon(_raise, text)
        elif "break it all" in text:
            end.set_exception(RuntimeError(text))
        await handled(self, ctx)

    Dispatcher._process_one = breaking  # type: ignore[method-assign]
    hour = Path(os.environ["CRASH_CLOCK"])
    app = build(
        read_settings(_env_file=None),
        clock=lambda: dt.datetime.fromisoformat(hour.read_text(encoding="ascii")),
        pace=RateLimiter(Timer(loop.time, _soon), overall=0, each_chat=0.0),
    )
    running = asyncio.create_task(app.run())
    await asyncio.wait((running, end), return_when=asyncio.FIRST_COMPLETED)
    await (end if end.done() else running)


if __name__ == "__main__":
    asyncio.run(main())
