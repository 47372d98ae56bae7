"""Something that has arrived from one chat, understood but not yet answered.

Knows nothing of Telegram's own types; a terminal makes the same values.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TextMessage:
    """Words of the person's own."""

    text: str


@dataclass(frozen=True, slots=True)
class VoiceMessage:
    """A voice note: a reference the face can fetch it by."""

    reference: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A button: the data it carried, and the message it stood under."""

    data: str
    message_id: int | None = None
    query_id: str | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command, without the slash, and what followed it."""

    name: str
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class UnsupportedMessage:
    """What cannot be an answer; `phrase` is what is said about it, `words` what stood in it."""

    phrase: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class RepeatedContent:
    """Nothing new: one more picture of an album, a place that moves, an edit of no word."""


@dataclass(frozen=True, slots=True)
class BotBlocked:
    """The person has blocked the bot, or their account is no more."""


@dataclass(frozen=True, slots=True)
class GroupMessage:
    """Anything at all from a group."""


@dataclass(frozen=True, slots=True)
class MalformedUpdate:
    """An update that could not even be read; `error` names why."""

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

    `at` is when the person sent it, `hint` the language of their app, `message_id` the message it
    is, and `raw` gives the whole of it as JSON, should it have to be set aside. `behind` says that
    it came together with an earlier one of the same chat that is answered only now, so before that.
    `answered` says whether danger in it was answered already, while the database was away or slow.
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


def keyword_in(what: UpdateContent) -> str:
    """The words in which a STOP or HELP is looked for: those typed, and those of an edit."""
    if isinstance(what, TextMessage):
        return what.text
    return what.words if isinstance(what, UnsupportedMessage) and what.phrase == "edited" else ""


def cleaned(text: str) -> str:
    """Typed text without what no person typed: control characters and broken halves of letters.

    Line ends stay. Marks that turn writing round stay too: they are taken out when it is shown.
    """
    if text.isascii() and text.isprintable():
        return text.strip()  # most are: nothing is to be taken out
    whole = text.encode("utf-8", "replace").decode()
    kept = (c for c in whole if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()
