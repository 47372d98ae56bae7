"""The result of one turn: prompts to send, answers to store, and whether the flow ended.

Pure values; the caller sends and stores.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from flows.engine.flow import Text
from flows.engine.session import Answer, Session


@dataclass(frozen=True, slots=True)
class Quoted:
    """A participant's own earlier answer, to be quoted to them."""

    words: str | None = None
    labels: tuple[Text, ...] = ()
    voice: bool = False
    state: str = "answered"


@dataclass(frozen=True, slots=True)
class Recap:
    """Several questions with their answers."""

    items: tuple[tuple[Text, Quoted], ...]


@dataclass(frozen=True, slots=True)
class LazyText:
    """A text with its values, put into a language only when it is rendered."""

    text: Text
    values: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Lines:
    """Several texts with their values, each on a line."""

    lines: tuple[LazyText, ...]


Value = str | int | dt.date | Quoted | Recap | LazyText | Lines
"""A value for a placeholder in a text."""


@dataclass(frozen=True, slots=True)
class Button:
    """A button. A control (Skip, Back ...) has no label of its own: the bot has it."""

    id: str
    label: Text | None = None
    on: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """One message to send, not yet in any language."""

    step: str
    turn: int
    text: Text
    why: Text | None = None
    hint: Text | None = None
    choices: tuple[Button, ...] = ()
    controls: tuple[Button, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    several: bool = False
    stands: Quoted | None = None
    """The answer from before, where they have come back to a question."""


class Note(StrEnum):
    """A short message before the next prompt. Its text is one of the bot's phrases."""

    SKIPPED = "skipped"
    DECLINED = "declined"
    KEPT_WORDS = "kept_words"
    ADDED = "added"
    VOICE = "voice"
    UNKNOWN = "unknown"
    STALE = "stale"
    PICK_FIRST = "pick_first"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one input.

    `answers` are to be written (each whole, replacing the previous one), `dropped_answers` are
    steps whose answer no longer applies. `edit_keyboard_only` means only the buttons changed.
    `actions` are what choices ask of the bot. `session` is the new position.
    """

    session: Session
    prompts: tuple[Prompt, ...] = ()
    note: Note | None = None
    answers: tuple[Answer, ...] = ()
    dropped_answers: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    ended: bool = False
    stopped: bool = False
    postponed: bool = False
    edit_keyboard_only: bool = False
