"""Lays out the buttons under a message, in rows as wide as a small phone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.documents.text_measuring import width
from bot.messages.reply import InlineButton, Message

SHARE = 9.0
"""Ems that fit into half a row of a small phone; a wider label needs a row of its own."""
THIRD = 5.5
"""Ems that fit into a third of a row: its buttons are all of one width."""


def layout_rows(message: Message) -> list[list[InlineButton]]:
    """The choices first, then the compact ones, then the controls."""
    # An odd one is alone at the top (Done, or Back), so that Stop is always in the same place.
    odd = len(message.controls) % 2 == 1
    compact = _in_threes(message.compact)
    return _paired(message.choices) + compact + _paired(message.controls, first_alone=odd)


def _in_threes(keys: Sequence[InlineButton]) -> list[list[InlineButton]]:
    """Three in a row where they fit, else two; the last is not alone if the one before can join."""
    found: list[list[InlineButton]] = []
    left = list(keys)
    while left:
        three = len(left) != 4 and len(left) > 2 and _fit(left[:3], THIRD)
        size = 3 if three else 2 if _fit(left[:2], SHARE) else 1
        found.append(left[:size])
        left = left[size:]
    return found


def _fit(keys: Sequence[InlineButton], share: float) -> bool:
    return all(width(key.label) <= share for key in keys)


def _paired(keys: Sequence[InlineButton], *, first_alone: bool = False) -> list[list[InlineButton]]:
    found: list[list[InlineButton]] = []
    for place, key in enumerate(keys):
        beside = place > 0 and not (first_alone and place == 1)
        if beside and len(found[-1]) == 1 and _narrow(key) and _narrow(found[-1][0]):
            found[-1].append(key)
        else:
            found.append([key])
    return found


def _narrow(key: InlineButton) -> bool:
    # Measured as drawn: counted letter by letter, a Bengali vowel sign has no width.
    return width(key.label) <= SHARE
