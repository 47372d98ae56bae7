"""Help: the helplines, in any state, also before consent, after stop, and without a database.

Only from data in memory.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from bot.content.environment import Environment
from bot.conversation.safety import contact_button, helpline_text
from bot.domain.ids import new_id
from bot.i18n.localizer import Localizer
from bot.messages.callback_data import PhraseButton, WorkerButton, parse
from bot.messages.incoming import ButtonPress, Command, IncomingUpdate, UpdateContent
from bot.messages.reply import InlineButton, Message, Reply

HELP_ANSWER = "help_answer"
"""The choice of the button that says that a call for help was an answer."""
LINES = "lines"
"""The choice of the button for the helplines under a worker's own help."""


_HELP = (("unknown", "help"), ("unknown_again", "help"))


def is_help(what: UpdateContent, keyword: str | None) -> bool:
    """Whether this asks for help: by keyword in any language, by command, or by button."""
    if keyword is not None:
        return keyword == "help"
    if isinstance(what, Command):
        return what.name == "help"
    if isinstance(what, ButtonPress):
        button = parse(what.data)
        if isinstance(button, WorkerButton):
            return button.verb == LINES
        return isinstance(button, PhraseButton) and (button.phrase, button.choice) in _HELP
    return False


def said(
    localizer: Localizer, env: Environment, now: dt.datetime, *, heard: bool = True
) -> Message:
    """The helplines here, for everyone: help does not ask for an age.

    Where no worker would hear it (`heard`), it does not offer to ask for a person.
    """
    found = helpline_text.chosen(env, helpline_text.EVERY, helpline_text.UNKNOWN, now)
    message = helpline_text.with_lines("helplines", localizer, env, found, now)
    return contact_button.offered(message, heard=heard)


def answer(
    update: IncomingUpdate,
    env: Environment,
    language: str | None,
    checkin_id: int | None = None,
    *,
    heard: bool = True,
) -> Reply:
    """The help itself, in the last language known here, else the best match.

    With `checkin_id` a button says that the word was the answer to that check-in's open question.

    It comes from memory, without the database. Where it is not known whether a worker would hear,
    as after a start, the button is there: pressed, it says the truth, and a button too many is
    better than a person who cannot be asked.
    """
    languages = env.languages
    localizer = languages.for_safety(
        language or languages.match(update.language_code) or languages.codes[0]
    )
    message = said(localizer, env, update.sent_at, heard=heard)
    if checkin_id is not None:
        label = localizer.text(env.library.phrases["stop_undo"].choices["was_answer"])
        data = PhraseButton("stop_undo", HELP_ANSWER, checkin_id).encode()
        message = replace(message, choices=(*message.choices, InlineButton(label, data)))
    pressed = update.content if isinstance(update.content, ButtonPress) else None
    return Reply(new_id(), update.chat, (message,), button_press=pressed, urgent=True)


def too_fast(update: IncomingUpdate, env: Environment, language: str | None) -> Reply:
    """Notifies a chat that it sends more than can be processed, and that it is not stored."""
    languages = env.languages
    localizer = languages.for_safety(
        language or languages.match(update.language_code) or languages.codes[0]
    )
    message = Message(localizer.phrase("too_fast"), right_to_left=localizer.right_to_left)
    pressed = update.content if isinstance(update.content, ButtonPress) else None
    return Reply(new_id(), update.chat, (message,), button_press=pressed, low_priority=True)
