"""What was last asked in a chat, so that a typed reply can be taken as an answer to that.

Of a participant it is in the database, for every process; the rest, and what was answered from
memory, only the process knows that said it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.i18n.localizer import Localizer
from bot.messages.callback_data import PhraseButton, WorkerButton, parse
from bot.messages.parts import Words

FRESH = dt.timedelta(days=1)
"""So long what was asked counts as just asked: nothing typed later is taken for its answer."""
_FLAGS = ("apologised", "offers_contact")
_TIMES = frozenset({"at", "question_at"})
_ENDS_QUESTION = ("leave", "tell")
"""Workers' buttons of which one stands under every question to them."""


@dataclass(frozen=True, slots=True)
class WorkerChoice:
    """A button for workers that was shown, with its label in the language of that moment."""

    button: WorkerButton
    label: Words
    localizer: Localizer


@dataclass(frozen=True, slots=True)
class LastAsked:
    """What was last asked in a chat: the buttons of a phrase, or a question, and when.

    `apologised` means that it was not understood what was sent before that; `question_at` is when a
    question of a check-in was last asked, whatever was said since. `open_question` is the
    check-in and turn of an open question that any words answer; `help_word` may be that answer.
    `offers_contact` means that it was asked if someone shall contact them.
    `aside` are the buttons of an answer from memory that came after it, shown at `aside_at`: what
    was asked stays asked. `work` are the buttons for workers, shown at `work_at`; `interrupts`
    means that they came unasked after a question that is still open.
    """

    at: dt.datetime
    buttons: tuple[PhraseButton, ...] = ()
    apologised: bool = False
    question_at: dt.datetime | None = None
    open_question: tuple[int, int] | None = None
    help_word: str = ""
    offers_contact: bool = False
    aside: tuple[PhraseButton, ...] = ()
    aside_at: dt.datetime | None = None
    work: tuple[WorkerChoice, ...] = ()
    work_at: dt.datetime | None = None
    interrupts: bool = False

    def to_json(self) -> dict[str, Any]:
        """Serialises what another process must know of it."""
        found: dict[str, Any] = {"at": self.at.isoformat()}
        if self.buttons:
            found["buttons"] = [button.encode() for button in self.buttons]
        if self.question_at is not None:
            found["question_at"] = self.question_at.isoformat()
        found |= {name: True for name in _FLAGS if getattr(self, name)}
        return found

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> LastAsked:
        """Parses the result of `to_json`; a button that is not known any more is left out."""
        pressed = [parse(text) for text in data.get("buttons", ())]
        asked_at = data.get("question_at")
        return cls(
            dt.datetime.fromisoformat(data["at"]),
            tuple(button for button in pressed if isinstance(button, PhraseButton)),
            apologised=bool(data.get("apologised")),
            question_at=dt.datetime.fromisoformat(asked_at) if asked_at else None,
            offers_contact=bool(data.get("offers_contact")),
        )

    @property
    def newest(self) -> tuple[dt.datetime, tuple[PhraseButton, ...]]:
        """The buttons under the newest message, and since when they are there."""
        return (self.at, self.buttons) if self.aside_at is None else (self.aside_at, self.aside)

    @property
    def takes_labels_only(self) -> bool:
        """Whether a yes may be meant for something else than the buttons for workers."""
        return self.interrupts or self.apologised

    @property
    def asks_worker(self) -> bool:
        """Whether it is a question to a worker, and no list or menu."""
        return any(choice.button.verb in _ENDS_QUESTION for choice in self.work)

    @property
    def is_question(self) -> bool:
        """Whether it waits for an answer of any kind."""
        return bool(self.buttons) or self.question_at == self.at or self.asks_worker


def newer(remembered: LastAsked | None, stored: LastAsked | None) -> LastAsked | None:
    """The newer of what this process remembers and what any process has stored.

    What this process answered from memory since then is known to it alone.
    """
    if remembered is None or stored is None or remembered.at >= stored.at:
        return remembered or stored
    if remembered.aside_at is None or remembered.aside_at < stored.at:
        return stored
    return replace(stored, aside=remembered.aside, aside_at=remembered.aside_at)


def to_store(
    found: LastAsked, moved_at: dt.datetime | None, stored: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    """What is stored of it: as it is `stored` already, where there is nothing to know.

    A question that has just been reached needs no row: the check-in has the time. So is the time of
    an older one of no more use, and stays; after a check-in (`moved_at` is None) there is none.
    """
    asked_again = (
        found.question_at is not None and moved_at is not None and found.question_at > moved_at
    )
    holds = found.buttons or asked_again or any(getattr(found, name) for name in _FLAGS)
    if not holds and (stored is None or stored.keys() <= _TIMES):
        return stored
    return found.to_json() if holds else {"at": found.at.isoformat()}
