"""Runs one bot against the fast Bot API once, each a process of its own, and gives the figures."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
KEY = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run: whose program, over which database, with how many talking.

    Where there are `hellos`, it is waited until so many messages were sent.
    """

    program: str
    database: str
    talking: int
    warm: float = 3.0
    seconds: float = 8.0
    webhook: bool = False
    hellos: int = 0
    ticking: bool = False


class Ended(Exception):
    """A bot ended while it was being measured."""


def run(asked: Asked) -> dict[str, Any]:
    """Runs it once. `database` is `sqlite`, `pickle`, or an empty PostgreSQL database's address."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"sqlite": f"sqlite:///{folder}/bench.db", "pickle": f"pickle:{folder}/bench"}
        return _run(asked, places.get(asked.database, asked.database), folder)


def _run(asked: Asked, database: str, folder: str) -> dict[str, Any]:
    times = [str(asked.talking), str(asked.warm), str(asked.seconds), str(asked.hellos)]
    api = _begin([ROOT / "bench" / "fake_bot_api.py", *times], folder, cores=slice(1, None))
    bot: subprocess.Popen[str] | None = None
    try:
        url = f"http://127.0.0.1:{_told(api)['port']}"
        more = [f"http://127.0.0.1:{_free_port()}/hook"] if asked.webhook else []
        more += ["ticking"] if asked.ticking else []
        began = time.perf_counter()
        program = ROOT / "bench" / "bots" / f"{asked.program}.py"
        bot = _begin([program, url, database, *more], folder)
        _told(api)
        up = time.perf_counter() - began
        _told(api)
        before = _used(bot)
        _told(api)
        after = _used(bot)
        figures = _told(api)
    finally:
        for process in (bot, api):
            if process is not None:
                process.kill()
                process.communicate()  # closes its pipe too
    turns = max(figures["turns"], 1)
    return {
        **figures,
        "rate": figures["turns"] / figures["seconds"],
        "cpu": 1e6 * (after["cpu"] - before["cpu"]) / turns,
        "core": (after["cpu"] - before["cpu"]) / figures["seconds"],
        "memory": after["memory"],
        "up": up,
        "first": figures["first"] - began if figures["first"] else None,
    }


def _begin(line: list[Any], folder: str, cores: slice = slice(None)) -> subprocess.Popen[str]:
    def apart() -> None:
        # The bot has the first core to itself.
        if hasattr(os, "sched_setaffinity"):
            known = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, set(known[cores] or known))

    environment = {**os.environ, "CHECKIN_SECRET_KEYS": KEY}
    # As it is where nobody forbids it: else each would be compiled anew at each start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (Path(os.environ.get("BENCH_LOG", folder)) / "log").open("a") as log:
        return subprocess.Popen(  # noqa: S603 - these very files
            [_python(line[0]), *map(str, line)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=environment,
            preexec_fn=apart,  # noqa: PLW1509 - no threads are running
        )


def _python(program: Path) -> str:
    beside = ROOT / ".venv-bench" / "bin" / "python"
    return str(beside) if program.stem == "aiogram_bot" and beside.exists() else sys.executable


def _used(bot: subprocess.Popen[str]) -> dict[str, Any]:
    bot.send_signal(signal.SIGUSR1)
    return _told(bot)


def _told(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None  # noqa: S101 - piped above
    line = process.stdout.readline()
    if not line:
        raise Ended(str(process.args))
    found: dict[str, Any] = json.loads(line)
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if not word.startswith("--")]
    times = [float(word) for word in words[3:5]]
    warm, seconds = times if len(times) == 2 else (3.0, 8.0)
    asked = Asked(words[0], words[1], int(words[2]), warm, seconds, "--webhook" in sys.argv)
    print(json.dumps(run(asked), indent=1))
