"""Lays out the buttons under a message, in rows as wide as a small phone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.documents.text_measuring import width
from bot.messages.renderer import ON
from bot.messages.reply import InlineButton, Message

# Telegram for Android, in dp, on a screen of 360 (ChatMessageCell and measureInlineBotButtons of
# MessageObject, as we know them): the rows are as wide as the screen but for 10, with 5 between two
# buttons. A label of size 15 has 5 on each side of it, and is cut where it needs them.
ROW_WIDTH = 350.0
GAP = 5.0
PADDING = 10.0
LABEL_SIZE = 15.0
MEDIUM = 1.03
"""How much wider a label may be in Telegram's medium letters than in our regular ones, by measuring
Roboto Medium, and Noto's regular Bengali, which has no medium on most phones. Most are narrower."""
TICK_WIDTH = 1.1
"""Ems of the sign before a ticked choice, which our fonts lack: as Noto Sans Symbols 2 has it."""

_SIZES = {3: ((3,), (1, 2)), 4: ((4,), (2, 2)), 5: ((1, 4), (3, 2), (1, 2, 2))}
"""How many controls are in each row, by how many there are; the first of these where all fit."""


def share(beside: int) -> float:
    """Ems that a label may have in a row of so many buttons, which are all of one width."""
    each = (ROW_WIDTH - GAP * (beside - 1)) / beside
    return (each - PADDING) / LABEL_SIZE / MEDIUM


_TICKS = re.compile(r"[qp]:.*[:.][+-]")
"""The data of a choice among several, here and where an answer is changed."""
_SHARES = (0.0, *map(share, range(1, 9)))


def layout_rows(message: Message) -> list[list[InlineButton]]:
    """The choices first, then the compact ones, then the controls; Stop is always the last."""
    return _paired(message.choices) + _in_threes(message.compact) + _controls(message.controls)


def label_width(key: InlineButton) -> float:
    """The ems of a label; of a choice that can be ticked, as it is with the tick.

    So a tap moves no button to another row, where the next tap would press a neighbour.
    """
    # Measured as drawn: counted letter by letter, a Bengali vowel sign has no width.
    label = key.label.replace(ON, "")
    return width(label) + TICK_WIDTH * bool(_TICKS.match(key.data))


def _fit(keys: Sequence[InlineButton]) -> bool:
    return all(label_width(key) <= _SHARES[len(keys)] for key in keys)


def _controls(keys: Sequence[InlineButton]) -> list[list[InlineButton]]:
    """As few rows as they fit in."""
    for sizes in _SIZES.get(len(keys), ()):
        left = iter(keys)
        rows = [[next(left) for _ in range(size)] for size in sizes]
        if all(len(row) == 1 or _fit(row) for row in rows):
            return rows
    return _paired(keys)


def _in_threes(keys: Sequence[InlineButton]) -> list[list[InlineButton]]:
    """Three in a row where they fit, else two; the last is not alone if the one before can join."""
    found: list[list[InlineButton]] = []
    left = list(keys)
    while left:
        three = len(left) != 4 and len(left) > 2 and _fit(left[:3])
        size = 3 if three else 2 if _fit(left[:2]) else 1
        found.append(left[:size])
        left = left[size:]
    return found


def _paired(keys: Sequence[InlineButton]) -> list[list[InlineButton]]:
    found: list[list[InlineButton]] = []
    for key in keys:
        if found and len(found[-1]) == 1 and _fit([found[-1][0], key]):
            found[-1].append(key)
        else:
            found.append([key])
    return found
