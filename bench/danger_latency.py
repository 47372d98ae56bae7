"""Measures how long somebody in danger waits while 200 others talk, over HTTP on loopback.

Telegram's own pace is kept (30 messages a second), so the others' replies queue up.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.app import App, build  # noqa: E402 - the path comes first
from bot.settings import Settings  # noqa: E402
from tests.conftest import Time  # noqa: E402
from tests.support.running_bot import Running  # noqa: E402
from tests.support.telegram_fake import FakeTelegram  # noqa: E402

TALKING = 200
IN_DANGER = 20
SAID = "i want to kill myself"
ANSWER = "I am sorry it is this hard"


class AtTelegramsPace(Running):
    """A bot that waits as a real one does."""

    def put_together(self, settings: Settings) -> App:
        """A bot with the pace that it has in the world."""
        return build(settings, clock=self.clock)


async def measured(url: str) -> list[float]:
    """Seconds from the words to the answer, for each in danger."""
    clock = Time()
    async with (
        FakeTelegram(clock=clock) as telegram,
        AtTelegramsPace(telegram, url, clock) as running,
    ):
        await running.bot.started.wait()
        others = [telegram.person(f"Person {n}", started=True) for n in range(TALKING)]
        spans: list[float] = []
        for number in range(IN_DANGER):
            for person in others:
                person.say("hello")  # each gets two messages: some four hundred wait to be sent
            person = telegram.person(f"Kim {number}", started=True)
            began = time.perf_counter()
            person.say(SAID)
            await person.sees(ANSWER)
            spans.append(time.perf_counter() - began)
        return spans


def main() -> None:
    """Measures on both databases, and prints the table."""
    from tests.support.database.databases import PostgresServer
    from tests.support.running_bot import upgrade

    with tempfile.TemporaryDirectory() as folder:
        found = {"SQLite": asyncio.run(measured(f"sqlite:///{folder}/load.db"))}
    server = PostgresServer({})
    try:
        server.create()
        upgrade(url := server.url(server.create_database()))
        found["PostgreSQL"] = asyncio.run(measured(url))
    finally:
        server.remove()
    print(f"| {IN_DANGER} in danger while {TALKING} talk, s | {' | '.join(found)} |")
    print("| --- | ---: | ---: |")
    for name, figure in (("median", statistics.median), ("slowest", max)):
        print(f"| {name} | {' | '.join(f'{figure(spans):.2f}' for spans in found.values())} |")


if __name__ == "__main__":
    main()
