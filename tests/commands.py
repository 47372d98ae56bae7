"""The real `checkin` command in a process of its own, in an empty folder.

It checks nothing by itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from bot.settings import PREFIX, ROOT

WITHIN = 60.0
"""Seconds a command may take; it takes one or two."""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int | None
    out: str
    err: str


def files(folder: Path) -> list[str]:
    """The names of what lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def written(folder: Path) -> bytes:
    """All that lies in a folder's files."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


async def start(folder: Path, *words: str, **settings: object) -> Process:
    """Starts `checkin` with these words and settings."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    settings = {"languages": "en", **settings}  # else a terminal asks for one of twelve first
    given = {PREFIX + name.upper(): str(value) for name, value in settings.items()}
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("checkin"),
        *words,
        cwd=folder,
        env={**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **given},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )


async def ended(process: Process, typed: str = "") -> Ended:
    """Types all of this, ends the input and waits for the command's end."""
    async with asyncio.timeout(WITHIN):
        out, err = await process.communicate(typed.encode())
    return Ended(process.returncode, out.decode(), err.decode())


async def checkin(folder: Path, *words: str, typed: str = "", **settings: object) -> Ended:
    """Runs `checkin` from its start to its end."""
    return await ended(await start(folder, *words, **settings), typed)
