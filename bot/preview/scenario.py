"""Scenario, actions and transcript of a preview, as plain values.

They are executed in `simulation`.
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
"""Where a preview can start. For `after`, the first check-in is answered and the follow-up has
come."""


class NotThere(CannotBeDone):
    """An action that is not possible at this place of a preview; the message explains why."""


class ActionKind(StrEnum):
    """The kinds of action of a participant."""

    TAP = "tap"
    SAYS = "says"
    WAITS = "waits"


@dataclass(frozen=True, slots=True)
class PreviewAction:
    """One action: `value` is a button's name, the text, or how long to wait.

    `label` is the button's label, `at` the step that was open, such as "before/b1".
    """

    kind: ActionKind
    value: str
    label: str = field(default="", compare=False)
    at: str = ""


HELLO = "hello"
"""Waiting until an unsolicited message is sent."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Where a preview starts. `told` holds the choices in BEFORE, by step, where AFTER starts."""

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
        """A scenario at the place that the settings name.

        Raises:
            CannotBeDone: there is no such flow.
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
    """The speaker of a line: dates are time's own, a toast is the short answer to a tap.

    Where the chat was cleared, earlier lines are no longer visible.
    """

    BOT = "bot"
    PERSON = "person"
    TIME = "time"
    GLANCE = "glance"
    CLEARED = "cleared"


@dataclass(slots=True)
class TranscriptLine:
    """One line: a message with what was chosen under it, text typed, or a date.

    `act` is the number of the action that it is or, of a message, that answered it; `redrawn` tells
    that its buttons have changed since it was sent.
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
        return self.message.buttons if self.message else ()

    @property
    def step(self) -> str:
        """The flow and step of this text, such as "before/b1"."""
        return step_of(self.message.source_ref) if self.message else ""


def step_of(place: str | None) -> str:
    """The flow and step of a text's place: "before/b1" of "before/b1/text"."""
    return "/".join((place or "").split("/")[:2])


def conversations(settings: Settings) -> Path:
    """The folder of transcripts: with the tests, or beside a service's own questions."""
    beside = settings.flows.parent / "tests" / "preview" / "transcripts"
    return beside if beside.is_dir() else settings.flows / "conversations"
