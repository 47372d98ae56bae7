"""What was last asked in a chat, so that a typed reply can be taken as an answer to that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bot.messages.callback_data import PhraseButton

FRESH = dt.timedelta(days=1)
"""So long what was asked counts as just asked: nothing typed later is taken for its answer."""


@dataclass(frozen=True, slots=True)
class LastAsked:
    """What this process last asked in a chat: the buttons of a phrase, or a question, and when.

    `apologised` means that it was not understood what was sent before that; `question_at` is when a
    question of a check-in was last asked, whatever was said since. `checkin_id` is the check-in
    whose open question any words answer; `help_word` may be its answer, and was answered with help.
    """

    at: dt.datetime
    buttons: tuple[PhraseButton, ...] = ()
    apologised: bool = False
    question_at: dt.datetime | None = None
    checkin_id: int | None = None
    help_word: str = ""
