"""Runs a whole bot for a test to kill: its clock is read from a file, and it waits for nothing.

It sweeps nothing away, so that the books can be read whole afterwards.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import structlog

from bot.app import App, build
from bot.jobs.resend_outbox import LEFT_BY_OTHERS_AFTER
from bot.settings import read_settings
from bot.store.availability import DatabaseUnavailable
from bot.telegram.sending.rate_limiter import RateLimiter, Timer

LOOK = 0.02
"""Seconds between two ticks; a tick of the product comes every half minute."""


async def _soon(seconds: float) -> None:
    await asyncio.sleep(min(seconds, LOOK))


async def _ticking(app: App, stopping: asyncio.Event) -> None:
    await app.started.wait()
    while not stopping.is_set():
        with suppress(DatabaseUnavailable):
            await app.follow_up_job.run()
            await app.outbox_sender.send(LEFT_BY_OTHERS_AFTER)
        await asyncio.sleep(LOOK)


async def main() -> None:
    """Runs until killed, or stopped by SIGTERM."""
    hour = Path(os.environ["CRASH_CLOCK"])
    app = build(
        read_settings(_env_file=os.environ.get("CRASH_ENV_FILE")),
        clock=lambda: dt.datetime.fromisoformat(hour.read_text(encoding="ascii")),
        pace=RateLimiter(Timer(time.monotonic, _soon), overall=0, each_chat=0.0),
    )
    stopping = asyncio.Event()
    task = asyncio.create_task(app.run(ticking=False))
    ticking = asyncio.create_task(_ticking(app, stopping))
    # As the product's own scheduler: what ticks ends between two transactions, before the rest.
    ticking.add_done_callback(lambda _: task.cancel())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    with suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    asyncio.run(main())
