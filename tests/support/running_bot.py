"""A whole bot in this process: real handlers, real database, polling a fake Bot API.

Restarts as a process does: nothing but the database is carried over.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Coroutine
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from alembic import command
from alembic.config import Config

from bot.app import App, build
from bot.clock import Clock
from bot.settings import ROOT, Settings, read_settings
from bot.store.crypto.vault import new_master
from bot.telegram.receiving.flood_control import no_limits
from bot.telegram.sending.rate_limiter import RateLimiter, Timer
from tests.support.database.opened_rows import rows_of
from tests.support.telegram_fake import FakeTelegram

KEY = new_master()


async def _at_once(_seconds: float) -> None:
    """A pause that takes no time, but lets others run."""
    await asyncio.sleep(0)


class Running:
    """One bot. `stop` and `start` are a restart; `flows` may be another folder."""

    def __init__(
        self, telegram: FakeTelegram, database_url: str, clock: Clock, **settings: Any
    ) -> None:
        self.telegram = telegram
        self.clock = clock
        self.settings = {
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.url,
            "database_url": database_url,
            "secret_keys": KEY,
            "org_name": "Aspen House",
            **settings,
        }
        self.app: App | None = None
        self._polling: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Starts a bot."""
        self.app = self.put_together(read_settings(_env_file=None, **self.settings))
        self._polling = asyncio.create_task(self.app.run(ticking=False))
        self.telegram.quiet = self.quiet

    def put_together(self, settings: Settings) -> App:
        """A bot that waits for nothing; a test may put it together in another way."""
        pace = RateLimiter(Timer(time.monotonic, _at_once), overall=0, each_chat=0.0)
        return build(settings, clock=self.clock, pace=pace, limits=no_limits())

    async def stop(self) -> None:
        """Stops it as SIGTERM does."""
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)
            self._polling = None

    @property
    def bot(self) -> App:
        """The running bot."""
        assert self.app is not None
        return self.app

    async def quiet(self) -> None:
        """Returns when everything sent to the bot is taken in, answered and written down."""
        await self._while_running(self.telegram.drained())
        await self.bot.settled()

    async def tick(self) -> None:
        """Does what the scheduler does every half minute, once the bot has started."""
        await self._while_running(self.bot.started.wait())
        await self.bot.erasure_job.run()
        await self.bot.follow_up_job.run()
        await self.bot.clear()
        await self.bot.settled()

    async def _while_running(self, waiting: Coroutine[Any, Any, object]) -> None:
        """Awaits this, or raises what ended the bot meanwhile."""
        assert self._polling is not None
        awaited = asyncio.create_task(waiting)
        done, _ = await asyncio.wait((awaited, self._polling), return_when=asyncio.FIRST_COMPLETED)
        if self._polling in done:
            awaited.cancel()
            self._polling.result()
        await awaited

    async def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table."""
        return await rows_of(self.bot.store, table)


def upgrade(database_url: str) -> None:
    """`alembic upgrade head` on a database."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic").replace("%", "%%"))
    config.attributes["url"] = database_url
    config.attributes["secret_keys"] = KEY
    command.upgrade(config, "head")


FLOWS = Path(ROOT) / "flows"


def copied(folder: Path) -> Path:
    """A copy of the questions that can be changed; the phrases of danger are only linked to."""
    flows = folder / "flows"
    shutil.copytree(FLOWS, flows, ignore=shutil.ignore_patterns("danger", "__pycache__", "engine"))
    (flows / "danger").symlink_to(FLOWS / "danger")
    return flows
