"""Measures a worker's list of 5,000 people: opened, turned, searched, and what needs a look.

Everything goes through the desk and a real database; nothing is sent.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import statistics
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.dispatch.dispatcher import Dispatcher  # noqa: E402
from bot.languages.environment_loader import load_environment  # noqa: E402 - the path comes first
from bot.messages.callback_data import WorkerButton  # noqa: E402
from bot.messages.deep_links import new_token  # noqa: E402
from bot.messages.incoming import ButtonPress, Command, IncomingUpdate, TextMessage, UpdateContent  # noqa: E402
from bot.settings import read_settings  # noqa: E402
from bot.store.opening import begin_store  # noqa: E402 - the path comes first

PEOPLE = 5_000
TIMES = 20
JOINED = ("participant_id", "joined_at")
NOW = dt.datetime(2027, 2, 1, 12, 0, tzinfo=dt.UTC)
SAM = 7_000
KEY = "3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
ASKED: dict[str, tuple[UpdateContent, ...]] = {
    "open /people": (Command("people"),),
    "turn to the next page": (ButtonPress(WorkerButton("page", 0, "1").encode(), 1, "1"),),
    "turn to the last page": (ButtonPress(WorkerButton("page", 0, "624").encode(), 1, "1"),),
    "search by name": (
        ButtonPress(WorkerButton("find").encode(), 1, "1"),
        TextMessage("person 4711"),
    ),
    "needs a look": (ButtonPress(WorkerButton("eye").encode(), 1, "1"),),
}


async def measured(url: str) -> dict[str, tuple[float, float]]:
    """Milliseconds for each thing asked: the median and the longest of twenty."""
    settings = read_settings(_env_file=None, database_url=url, secret_keys=KEY)
    store, found = begin_store(settings), load_environment(settings)
    await store.open(NOW, found.library.current.values())
    dispatcher, updates = Dispatcher(store, found, lambda: NOW), count(1)
    async with store.unit_of_work() as uow:
        token = new_token()
        await uow.workers.make_invite(token, "Sam", lead=False, now=NOW, expires_at=NOW)
        invite = await uow.workers.invite(token)
        assert invite is not None  # noqa: S101 - just made
        sam = await uow.workers.create_from_invite(SAM, invite, "en", "Europe/London", NOW)
        for first in range(0, PEOPLE, 500):
            names = [(f"Person {first + n}", new_token()) for n in range(500)]
            made = await uow.cases.create(sam, names, "A room", None, NOW, NOW)
            for n, case in enumerate(made):
                person = uow.participants.add(
                    10_000 + first + n,
                    NOW,
                    language="en",
                    audience="adult",
                    timezone="Europe/London",
                    may_message=True,
                    retention_months=12,
                )
                case.participant_id, case.joined_at = person.id, NOW
            await uow.flush_participants()
            for case in made:
                await uow.cases.save(case, *JOINED)
    taken: dict[str, tuple[float, float]] = {}
    for name, whats in ASKED.items():
        spans, spent = [], 0.0
        for _ in range(TIMES):
            for what in whats:
                began = time.perf_counter()
                replies = await dispatcher.process([IncomingUpdate(next(updates), SAM, what, NOW)])
                spent = time.perf_counter() - began
                assert replies  # noqa: S101 - or the figures mean nothing
            spans.append(spent * 1000)
        taken[name] = statistics.median(spans), max(spans)
    await store.close()
    return taken


def main() -> None:
    """Measures on both databases, and prints the table."""
    from tests.support.database.databases import PostgresServer
    from tests.support.running_bot import upgrade

    with tempfile.TemporaryDirectory() as folder:
        ours = {"SQLite": asyncio.run(measured(f"sqlite:///{folder}/people.db"))}
    server = PostgresServer({})
    try:
        server.create()
        url = server.url(server.create_database())
        upgrade(url)
        ours["PostgreSQL"] = asyncio.run(measured(url))
    finally:
        server.remove()
    print(f"| {PEOPLE:,} people, ms: median (longest of {TIMES}) | {' | '.join(ours)} |")
    print("| --- | ---: | ---: |")
    for name in ASKED:
        cells = [f"{found[name][0]:.0f} ({found[name][1]:.0f})" for found in ours.values()]
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
