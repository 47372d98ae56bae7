"""Starts a bot in a process of its own, and ends it as the plug being pulled does.

It knows nothing of what the bot says.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT
from tests.support.running_bot import KEY
from tests.support.telegram_fake import FakeTelegram

GUARD = 30.0


class SharedTime:
    """A clock that several processes read: it stands still until it is moved."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.now = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
        self.pass_()

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        """Lets time pass: days=14, hours=3 ..."""
        self.now += dt.timedelta(**span)
        new = self.file.with_suffix(".new")
        new.write_text(self.now.isoformat(), encoding="ascii")
        new.replace(self.file)


class BotProcess:
    """One bot in a process of its own; it may be started again after it ended."""

    def __init__(
        self, telegram: FakeTelegram, database_url: str, time: SharedTime, **settings: str
    ) -> None:
        given = {
            "telegram_token": telegram.token,
            "telegram_api_url": telegram.url,
            "database_url": database_url,
            "secret_keys": KEY,
            "org_name": "Aspen House",
            "languages": "en",
            **settings,
        }
        self._environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(ROOT),
            "PTB_TIMEDELTA": "1",
            "CRASH_CLOCK": str(time.file),
            "CRASH_ENV_FILE": ".env",  # of the folder it runs in
            **{f"CHECKIN_{name.upper()}": value for name, value in given.items()},
        }
        self._log = time.file.with_name(f"bot-{id(self)}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self.module = "tests.reliability.crash.crash_bot"

    def start(self) -> None:
        """Starts it, and does not wait."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                cwd=self._log.parent,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Ends it at once with SIGKILL: nothing is finished, nobody is told."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(GUARD)

    def ended(self) -> int:
        """Waits until it has ended by itself, and gives its exit code."""
        assert self._process is not None
        return self._process.wait(4 * GUARD)

    def stop(self) -> int:
        """Stops it as an operator does, and gives its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(GUARD)

    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text(errors="replace")
