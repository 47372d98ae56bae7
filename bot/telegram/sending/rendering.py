"""Renders messages for the Bot API: HTML text and an inline keyboard."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from bot.i18n.bidi import signed
from bot.messages.callback_data import INERT, changed
from bot.messages.reply import Message
from bot.telegram.sending.keyboard_layout import layout_rows

Markup = dict[str, list[list[dict[str, str]]]]
"""An inline keyboard as the Bot API expects it."""
CHOSEN = "✓ "
Hide = Callable[[int], int]
"""Obfuscates a row id for callback data."""


def as_it_is(number: int) -> int:
    """Obfuscates nothing."""
    return number


def html(message: Message) -> str:
    """The text as HTML: what participants wrote is escaped, the reason is a line of its own.

    It is not in italics: a slanted Arabic, Urdu or Bengali letter is smeared and hard to read.
    """
    return escape(plain(message), quote=False)


def plain(message: Message) -> str:
    """The text without any formatting."""
    return f"{message.text}\n{message.reason}" if message.reason else message.text


def keyboard(message: Message, hide: Hide = as_it_is) -> Markup | None:
    """The inline keyboard: choices first, then the controls, all of one colour and size.

    Row ids in callback data are obfuscated, so that the phone and the tables together do not show
    which rows they are.
    """
    keys = [
        [{"text": k.label, "callback_data": changed(k.data, hide, hide=True)} for k in row]
        for row in layout_rows(message)
    ]
    return {"inline_keyboard": keys} if keys else None


def chosen(label: str) -> Markup | None:
    """The keyboard that stays under an answered question."""
    if not label:
        return None
    key = {"text": signed(CHOSEN, label)[:64], "callback_data": INERT}
    return {"inline_keyboard": [[key]]}
