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
class Typed:
    """Words of the person's own."""

    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A voice note: a reference the face can fetch it by."""

    reference: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button: the data it carried, and the message it stood under."""

    data: str
    message_id: int | None = None
    query_id: str | None = None


@dataclass(frozen=True, slots=True)
class Commanded:
    """A slash command, without the slash, and what followed it."""

    name: str
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What cannot be an answer; `phrase` is what is said about it, `words` what stood in it."""

    phrase: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Repeated:
    """Nothing new: one more picture of an album, a place that moves, an edit of no word."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The person has blocked the bot, or their account is no more."""


@dataclass(frozen=True, slots=True)
class InGroup:
    """Anything at all from a group."""


@dataclass(frozen=True, slots=True)
class Broken:
    """An update that could not even be read; `error` names why."""

    error: str


What = Typed | Spoken | Pressed | Commanded | Unreadable | Repeated | Gone | InGroup | Broken


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update.

    `at` is when the person sent it, `hint` the language of their app, `message_id` the message it
    is, and `raw` gives the whole of it as JSON, should it have to be set aside. `behind` says that
    it came together with an earlier one of the same chat that is answered only now, so before that.
    `answered` says whether danger in it was answered already, while the database was away or slow.
    """

    update_id: int
    chat: int
    what: What
    at: dt.datetime
    hint: str | None = None
    message_id: int | None = None
    behind: bool = False
    answered: Callable[[], bool] = field(default=lambda: False, compare=False, repr=False)
    raw: Callable[[], str] = field(default=str, compare=False, repr=False)


def keyword_in(what: What) -> str:
    """The words in which a STOP or HELP is looked for: those typed, and those of an edit."""
    if isinstance(what, Typed):
        return what.text
    return what.words if isinstance(what, Unreadable) and what.phrase == "edited" else ""


def cleaned(text: str) -> str:
    """Typed text without what no person typed: control characters and broken halves of letters.

    Line ends stay. Marks that turn writing round stay too: they are taken out when it is shown.
    """
    if text.isascii() and text.isprintable():
        return text.strip()  # most are: nothing is to be taken out
    whole = text.encode("utf-8", "replace").decode()
    kept = (c for c in whole if c in "\n\t" or unicodedata.category(c) != "Cc")
    return "".join(kept).strip()
