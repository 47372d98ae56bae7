"""Proves that each room of the code imports only what it may, by reading every module's syntax.

The floors are in `import_graph`. None of the modules is run, and one that is imported by a name
made at run time is not seen.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.architecture.import_graph import (
    FLOORS,
    MAY_IMPORT,
    REPOSITORY,
    circles,
    forbidden,
    imports,
    uses,
)

ENGINE_MAY_IMPORT = {*sys.stdlib_module_names, "yaml", "transitions", "flows.engine"}
# A database driver is a way to write SQL too.
SQL = {"sqlalchemy", "sqlite3", "aiosqlite", "asyncpg"}
CLOCK_FILE = "bot/clock.py"
CLOCKS = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.time",
    "time.time_ns",
}

PAGE = REPOSITORY / "CONTRIBUTING.md"

Uses = Iterable[tuple[int, str]]
Rule = Callable[[str, ast.Module], Uses]


def is_within(name: str, roots: Iterable[str]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in roots)


def flows_never_imports_bot(file: str, tree: ast.Module) -> Uses:
    if file.startswith("flows/"):
        yield from (use for use in imports(file, tree) if is_within(use[1], {"bot"}))


def engine_imports_almost_nothing(file: str, tree: ast.Module) -> Uses:
    if file.startswith("flows/engine/"):
        yield from (use for use in imports(file, tree) if not is_within(use[1], ENGINE_MAY_IMPORT))


def only_one_room_imports_telegram(file: str, tree: ast.Module) -> Uses:
    if not file.startswith("bot/telegram/"):
        yield from (use for use in imports(file, tree) if is_within(use[1], {"telegram"}))


def only_the_store_reaches_a_database(file: str, tree: ast.Module) -> Uses:
    if not file.startswith("bot/store/"):
        yield from (use for use in imports(file, tree) if is_within(use[1], SQL))


def only_the_clock_reads_the_time(file: str, tree: ast.Module) -> Uses:
    if file == CLOCK_FILE:
        return
    yield from (use for use in imports(file, tree) if use[1] in CLOCKS)
    known = local_names(tree)
    for node in ast.walk(tree):
        # Named is enough: `default=datetime.now` reads the clock without a call in sight.
        if isinstance(node, ast.Attribute) and (name := full_name(node, known)) in CLOCKS:
            yield node.lineno, name


def local_names(tree: ast.Module) -> dict[str, str]:
    """Gives what each name stands for: `dt` for `from datetime import datetime as dt`."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            known |= {a.asname: a.name for a in node.names if a.asname}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            known |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return known


def full_name(node: ast.expr, known: dict[str, str]) -> str:
    """Gives the dotted name of `a.b.c`, or an empty one for anything else."""
    match node:
        case ast.Name(id=name):
            return known.get(name, name)
        case ast.Attribute(value=value, attr=attr) if before := full_name(value, known):
            return f"{before}.{attr}"
    return ""


RULES: list[Rule] = [
    flows_never_imports_bot,
    engine_imports_almost_nothing,
    only_one_room_imports_telegram,
    only_the_store_reaches_a_database,
    only_the_clock_reads_the_time,
]


