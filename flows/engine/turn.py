"""What one turn gives back: what to say, what to keep, and whether it ended.

Does not say or keep anything itself.
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
    """A person's own earlier answer, to be shown back to them."""

    words: str | None = None
    labels: tuple[Text, ...] = ()
    voice: bool = False
    state: str = "answered"


@dataclass(frozen=True, slots=True)
class Recap:
    """Several questions with what was said to each."""

    items: tuple[tuple[Text, Quoted], ...]


Value = str | int | dt.date | Quoted | Recap
"""What can stand for a placeholder in a text."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap. A control (Skip, Back ...) has no label of its own: the bot has it."""

    id: str
    label: Text | None = None
    on: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """One message to say, not yet in any language."""

    step: str
    turn: int
    text: Text
    why: Text | None = None
    hint: Text | None = None
    choices: tuple[Button, ...] = ()
    controls: tuple[Button, ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    several: bool = False


class Note(StrEnum):
    """A short word before the next prompt. The words themselves are the bot's phrases."""

    SKIPPED = "skipped"
    DECLINED = "declined"
    KEPT_WORDS = "kept_words"
    ADDED = "added"
    VOICE = "voice"
    UNKNOWN = "unknown"
    STALE = "stale"
    PICK_FIRST = "pick_first"


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one input.

    `kept` are answers to write (each whole, replacing what stood), `dropped` are steps whose
    answer no longer belongs. `redraw` means only the buttons changed. `does` is what a choice
    asks of the bot. `session` is where the person is now.
    """

    session: Session
    prompts: tuple[Prompt, ...] = ()
    note: Note | None = None
    answers: tuple[Answer, ...] = ()
    dropped_answers: tuple[str, ...] = ()
    action: str | None = None
    ended: bool = False
    stopped: bool = False
    postponed: bool = False
    edit_keyboard_only: bool = False
