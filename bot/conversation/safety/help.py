"""Help: who can be called, in any state, also before consent, after stop, and without a database.

Reads nothing but what is in memory.
"""

from __future__ import annotations

import datetime as dt

from bot.content.environment import Environment
from bot.conversation.safety import helpline_text
from bot.domain.ids import new_id
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import PhraseButton, WorkerButton, parse
from bot.messages.incoming import ButtonPress, Command, IncomingUpdate, UpdateContent
from bot.messages.reply import Message, Reply

LINES = "lines"
"""What the button for the numbers does under a worker's own help, for whoever taps it."""


def is_help(what: UpdateContent, keyword: str | None) -> bool:
    """Whether someone asks for help: by word in any language, by command, or by button."""
    if keyword is not None:
        return keyword == "help"
    if isinstance(what, Command):
        return what.name == "help"
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        if isinstance(button, WorkerButton):
            return button.verb == LINES
        return isinstance(button, PhraseButton) and (button.phrase, button.choice) == (
            "unknown",
            "help",
        )
    return False


def said(localizer: Localizer, env: Environment, now: dt.datetime) -> Message:
    """Who can be called here, for everyone: help does not ask how old somebody is."""
    found = helpline_text.chosen(env, helpline_text.EVERY, helpline_text.UNKNOWN, now)
    return helpline_text.with_lines("helplines", localizer, env, found, now)


def answer(update: IncomingUpdate, env: Environment, language: str | None) -> Reply:
    """The help itself, in the last language known here, else the first guess."""
    languages = env.languages
    localizer = languages.for_safety(
        language or languages.match(update.language_code) or languages.codes[0]
    )
    message = said(localizer, env, update.sent_at)
    pressed = update.content if isinstance(update.content, ButtonPress) else None
    return Reply(new_id(), update.chat, (message,), button_press=pressed, urgent=True)


def too_fast(update: IncomingUpdate, env: Environment, language: str | None) -> Reply:
    """Tells somebody that they send more than can be taken in, and that it is not kept."""
    languages = env.languages
    localizer = languages.for_safety(
        language or languages.match(update.language_code) or languages.codes[0]
    )
    message = Message(localizer.phrase("too_fast"), right_to_left=localizer.right_to_left)
    pressed = update.content if isinstance(update.content, ButtonPress) else None
    return Reply(new_id(), update.chat, (message,), button_press=pressed, low_priority=True)