def faults(rule: Rule, root: Path) -> list[str]:
    """Gives every breach of a rule in flows/ and bot/ below a folder, as `file:line: name`."""
    return [
        f"{file}:{line}: {name}"
        for room in ("flows", "bot")
        for path in sorted((root / room).rglob("*.py"))
        for file in [path.relative_to(root).as_posix()]
        for line, name in rule(file, ast.parse(path.read_text(encoding="utf-8"), file))
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_code_keeps_the_rule(rule: Rule) -> None:
    assert faults(rule, REPOSITORY) == []


def test_a_room_imports_only_what_is_below_it() -> None:
    assert [f"{use.file}:{use.line}: {use.name}" for use in forbidden(uses())] == []


def test_no_rooms_import_each_other() -> None:
    assert circles({use.arrow for use in uses()}) == []


def test_every_room_has_a_floor() -> None:
    rooms = {f.parent.name for f in (REPOSITORY / "bot").glob("*/__init__.py")} - {"config"}
    assert rooms == set(FLOORS) - {"flows.engine", "ground", "app"}
    assert MAY_IMPORT["domain"] == {"flows.engine", "ground"}
    assert [room for room in FLOORS if "app" in MAY_IMPORT[room]] == ["preview", "cli"]


def test_the_page_has_the_floors() -> None:
    _, _, shown = PAGE.read_text(encoding="utf-8").partition("<!-- imports: begin -->")
    rows = re.findall(
        r"^\| (\d+) \| `(\S+?)/?`", shown.partition("<!-- imports: end -->")[0], re.MULTILINE
    )
    names = {"flows.engine": "flows/engine", "ground": "bot/config", "app": "bot/app.py"}
    expected = [(str(n), names.get(room, f"bot/{room}")) for n, room in enumerate(FLOORS)]
    assert rows == expected


PLANTED = {
    "from bot.store.database import Database": "store",
    "def f():\n    import bot.app": "app",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from bot import cli": "cli",
    "from ..workers import router": "workers",
}


@pytest.mark.parametrize("source", PLANTED)
def test_an_import_upwards_is_found(tmp_path: Path, source: str) -> None:
    write(tmp_path, "bot/schedule/plan.py", source)
    write(tmp_path, "bot/jobs/scheduler.py", "from bot.schedule import plan\nfrom bot import clock")
    assert [use.arrow for use in forbidden(uses(tmp_path))] == [("schedule", PLANTED[source])]


def test_a_circle_is_found() -> None:
    assert circles({("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")}) == [{"a", "b", "c"}]
    assert circles({("a", "b"), ("b", "c"), ("a", "c")}) == []


BREACHES: list[tuple[Rule, str, str, str]] = [
    (flows_never_imports_bot, "flows/a.py", "import bot", "bot"),
    (flows_never_imports_bot, "flows/a.py", "from bot.store import tables", "bot.store.tables"),
    (flows_never_imports_bot, "flows/engine/a.py", "def f():\n    import bot.app", "bot.app"),
    (engine_imports_almost_nothing, "flows/engine/a.py", "import babel", "babel"),
    (engine_imports_almost_nothing, "flows/engine/a.py", "import yamlish", "yamlish"),
    (engine_imports_almost_nothing, "flows/engine/a.py", "from .. import plan", "flows.plan"),
    (engine_imports_almost_nothing, "flows/engine/b/a.py", "from ...x import y", "flows.x.y"),
    (engine_imports_almost_nothing, "flows/engine/a.py", "from flows import *", "flows.*"),
    (only_one_room_imports_telegram, "bot/app.py", "import telegram.ext", "telegram.ext"),
    (only_one_room_imports_telegram, "bot/telegram.py", "import telegram", "telegram"),
    (only_one_room_imports_telegram, "flows/a.py", "from telegram import Bot", "telegram.Bot"),
    (only_the_store_reaches_a_database, "bot/app.py", "import sqlalchemy as s", "sqlalchemy"),
    (
        only_the_store_reaches_a_database,
        "bot/terminal/terminal_chat.py",
        "import sqlite3",
        "sqlite3",
    ),
    (
        only_the_store_reaches_a_database,
        "bot/workers/a.py",
        "if TYPE_CHECKING:\n    from sqlalchemy.orm import Session",
        "sqlalchemy.orm.Session",
    ),
    (
        only_the_clock_reads_the_time,
        "bot/app.py",
        "import datetime as d\nx = d.datetime.now(d.UTC)",
        "datetime.datetime.now",
    ),
    (
        only_the_clock_reads_the_time,
        "bot/followups/a.py",
        "from datetime import datetime as dt\nx = f(default=dt.utcnow)",
        "datetime.datetime.utcnow",
    ),
    (
        only_the_clock_reads_the_time,
        "flows/a.py",
        "from datetime import date\nx = date.today()",
        "datetime.date.today",
    ),
    (only_the_clock_reads_the_time, "bot/x/clock.py", "import time\ntime.time()", "time.time"),
    (only_the_clock_reads_the_time, "bot/app.py", "from time import time", "time.time"),
]


@pytest.mark.parametrize(("rule", "file", "source", "name"), BREACHES)
def test_a_breach_is_found(tmp_path: Path, rule: Rule, file: str, source: str, name: str) -> None:
    write(tmp_path, file, source)
    line = source.count("\n") + 1
    assert faults(rule, tmp_path) == [f"{file}:{line}: {name}"]


ALLOWED = {
    "flows/engine/walk.py": "import re, yaml\nfrom transitions import Machine\nfrom . import turn",
    "flows/engine/deep/a.py": "from ..turn import Turn\nfrom flows import engine",
    "bot/telegram/sending/sender.py": "from telegram import Bot\nfrom telegram.ext import Updater",
    "bot/store/tables/__init__.py": "from sqlalchemy import orm\nimport sqlite3",
    "bot/clock.py": "from datetime import UTC, datetime\nnow = datetime.now(UTC)",
    "bot/app.py": (
        "import time\nfrom bot.telegram.sending import sender\nfrom .store import tables\n"
        "from flows.engine import ask\nstarted = time.monotonic()\nx = clock.now()"
    ),
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_what_is_allowed_is_not_a_breach(tmp_path: Path, rule: Rule) -> None:
    for file, source in ALLOWED.items():
        write(tmp_path, file, source)
    assert faults(rule, tmp_path) == []


def write(root: Path, file: str, source: str) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
