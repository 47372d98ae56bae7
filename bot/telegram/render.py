"""Messages made into what the Bot API takes: HTML text and an inline keyboard.

Sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.conversation.buttons import INERT
from bot.conversation.reply import Key, Message

WIDE = 20
"""Characters from which on a button needs a row of its own on a small phone."""
CHOSEN = "✓ "
_BARE_CONTROLS_IN_A_ROW = 2


def html(message: Message) -> str:
    """The text as HTML: everything a person wrote is escaped, the why stands in italics."""
    text = escape(message.text, quote=False)
    if message.why:
        text += f"\n<i>{escape(message.why, quote=False)}</i>"
    return text


def keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons: choices first, then the controls, all of one colour and size."""
    rows = _rows(message.choices) + _rows(message.controls)
    return InlineKeyboardMarkup(rows) if rows else None


def chosen(label: str) -> InlineKeyboardMarkup | None:
    """What stays under a question that is answered."""
    if not label:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(f"{CHOSEN}{label}"[:64], callback_data=INERT)]]
    )


def _rows(keys: Sequence[Key]) -> list[list[InlineKeyboardButton]]:
    rows: list[list[Key]] = []
    for key in keys:
        narrow = len(key.label) < WIDE
        if narrow and rows and len(rows[-1]) < _BARE_CONTROLS_IN_A_ROW and _narrow(rows[-1]):
            rows[-1].append(key)
        else:
            rows.append([key])
    return [[InlineKeyboardButton(k.label, callback_data=k.data) for k in row] for row in rows]


def _narrow(row: list[Key]) -> bool:
    return all(len(key.label) < WIDE for key in row)
