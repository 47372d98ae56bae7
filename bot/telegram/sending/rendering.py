"""Messages made into what the Bot API takes: HTML text and an inline keyboard.

Sends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from bot.i18n.bidi import signed
from bot.messages.callback_data import INERT, changed
from bot.messages.keyboard_layout import layout_rows
from bot.messages.reply import Message

Markup = dict[str, list[list[dict[str, str]]]]
"""An inline keyboard as the Bot API has it."""
CHOSEN = "✓ "
Hide = Callable[[int], int]
"""Makes of a row's number the one that stands in a button."""


def as_it_is(number: int) -> int:
    """Hides nothing."""
    return number


def html(message: Message) -> str:
    """The text as HTML: everything a person wrote is escaped, the why is a line of its own.

    It is not in italics: a slanted Arabic, Urdu or Bengali letter is smeared and hard to read.
    """
    return escape(plain(message), quote=False)


def plain(message: Message) -> str:
    """The text without any formatting."""
    return f"{message.text}\n{message.reason}" if message.reason else message.text


def keyboard(message: Message, hide: Hide = as_it_is) -> Markup | None:
    """The buttons: choices first, then the controls, all of one colour and size.

    Numbers of rows in what they carry are hidden from whoever takes the phone and the tables.
    """
    keys = [
        [{"text": k.label, "callback_data": changed(k.data, hide, hide=True)} for k in row]
        for row in layout_rows(message)
    ]
    return {"inline_keyboard": keys} if keys else None


def chosen(label: str) -> Markup | None:
    """What stays under a question that is answered."""
    if not label:
        return None
    key = {"text": signed(CHOSEN, label)[:64], "callback_data": INERT}
    return {"inline_keyboard": [[key]]}
