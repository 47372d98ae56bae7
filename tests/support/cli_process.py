"""The real `checkin` command in a process of its own, in an empty folder.

Started as an operator starts it (`start`, `from_cold`), or forked from a process that has read the
program already (`checkin`), for what a command does. It checks nothing by itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from bot.config.env_file import PREFIX
from bot.settings import ROOT
from tests.support.forked_cli import CAN_FORK, WITHIN, Warm


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


def _environment(folder: Path, settings: dict[str, object]) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    ours = {
        "languages": "en",  # else a terminal asks for one of twelve first
        "env_file": os.devnull,  # never that of whoever runs the tests
        "database_url": f"sqlite:///{folder}/checkin.db",
    }
    settings = {**ours, **settings}
    given = {PREFIX + name.upper(): str(value) for name, value in settings.items()}
    return {**clean, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **given}


async def start(folder: Path, *words: str, **settings: object) -> Process:
    """Starts `checkin` with these words and settings."""
    return await start_on(PIPE, folder, *words, **settings)


async def start_on(stdin: int, folder: Path, *words: str, **settings: object) -> Process:
    """The same with its input from an open file, such as a terminal."""
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("checkin"),
        *words,
        cwd=folder,
        env=_environment(folder, settings),
        stdin=stdin,
        stdout=PIPE,
        stderr=PIPE,
        preexec_fn=_listens,
    )


def _listens() -> None:
    """Takes Ctrl-C as from a terminal: where the tests run in the background, it is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def ended(process: Process, typed: str = "") -> Ended:
    """Types all of this, ends the input and waits for the command's end."""
    async with asyncio.timeout(WITHIN):
        out, err = await process.communicate(typed.encode())
    return Ended(process.returncode, out.decode(), err.decode())


async def from_cold(folder: Path, *words: str, typed: str = "", **settings: object) -> Ended:
    """Runs `checkin` from its start to its end, where the start itself is what is tested."""
    return await ended(await start(folder, *words, **settings), typed)


async def checkin(
    folder: Path,
    *words: str,
    typed: str = "",
    now: dt.datetime | None = None,
    **settings: object,
) -> Ended:
    """Runs `checkin` to its end, where only what it does is tested; `now` is its clock."""
    if not CAN_FORK:
        return await from_cold(folder, *words, typed=typed, **settings)
    return await asyncio.to_thread(
        _forked, folder, words, typed, _environment(folder, settings), now
    )


def _forked(
    folder: Path,
    words: tuple[str, ...],
    typed: str,
    environment: dict[str, str],
    now: dt.datetime | None,
) -> Ended:
    global _warm  # noqa: PLW0603 - one for all tests of this process
    if _warm is None or not _warm.runs:
        _warm = Warm()
    reads, writes = os.pipe()
    with os.fdopen(writes, "wb") as keys:
        keys.write(typed.encode())  # far less than a pipe holds
    with (
        os.fdopen(reads, "rb") as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        code = _warm.run(folder, words, environment, [f.fileno() for f in (given, out, err)], now)
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read().decode(), err.read().decode())


_warm: Warm | None = None
