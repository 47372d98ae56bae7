"""A start loads nothing that only some commands or bots need."""

from __future__ import annotations

import subprocess
import sys

CARRIED = """
import sys
import bot.cli.main
from bot.optional_imports import without_colours
with without_colours():
    import bot.app
for name in sys.argv[1:]:
    assert name not in sys.modules, name
import pygments, rich.console
"""
"""Afterwards what was hidden can be loaded as ever."""


def test_a_start_loads_nothing_that_only_some_commands_or_bots_need() -> None:
    seldom = (
        "alembic",
        "pygments",
        "rich.console",
        "starlette",
        "uvicorn",
        "segno",
        "fpdf",
        "jinja2",
    )
    line = [sys.executable, "-c", CARRIED, *seldom]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
