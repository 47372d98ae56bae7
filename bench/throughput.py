"""Measures updates a second, beside other bots that hold the same conversation.

Each bot is a process of its own on one core, over real HTTP; `--short` takes seconds, not minutes.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.chart import picture  # noqa: E402
from bench.one_run import Asked, run  # noqa: E402 - the path comes first
from tests.support.database.databases import PostgresServer  # noqa: E402


@dataclass(frozen=True, slots=True)
class Column:
    """One bot over one database."""

    name: str
    program: str
    database: str
    webhook: bool = False


OURS = "ours, SQLite"
PTB, AIOGRAM = "python-telegram-bot, SQLite", "aiogram, SQLite"
COLUMNS = (
    Column(OURS, "checkin_bot", "sqlite"),
    Column("ours, SQLite, webhook", "checkin_bot", "sqlite", webhook=True),
    Column("ours, PostgreSQL", "checkin_bot", "postgresql"),
    Column("ours, PostgreSQL, webhook", "checkin_bot", "postgresql", webhook=True),
    Column(PTB, "ptb_bot", "sqlite"),
    Column("python-telegram-bot, PostgreSQL", "ptb_bot", "postgresql"),
    Column("python-telegram-bot, pickle file", "ptb_bot", "pickle"),
    Column(AIOGRAM, "aiogram_bot", "sqlite"),
    Column("aiogram, PostgreSQL", "aiogram_bot", "postgresql"),
    Column("no bot: the fake Bot API's ceiling", "no_bot", "none"),
)
TALKING = (1, 50, 500)
Found = dict[str, list[dict[str, Any]]]


def measured(server: PostgresServer, talking: int, runs: int, asked: Asked) -> Found:
    """Every column's figures, run after run, so that what else the machine does meets all."""
    found: Found = {column.name: [] for column in COLUMNS}
    for _ in range(runs):
        for column in COLUMNS:
            database, made = column.database, ""
            if database == "postgresql":
                made = server.create_database()
                database = server.url(made)
                if column.program == "checkin_bot":
                    _upgrade(database)
            one = replace(
                asked,
                program=column.program,
                database=database,
                talking=talking,
                webhook=column.webhook,
            )
            figures = run(one)
            found[column.name].append(figures)
            print(f"  {talking} talking, {column.name}: {figures['rate']:.0f}/s", file=sys.stderr)
            if made:
                server.drop_database(made)
    return found


def _upgrade(url: str) -> None:
    from tests.support.running_bot import upgrade

    upgrade(url)


def rows(found: Found) -> Iterator[str]:
    """The table's lines."""
    yield (
        "| | updates/s | spread | × PTB | × aiogram | p50, ms | p99, ms | CPU, µs an update"
        " | calls an update | memory, MB | without a reply |"
    )
    yield f"| --- |{' ---: |' * 10}"
    ptb, aiogram = (_middle(found[name], "rate") for name in (PTB, AIOGRAM))
    for name, runs in found.items():
        rate = _middle(runs, "rate")
        each = [run["rate"] for run in runs]
        cells = [
            f"{rate:,.0f}",
            f"{min(each):,.0f}–{max(each):,.0f}",
            f"{rate / ptb:.1f}" if ptb else "",
            f"{rate / aiogram:.1f}" if aiogram else "",
            f"{_middle(runs, 'p50'):.1f}",
            f"{_middle(runs, 'p99'):.1f}",
            f"{_middle(runs, 'cpu'):,.0f}",
            f"{_middle(runs, 'calls'):.1f}",
            f"{_middle(runs, 'memory'):.0f}",
            str(max(run["stuck"] for run in runs)),
        ]
        yield f"| {name} | {' | '.join(cells)} |"


def _middle(runs: list[dict[str, Any]], name: str) -> float:
    return float(statistics.median(run[name] or 0.0 for run in runs))


def machine() -> str:
    """What it was measured on."""
    names = ("python-telegram-bot", "SQLAlchemy", "aiosqlite", "asyncpg", "uvloop", "orjson")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()},"
        f" Python {platform.python_version()}, {versions}"
    )


def main() -> None:
    """Measures, and prints the tables; `--keep` writes the picture for the docs."""
    short = "--short" in sys.argv
    asked = Asked("", "", 0, *((3.0, 3.0) if short else (3.0, 6.0)))
    server = PostgresServer({})  # as safe as it comes
    whole: dict[int, Found] = {}
    try:
        server.create()
        for talking in (50,) if short else TALKING:
            whole[talking] = measured(server, talking, 1 if short else 3, asked)
    finally:
        server.remove()
    print(f"On {machine()}.\n")
    for talking, found in whole.items():
        print(f"**{talking} talking**\n")
        print("\n".join(rows(found)), end="\n\n")
    if "--keep" in sys.argv:
        bars = {t: {n: _middle(r, "rate") for n, r in f.items()} for t, f in whole.items()}
        (ROOT / "docs" / "throughput.svg").write_text(picture(bars), encoding="utf-8")
        print(json.dumps(bars), file=sys.stderr)


if __name__ == "__main__":
    main()
