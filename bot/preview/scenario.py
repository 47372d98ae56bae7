"""What a play begins with, what the person does in it, and what is seen of it.

Values only; they are acted out in `play`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.messages.reply import InlineButton, Message
from bot.settings import CannotBeDone, Settings

FLOWS = ("welcome", "before", "after")
"""What a play can begin at. For `after`, the first check-in was told and the hello has come."""


class NotThere(CannotBeDone):
    """What was to be done in a play cannot be done at this place; the message says why."""


class ActionKind(StrEnum):
    """The things a person can do."""

    TAP = "tap"
    SAYS = "says"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class PreviewAction:
    """One thing done: `value` is a button's name, the words, or how long.

    `label` is what the button said, `at` the step that waited, such as "before/b1".
    """

    kind: ActionKind
    value: str
    label: str = field(default="", compare=False)
    at: str = ""


HELLO = "hello"
"""How long to wait until something is said unasked."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where a play begins. `told` is what was chosen in BEFORE, by step, where AFTER begins."""

    flow: str
    begins: dt.datetime
    language: str = "en"
    young: bool = False
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    org_name: str | None = None
    zone: str = "Europe/London"
    country: str = "gb"
    keep_months: int = 12

    @classmethod
    def of(
        cls, settings: Settings, flow: str, begins: dt.datetime, language: str, *, young: bool
    ) -> Scenario:
        """A scene at the place that the settings name.

        Raises:
            CannotBeDone: when there is no such flow.
        """
        if flow not in FLOWS:
            raise CannotBeDone(f"a play can begin at {', '.join(FLOWS)}, not at `{flow}`")
        return cls(
            flow,
            begins.replace(second=0, microsecond=0),
            language,
            young,
            org_name=settings.org_name,
            zone=settings.timezone,
            country=settings.country,
            keep_months=settings.keep_months,
        )


class Speaker(StrEnum):
    """Whose line it is; time's own are dates, a glance is the short answer to a tap.

    Where the chat was cleared, what stands before is seen no more.
    """

    BOT = "bot"
    PERSON = "person"
    TIME = "time"
    GLANCE = "glance"
    CLEARED = "cleared"


@dataclass(slots=True)
class TranscriptLine:
    """One thing seen: a message with what was chosen under it, words typed, or a date.

    `act` is the number of the act that it is or, of a message, that answered it; `redrawn` says
    that its buttons have changed since it was said.
    """

    who: Speaker
    text: str
    message: Message | None = None
    did: PreviewAction | None = None
    chosen: str | None = None
    act: int | None = None
    redrawn: bool = False

    @property
    def keys(self) -> tuple[InlineButton, ...]:
        """The buttons under it, if it is a message."""
        return (*self.message.choices, *self.message.controls) if self.message else ()

    @property
    def step(self) -> str:
        """The flow and step whose words these are, such as "before/b1"."""
        return step_of(self.message.source_ref) if self.message else ""


def step_of(place: str | None) -> str:
    """The flow and step of a text's place: "before/b1" of "before/b1/text"."""
    return "/".join((place or "").split("/")[:2])


def conversations(settings: Settings) -> Path:
    """The folder of saved plays: with the tests, or beside another town's own questions."""
    beside = settings.flows.parent / "tests" / "preview" / "transcripts"
    return beside if beside.is_dir() else settings.flows / "conversations"
