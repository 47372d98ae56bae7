"""Incoming updates of a chat, parsed and not yet answered.

Independent of Telegram's types; a terminal makes the same values.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TextMessage:
    """Text typed by the sender."""

    text: str


@dataclass(frozen=True, slots=True)
class VoiceMessage:
    """A voice note: the reference by which it can be downloaded."""

    reference: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button press (callback query): its callback data, and the message it was under."""

    data: str
    message_id: int | None = None
    query_id: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command, without the slash, and its arguments."""

    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class UnsupportedMessage:
    """Content that cannot be an answer; `phrase` is the reply to it, `words` its text."""

    phrase: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class RepeatedContent:
    """No new content: one more picture of an album, a place that moves, an edit of no word."""


@dataclass(frozen=True, slots=True)
class BotBlocked:
    """The sender has blocked the bot, or deleted their account."""


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """Any message in a group."""


@dataclass(frozen=True, slots=True)
class MalformedUpdate:
    """An update that could not be parsed; `error` names why."""

    error: str


UpdateContent = (
    TextMessage
    | VoiceMessage
    | ButtonPress
    | Command
    | UnsupportedMessage
    | RepeatedContent
    | BotBlocked
    | GroupMessage
    | MalformedUpdate
)


@dataclass(frozen=True, slots=True)
class IncomingUpdate:
    """One update.

    `sent_at` is when it was sent, `language_code` the language of the sender's app, `message_id`
    the message it is, and `raw_json` the whole of it as JSON, should it become a dead letter.
    `queued_behind` tells that it came together with an earlier one of the same chat that is
    answered only now, so before that. `answered_from_memory` tells whether danger in it was
    answered already, while the database was unavailable or slow.
    """

    update_id: int
    chat: int
    content: UpdateContent
    sent_at: dt.datetime
    language_code: str | None = None
    message_id: int | None = None
    queued_behind: bool = False
    answered_from_memory: Callable[[], bool] = field(
        default=lambda: False, compare=False, repr=False
    )
    raw_json: Callable[[], str] = field(default=str, compare=False, repr=False)
    classified: object = field(default=None, compare=False, repr=False)
    """What `bot.dispatch.classify` found when it looked at it; it looks once."""


def keyword_in(what: UpdateContent) -> str:
    """The text in which STOP or HELP is looked for: a typed text, and the text of an edit."""
    if isinstance(what, TextMessage):
        return what.text
    if isinstance(what, UnsupportedMessage) and what.phrase == "edited":
        # A message edited to a command is no command to Telegram.
        return what.words.partition("@")[0] if what.words.startswith("/") else what.words
    return ""


def stop_in(what: UpdateContent) -> str:
    """The text in which only STOP is looked for: a caption, a forward, any other command."""
    if isinstance(what, VoiceMessage):
        return str(what.reference.get("caption") or "")
    if isinstance(what, UnsupportedMessage):
        return what.words
    if isinstance(what, Command) and what.name != "stop":
        return f"{what.name} {what.arguments}"
    return ""


def cleaned(text: str) -> str:
    """Typed text without what cannot be typed: control characters and broken halves of letters.

    Line ends stay. Direction marks stay too: they are removed when it is shown.
    """
    if text.isascii() and text.isprintable():
        return text.strip()  # most texts: nothing to remove
    whole = text.encode("utf-8", "replace").decode()
    kept = (c for c in whole if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()
