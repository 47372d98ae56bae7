"""Asks by a phrase whether they may be written to later."""

from __future__ import annotations

from bot.conversation.context import Context
from bot.messages.callback_data import PhraseButton


def ask(ctx: Context) -> None:
    """Asks; the buttons name the language that it was asked in."""
    ctx.say("no_messages", about=_language(ctx))


def is_in_words_shown(ctx: Context, button: PhraseButton) -> bool:
    """Whether the words that would be recorded are those above a button; an old one names none."""
    return button.about in (0, _language(ctx))


def _language(ctx: Context) -> int:
    return int.from_bytes(ctx.localizer.code[:2].encode(), "big")
