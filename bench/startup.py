"""Measures a whole bot that starts with a million follow-ups waiting, is idle, and has 10,000 due.

Over HTTP on loopback, without the pace that Telegram asks for.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import follow_ups  # noqa: E402 - the path comes first
from bench.one_run import KEY, Asked, run  # noqa: E402
from tests.support.database.databases import PostgresServer  # noqa: E402

DUE = 10_000


def fill(url: str, due: int) -> None:
    """Makes a million that wait, of which some are due now."""
    follow_ups.DUE, follow_ups.NOW = due, dt.datetime.now(dt.UTC)
    follow_ups.fill(url)


def measured(url: str, due: int) -> dict[str, float]:
    """Fills a database and runs the bot on it, once idle and once with somebody who writes."""
    subprocess.run(  # noqa: S603 - this very file, so that its memory is not the bot's
        [sys.executable, __file__, url, str(due)],
        env={**os.environ, "CHECKIN_SECRET_KEYS": KEY},
        check=True,
        cwd=ROOT,
    )
    if due:
        figures = run(Asked("checkin_bot", url, 0, warm=0.0, seconds=0.0, hellos=due, ticking=True))
        return {"hellos, s": figures["hellos"], "hellos said": figures["sent"]}
    first = run(Asked("checkin_bot", url, 1, warm=1.0, seconds=1.0, ticking=True))
    idle = run(Asked("checkin_bot", url, 0, warm=10.0, seconds=60.0, ticking=True))
    return {
        "start to first reply, s": first["first"],
        "idle, % of a core": 100 * idle["core"],
        "memory, MB": first["memory"],
    }


def main() -> None:
    """Measures on both databases, and prints the table."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        found["SQLite"] = measured(f"sqlite:///{folder}/waking.db", 0)
        found["SQLite"] |= measured(f"sqlite:///{folder}/due.db", DUE)
    if "--sqlite-only" not in sys.argv:
        server = PostgresServer({})
        try:
            server.create()
            url = server.url(server.create_database())
            found["PostgreSQL"] = measured(url, 0)
            found["PostgreSQL"] |= measured(server.url(server.create_database()), DUE)
        finally:
            server.remove()
    print(
        f"| {follow_ups.WAITING:,} waiting | {' | '.join(found)} |\n| --- |{' ---: |' * len(found)}"
    )
    for title in next(iter(found.values())):
        print(f"| {title} | {' | '.join(f'{figures[title]:,.2f}' for figures in found.values())} |")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        fill(sys.argv[1], int(sys.argv[2]))
    else:
        main()
