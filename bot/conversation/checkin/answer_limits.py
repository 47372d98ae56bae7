"""How large an answer may grow: one account must not fill the disk."""

from __future__ import annotations

from bot.domain.participant import Checkin
from flows import engine
from flows.engine import Tap

LONGEST_WORDS = 12_000
"""Characters in one message; three of Telegram's longest."""
LONGEST_ANSWER, MOST_NOTES = 60_000, 30
"""Characters and voice notes in one answer, in however many messages; no answer needs as many."""


def is_too_much(live: Checkin, incoming: engine.Incoming) -> bool:
    """Whether an answer would grow too large.

    Text written early goes to the question before; a button's label, also typed, always fits.
    """
    if isinstance(incoming, Tap):
        return False
    trail = live.session.trail
    step = trail[-1] if incoming.early and trail else live.session.step
    said = live.session.answers.get(step)
    if isinstance(incoming, engine.Voice):
        return said is not None and len(said.voice) >= MOST_NOTES
    before = len(said.words or "") if said is not None else 0
    return len(incoming.text) > LONGEST_WORDS or before + len(incoming.text) > LONGEST_ANSWER
