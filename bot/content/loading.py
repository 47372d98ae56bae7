"""Loads the whole folder of questions: flows, phrases, keywords, the plan.

Every mistake of every file is named at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.content import danger_cache
from bot.content.helpline_loader import load_helplines
from bot.content.helplines import Helplines
from bot.content.library import FlowLibrary
from bot.content.lock_screen import read_lock_screen
from bot.content.plan_loader import load_plan
from bot.content.story_threads import StoryThreads, load_threads
from bot.schedule.plan import Plan
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
from flows.engine.danger.detector import Danger
from flows.engine.keywords import FOLDER_OF_STOPS
from flows.engine.replies.choice_meanings import ChoiceMeanings, load_choice_meanings
from flows.engine.replies.control_words import load_control_words
from flows.engine.replies.reply_words import load_reply_words
from flows.engine.replies.short_replies import ShortReplies
from flows.engine.replies.when import WhenReader
from flows.engine.replies.when_words import load_when_words
from flows.engine.stops.stop_files import plain_stops
from flows.engine.yaml_reader import yaml_files


def read_danger(folder: Path) -> Danger:
    """Loads the danger phrases of every language.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    phrases = (folder / "danger").resolve()  # several services may share them by a link
    return _danger(_Content.of(phrases))


def read_plain_stops(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """The words to stop of each language, as far as they are no patterns.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    stops = (folder / FOLDER_OF_STOPS).resolve()
    return _plain_stops(_Content.of(stops))


def read_helplines(folder: Path) -> Helplines:
    """Loads the helplines of every place.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    return _helplines(folder / "helplines", _state(folder / "helplines"))


def read_replies(folder: Path) -> ShortReplies:
    """Loads the short replies of every language; none where the folder has none.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    return read_meanings(folder).replies


def read_meanings(folder: Path) -> ChoiceMeanings:
    """Loads the same with what they press.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    replies = (folder / "replies").resolve()
    return _meanings(_Content.of(replies)) if replies.is_dir() else ChoiceMeanings()


def _state(folder: Path) -> tuple[tuple[str, int], ...]:
    """The files of a folder and their modification times."""
    return tuple((file.name, file.stat().st_mtime_ns) for file in yaml_files(folder))


@dataclass(frozen=True, slots=True)
class _Content:
    """A folder by what its files hold: a copy of it is equal, and need not be compiled again."""

    digest: bytes
    folder: Path = field(compare=False)

    @classmethod
    def of(cls, folder: Path) -> _Content:
        found = sha256()
        for file in yaml_files(folder):
            content = file.read_bytes()
            found.update(f"{file.name} {len(content)} ".encode() + content)
        return cls(found.digest(), folder)


@lru_cache(maxsize=4)
def _danger(content: _Content) -> Danger:
    return danger_cache.compiled(content.folder, lambda: _Content.of(content.folder).digest)


@lru_cache(maxsize=4)
def _meanings(content: _Content) -> ChoiceMeanings:
    folder = content.folder
    words = load_reply_words(folder)
    meanings = load_choice_meanings(folder, ShortReplies(words))
    when = WhenReader(load_when_words(folder), words)
    return replace(meanings, when=when, controls=load_control_words(folder))


@lru_cache(maxsize=4)
def _plain_stops(content: _Content) -> Mapping[str, tuple[str, ...]]:
    return plain_stops(content.folder)


@lru_cache(maxsize=8)
def _helplines(folder: Path, _changed: tuple[tuple[str, int], ...]) -> Helplines:
    return load_helplines(folder)


def read_folder(folder: Path) -> tuple[FlowLibrary, Plan]:
    """Loads flows, phrases and plan.

    Raises:
        BrokenFlow: with every mistake of every file.
    """
    files = (*_state(folder), *_state(folder / FOLDER_OF_STOPS))
    flows, phrases, listened, plan, threads = _read(folder, files)
    return FlowLibrary(flows, phrases, listened, threads, read_meanings(folder)), plan


@lru_cache(maxsize=8)
def _read(
    folder: Path, _changed: tuple[tuple[str, int], ...]
) -> tuple[dict[str, Flow], Phrases, Keywords, Plan, StoryThreads]:
    # A thousand bots of one test run read the same files; their content never changes.
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
