"""Measures a million follow-ups waiting.

Sends nothing: where a hello would go out, one is counted.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

PEOPLE = 50_000
WAITING = 1_000_000
DUE = 100
NOW = dt.datetime(2027, 2, 1, 12, 0, tzinfo=dt.UTC)
SINCE = dt.timedelta(days=60)
AT_ONCE = 10_000

# What follows imports only what it needs: each part is a process of its own, so that one's memory
# and start-up are not another's.


def megabytes() -> float:
    """The most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def tell(**figures: float) -> None:
    """Hands figures to the process that asked for them."""
    print(json.dumps(figures))


def _hurry() -> None:
    """Lets SQLite not wait for the disk while something is only being filled."""
    import sqlalchemy as sa

    @sa.event.listens_for(sa.pool.Pool, "first_connect", named=True)
    @sa.event.listens_for(sa.pool.Pool, "connect", named=True)
    def _on_connect(dbapi_connection: Any, **_: Any) -> None:
        if "sqlite" in type(dbapi_connection).__module__:
            cursor = dbapi_connection.cursor()
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-200000")
            cursor.close()


# --- ours ----------------------------------------------------------------------------------------


def fill(url: str) -> None:
    """Makes the people and their follow-ups."""
    asyncio.run(_fill(url))


async def _fill(url: str) -> None:
    import sqlalchemy as sa

    from bot.languages.environment_loader import load_environment
    from bot.settings import read_settings
    from bot.store.opening import begin_store
    from bot.store.tables import UtcTime

    settings = read_settings(_env_file=None, database_url=url)
    _hurry()
    if settings.sqlite_file is None:
        from tests.support.running_bot import upgrade

        await asyncio.to_thread(upgrade, url)
    store, found = begin_store(settings), load_environment(settings)
    await store.open(NOW, found.library.current.values())
    for first in range(0, PEOPLE, AT_ONCE):
        async with store.unit_of_work() as uow:
            for chat in range(first, first + AT_ONCE):
                uow.participants.add(
                    10_000 + chat,
                    NOW - SINCE,
                    language="en",
                    audience="adult",
                    timezone="Europe/London",
                    may_message=True,
                    retention_months=12,
                )
    due = IN_MINUTES[store.engine.dialect.name]
    values = {"each": WAITING // PEOPLE, "due": DUE, "now": NOW, "made": NOW - SINCE}
    waiting = sa.text(FOLLOW_UPS.format(due=due.format(minutes=MINUTES)))
    times = [sa.bindparam(name, type_=UtcTime()) for name in ("now", "made")]
    async with store.transaction() as connection:
        await connection.execute(waiting.bindparams(*times), values)
    async with store.transaction() as connection:
        await connection.execute(sa.text("ANALYZE"))
    await store.close()


# Written by the database itself, which is quicker by far. Each person has the same number, spread
# over the year to come; a few people have one that is due.
MINUTES = "CASE WHEN n = 0 AND k < :due THEN -1 ELSE 60 + (k * :each + n) * 7919 % 500000 END"
IN_MINUTES = {
    "sqlite": "datetime(:now, ({minutes}) || ' minutes') || '.000000'",
    "postgresql": "CAST(:now AS timestamptz) + ({minutes}) * interval '1 minute'",
}
FOLLOW_UPS = """
WITH RECURSIVE
  nth(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM nth WHERE n + 1 < :each),
  person AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM participants),
  planned AS (SELECT k * :each + n + 1 AS number, id, n, {due} AS at FROM person, nth)
INSERT INTO follow_ups
  (id, participant_id, kind, scope, state, due_at, useless_after, attempts, made_at)
SELECT number, id, 'after', 'bench:' || n, 'waiting', at, '2028-12-31 00:00:00.000000', 0, :made
FROM planned
"""


def ours(url: str) -> None:
    """Starts the store and the tick, and ticks once with some due, and once with none."""
    asyncio.run(_ours(url))


async def _ours(url: str) -> None:
    started = time.perf_counter()
    from bot.domain.send_result import SendResult
    from bot.jobs.send_follow_ups import FollowUpJob
    from bot.languages.environment_loader import load_environment
    from bot.messages.reply import Message
    from bot.settings import read_settings
    from bot.store.opening import begin_store

    imported, libraries = time.perf_counter(), megabytes()
    settings = read_settings(_env_file=None, database_url=url)
    store, found = begin_store(settings), load_environment(settings)
    await store.open(NOW, found.library.current.values())
    sent: list[int] = []

    async def send(chat: int, _message: Message) -> SendResult:
        sent.append(chat)
        return SendResult.SENT

    async def in_turn(_chat: int, work: Callable[[], Awaitable[None]]) -> None:
        await work()

    async def gone(_chat: int) -> None:
        raise AssertionError("nobody has gone")

    tick = FollowUpJob(store, found, lambda: NOW, send, in_turn, gone)
    ready = time.perf_counter()
    await tick.run()
    done = time.perf_counter()
    await tick.run()
    again = time.perf_counter()
    await store.close()
    assert len(set(sent)) == len(sent) == DUE, len(sent)  # noqa: S101 - or the figures mean nothing
    tell(
        imports=imported - started,
        start=ready - imported,
        fire=done - ready,
        idle=again - done,
        memory=megabytes(),
        added=megabytes() - libraries,
    )


# --- the run -------------------------------------------------------------------------------------

PARTS = {part.__name__: part for part in (fill, ours)}
ROWS = (
    ("start-up, s", "start"),
    (f"{DUE} due said, s", "fire"),
    ("a tick with none due, s", "idle"),
    ("most memory, MB", "memory"),
    ("of it beyond the libraries, MB", "added"),
    ("imports before that, s", "imports"),
)


def measured(part: str, url: str, environment: dict[str, str]) -> dict[str, float]:
    """Runs one part in a process of its own, and gives its figures."""
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, __file__, part, url],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    print(f"  {part}: {time.perf_counter() - began:.0f} s", file=sys.stderr)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    figures: dict[str, float] = json.loads(lines[-1]) if lines else {}
    return figures


def table(columns: dict[str, dict[str, float]]) -> str:
    """The figures side by side."""
    lines = [f"| | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    for title, key in ROWS:
        cells = []
        for figures in columns.values():
            if key not in figures:
                cells.append("")
                continue
            cells.append(f"{figures[key]:.0f}" if "MB" in title else f"{figures[key]:.3f}")
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Fills the databases, measures, and prints the table."""
    environment = {"CHECKIN_SECRET_KEYS": "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    columns: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ours.db"
        measured("fill", url, environment)
        columns[f"SQLite, {WAITING:,} waiting"] = measured("ours", url, environment)
    if "--sqlite-only" not in sys.argv:
        from tests.support.database.databases import PostgresServer

        server = PostgresServer({})  # as safe as it comes
        try:
            server.create()
            url = server.url(server.create_database())
            measured("fill", url, environment)
            columns[f"PostgreSQL, {WAITING:,} waiting"] = measured("ours", url, environment)
        finally:
            server.remove()
    print(table(columns))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        PARTS[sys.argv[1]](sys.argv[2])
    else:
        main()
