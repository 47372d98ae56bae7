"""Reads the questions as they were last committed, where the folder is in a Git checkout.

Without Git, or outside a checkout, there is simply no baseline.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from bot.authors.check import ParsedFolder, legible


def committed_flows(folder: Path) -> ParsedFolder | None:
    """The last committed questions, or None where there are none."""
    program = shutil.which("git")
    listed = _git(program, folder, "ls-tree", "--name-only", "HEAD", "./") if program else None
    if not program or not listed:
        return None
    with tempfile.TemporaryDirectory() as place:
        for name in listed.decode().splitlines():
            if name.endswith(".yaml") and "/" not in name and name[0] != ".":
                source = _git(program, folder, "show", f"HEAD:./{name}")
                (Path(place) / name).write_bytes(source or b"")
        found = legible(Path(place))
    return found if found.flows else None


def _git(program: str, folder: Path, *words: str) -> bytes | None:
    done = subprocess.run(  # noqa: S603 - a fixed program with words of our own
        [program, "-C", str(folder), *words], capture_output=True, check=False, timeout=30
    )
    return done.stdout if done.returncode == 0 else None
