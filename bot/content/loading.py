"""Reads the folder of questions whole: what is asked and said, listened for, and planned.

Says nothing and walks nothing; every mistake of every file is named at once.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.content.helpline_loader import load_helplines
from bot.content.helplines import Helplines
from bot.content.library import FlowLibrary
from bot.content.lock_screen import read_lock_screen
from bot.content.story_threads import StoryThreads, load_threads
from bot.schedule.plan import Plan, load_plan
from flows.engine import (
    BrokenFlow,
    Flow,
    Keywords,
    Phrases,
    Problem,
    load_folder,
    load_phrases,
    load_said,
    load_stop_words,
)
from flows.engine.danger.detector import Danger, load_danger
from flows.engine.yaml_reader import yaml_files


def read_danger(folder: Path) -> Danger:
    """The phrases that may mean danger, of every language.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    phrases = (folder / "danger").resolve()  # several towns may share them by a link
    return _danger(phrases, _state(phrases))


def read_helplines(folder: Path) -> Helplines:
    """The numbers that people can call, of every place.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    return _helplines(folder / "helplines", _state(folder / "helplines"))


def _state(folder: Path) -> tuple[tuple[str, int], ...]:
    """The files of a folder and when each was changed last."""
    return tuple((file.name, file.stat().st_mtime_ns) for file in yaml_files(folder))


@lru_cache(maxsize=4)
def _danger(folder: Path, _changed: tuple[tuple[str, int], ...]) -> Danger:
    # Thousands of phrases take most of a second to put together, and never change once they are.
    return load_danger(folder)


@lru_cache(maxsize=8)
def _helplines(folder: Path, _changed: tuple[tuple[str, int], ...]) -> Helplines:
    return load_helplines(folder)


def read_folder(folder: Path) -> tuple[FlowLibrary, Plan]:
    """Everything that is said and when.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    flows, phrases, listened, plan, threads = _read(folder, _state(folder))
    return FlowLibrary(flows, phrases, listened, threads), plan


@lru_cache(maxsize=8)
def _read(
    folder: Path, _changed: tuple[tuple[str, int], ...]
) -> tuple[dict[str, Flow], Phrases, Keywords, Plan, StoryThreads]:
    # A thousand bots of one test run read the same files; what they hold never changes.
    problems: list[Problem] = []
    found: list[Any] = []
    loaders = (
        (load_folder, folder),
        (load_phrases, folder / "phrases.yaml"),
        (load_said, folder / "workers.yaml"),
        (load_stop_words, folder / "stop_words.yaml"),
        (load_plan, folder / "plan.yaml"),
        (load_threads, folder / "story.yaml"),
        (read_lock_screen, folder),
    )
    for load, path in loaders:
        try:
            found.append(load(path))
        except BrokenFlow as error:
            problems += error.problems
    if problems:
        raise BrokenFlow(problems)
    flows, phrases, workers, listened, plan, threads, _ = found
    return flows, replace(phrases, said={**phrases.said, **workers}), listened, plan, threads
