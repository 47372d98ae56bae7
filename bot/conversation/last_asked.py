"""What was last asked in a chat, so that a typed reply can be taken as an answer to that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.i18n.localizer import Localizer
from bot.messages.callback_data import PhraseButton, WorkerButton
from bot.messages.parts import Words

FRESH = dt.timedelta(days=1)
"""So long what was asked counts as just asked: nothing typed later is taken for its answer."""
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
    """What this process last asked in a chat: the buttons of a phrase, or a question, and when.

    `apologised` means that it was not understood what was sent before that; `question_at` is when a
    question of a check-in was last asked, whatever was said since. `open_question` is the
    check-in and turn of an open question that any words answer; `help_word` may be that answer.
    `offers_contact` means that it was asked if someone shall contact them.
    `work` are the buttons for workers, shown at `work_at`; `interrupts` means that they came
    unasked after a question that is still open.
    """

    at: dt.datetime
    buttons: tuple[PhraseButton, ...] = ()
    apologised: bool = False
    question_at: dt.datetime | None = None
    open_question: tuple[int, int] | None = None
    help_word: str = ""
    offers_contact: bool = False
    work: tuple[WorkerChoice, ...] = ()
    work_at: dt.datetime | None = None
    interrupts: bool = False

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
