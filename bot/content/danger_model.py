"""Loads the small model for what sounds like danger; without it the phrases alone go on."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from flows.engine import BrokenFlow, Problem
from flows.engine.danger import line_files, model_file
from flows.engine.danger.model import DangerModel

_STALE = "its lines have changed since it was learnt: `checkin danger train` learns it anew"


def read_danger_model(folder: Path) -> tuple[DangerModel | None, tuple[Problem, ...]]:
    """The model of a folder of questions, and what is wrong with it or with its lines.

    A folder without lines has none. A broken file gives none, and is named with its line.
    """
    danger = (folder / "danger").resolve()  # several services may share it by a link
    path = danger / model_file.NAME
    if not path.exists() and not line_files.line_files(danger):
        return None, ()
    state = path.stat() if path.exists() else None
    try:
        lines = line_files.digest_of(danger)
    except BrokenFlow:
        lines = ""  # named below
    return _read(path, lines, (state.st_mtime_ns, state.st_size) if state else (0, 0))


@lru_cache(maxsize=4)
def _read(
    path: Path, lines: str, _changed: tuple[int, int]
) -> tuple[DangerModel | None, tuple[Problem, ...]]:
    # A thousand bots of one test run read the same file.
    model, problems = None, list[Problem]()
    try:
        found = model_file.read(path)
    except BrokenFlow as error:
        problems += error.problems
    else:
        model = found.model
        if found.lines == lines:
            return model, ()
    try:
        line_files.read_lines(path.parent)
    except BrokenFlow as error:
        problems += error.problems
    return model, tuple(problems) or (Problem(path.name, 1, _STALE),)
