"""What is typed after `checkin` explains itself, and what is in its way is named with the way out.

What the commands do is tested elsewhere.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from bot.cli.main import cli
from bot.config.file_errors import in_words, writing
from bot.settings import CannotBeDone
from tests.conftest import Time
from tests.support.cli_process import checkin, files, from_cold
from tests.support.database.new_database import begin

FREE = 16 * 1024
"""Bytes of a disk that is nearly full."""


def parameters(group: Any, above: str = "checkin") -> Iterator[tuple[str, Any, Any]]:
    """Every option and argument there is, with its command."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from parameters(command, f"{above} {name}")
        for parameter in command.params:
            yield f"{above} {name}", command, parameter


def test_every_option_and_argument_says_what_it_is() -> None:
    found = list(parameters(typer.main.get_command(cli)))
    assert len(found) > 30
    assert [(name, p.name) for name, _, p in found if not (p.help or "").endswith(".")] == []
    assert [name for name, command, _ in found if not command.help] == []


async def test_help_says_what_it_is_with_examples(tmp_path: Path) -> None:
    done = await from_cold(tmp_path, "--help")
    assert "A Telegram bot that checks in with people before and after" in done.out
    for example in ("checkin chat", "checkin run", "checkin doctor"):
        assert f"{example}  " in done.out
    done = await from_cold(tmp_path, "--version")
    assert done.code == 0
    assert done.out.startswith("checkin 0.")
    assert "tables at 0" in done.out
    assert files(tmp_path) == []


def test_a_small_command_reads_neither_telegram_nor_questions() -> None:
    program = (
        "import sys, bot.cli.main, bot.cli.manage_workers, bot.cli.manage_complaints\n"
        "import bot.cli.backup_files\n"
        "for name in ('telegram', 'uvicorn', 'bot.app', 'bot.languages.completeness',"
        " 'bot.preview.preview_session'):\n"
        "    assert name not in sys.modules, name\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


WRITING = ("backup {}", "keys save {}", "export --out {}", "report --out {}", "backup b --keys {}")
READING = ("restore {}", "restore b --keys {}", "export --out e --seed-file {}")
NO_FOLDER = "there is no folder {folder}/none: make it"
IN_THE_WAY = [
    *((words, "none/x", NO_FOLDER) for words in (*WRITING, *READING)),
    *((words, "file/x", "file") for words in WRITING),
    *((words, "folder", "folder") for words in (*WRITING, *READING)),
    *((words, "none", "there is no file {folder}/none") for words in READING),
    ("restore {}", "file", "file is not a backup"),
    ("backup {}", "file", "file is there already: name another"),
    ("export --out {}", "file", "file is there already: name another"),
    ("keys save {}", "file", "file is there already, and is no key file"),
]


async def test_what_is_in_the_way_is_named(tmp_path: Path, time: Time) -> None:
    await begin(tmp_path)
    assert (await checkin(tmp_path, "backup", "b", now=time())).code == 0
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("somebody's letter")
    before = files(tmp_path)
    for typed, way, expected in IN_THE_WAY:
        words = typed.replace("b --keys", "b2 --keys" if "backup" in typed else "b --keys")
        done = await checkin(tmp_path, *words.format(tmp_path / way).split(), now=time())
        assert done.code == 2, (typed, way, done.out, done.err)
        assert expected.format(folder=tmp_path) in done.err, (typed, way, done.err)
        for wrong in ("database cannot be reached", "fault of ours", "Traceback", "Errno"):
            assert wrong not in done.err, (typed, way)
        assert files(tmp_path) == before, (typed, way)
    assert (tmp_path / "file").read_text() == "somebody's letter"


async def test_a_full_disk_is_named(tmp_path: Path, time: Time) -> None:
    await begin(tmp_path)
    page = tmp_path / "r.html"
    page.symlink_to("/dev/full")
    done = await checkin(tmp_path, "report", "--out", str(page), now=time())
    assert (done.code, done.out) == (2, "")
    assert f"{page} cannot be written whole: the disk is full" in done.err
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FREE, limits[1]))
    try:
        done = await from_cold(tmp_path, "complaints", "acknowledge", "ABCD")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert done.code == 2
    assert "its disk gives errors, or is full" in done.err


def test_a_full_disk_is_no_database_that_is_away(tmp_path: Path) -> None:
    """What an export writes is written while the database is read."""
    full = f"{tmp_path}/e cannot be written whole: the disk is full"
    with pytest.raises(CannotBeDone, match=full), writing(tmp_path / "e"):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied", "{}/x"), "may not be used by you"),
        (OSError(30, "Read-only file system", "{}/x"), "lies where nothing can be written"),
        (OSError(28, "No space left on device"), "the disk is full"),
        (OSError(5, "Input/output error", "{}/x"), "cannot be used: Input/output error"),
    ],
)
def test_each_hindrance_has_its_words(error: OSError, words: str, tmp_path: Path) -> None:
    if error.filename:
        error.filename = error.filename.format(tmp_path)
    assert words in (in_words(error) or "")
