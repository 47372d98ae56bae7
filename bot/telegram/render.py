"""Messages made into what the Bot API takes: HTML text and an inline keyboard.

Sends nothing.
"""

from __future__ import annotations

from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.bidi import signed
from bot.conversation.buttons import INERT
from bot.conversation.reply import Message
from bot.conversation.rows import rows

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


def keyboard(message: Message) -> InlineKeyboardMarkup | None:
    """The buttons: choices first, then the controls, all of one colour and size."""
    keyboard = [
        [InlineKeyboardButton(k.label, callback_data=k.data) for k in r] for r in rows(message)
    ]
    return InlineKeyboardMarkup(keyboard) if keyboard else None


def chosen(label: str) -> InlineKeyboardMarkup | None:
    """What stays under a question that is answered."""
    if not label:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(signed(CHOSEN, label)[:64], callback_data=INERT)]]
    )
