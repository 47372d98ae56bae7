"""Messages made into what the Bot API takes: HTML text and an inline keyboard.

Sends nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from rich.cells import cell_len

from bot.bidi import signed
from bot.conversation.buttons import INERT
from bot.conversation.reply import Key, Message

Markup = dict[str, list[list[dict[str, str]]]]
"""An inline keyboard as the Bot API has it."""

WIDE = 17
"""Widths of a letter from which on a button needs a row of its own on a small phone."""
CHOSEN = "✓ "


def html(message: Message) -> str:
    """The text as HTML: everything a person wrote is escaped, the why stands in italics."""
    text = escape(message.text, quote=False)
    if message.why:
        text += f"\n<i>{escape(message.why, quote=False)}</i>"
    return text


def plain(message: Message) -> str:
    """The text without any formatting."""
    return f"{message.text}\n{message.why}" if message.why else message.text


def keyboard(message: Message) -> Markup | None:
    """The buttons: choices first, then the controls, all of one colour and size."""
    # An odd one stands alone at the top (Done, or Back), so that Stop is always in the same place.
    odd = len(message.controls) % 2 == 1
    rows = _rows(message.choices) + _rows(message.controls, first_alone=odd)
    return {"inline_keyboard": rows} if rows else None


def chosen(label: str) -> Markup | None:
    """What stays under a question that is answered."""
    if not label:
        return None
    key = {"text": signed(CHOSEN, label)[:64], "callback_data": INERT}
    return {"inline_keyboard": [[key]]}


def _rows(keys: Sequence[Key], *, first_alone: bool = False) -> list[list[dict[str, str]]]:
    rows: list[list[Key]] = []
    for place, key in enumerate(keys):
        beside = place > 0 and not (first_alone and place == 1)
        if beside and len(rows[-1]) == 1 and _narrow(key) and _narrow(rows[-1][0]):
            rows[-1].append(key)
        else:
            rows.append([key])
    return [[{"text": k.label, "callback_data": k.data} for k in row] for row in rows]


def _narrow(key: Key) -> bool:
    return cell_len(key.label) < WIDE  # a Chinese sign is as wide as two letters
