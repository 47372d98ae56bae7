"""What is said back, rendered in a language but not yet in a face's own form.

Cannot send itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
import structlog

from bot.domain.participant import Whose
from bot.messages.incoming import Pressed

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Key:
    """One button: what it says and the data it carries (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class Qr:
    """A link as a picture that another phone reads."""

    link: str


@dataclass(frozen=True, slots=True)
class Card:
    """One printed card: the first of the words are its title, each of the rest a paragraph.

    The `digits`, sent to the `bot`, do what the link does; without them the link itself is set.

    Whoever finds it learns no name and no topic. `mark` is what the worker knows it by, such as a
    number; `language` the code of the language that the words are in.
    """

    link: str
    words: tuple[str, ...]
    mark: str | None = None
    language: str = "en"
    right_to_left: bool = False
    bot: str = ""
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Cards:
    """Sheets to print and cut; `right_to_left` is the order of the cards beside each other.

    `made_on` is the day, as it stands in the file's name.
    """

    items: tuple[Card, ...]
    right_to_left: bool = False
    made_on: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Words on a page. `kind` is what they are: head, asked, said, or note."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Page:
    """Words on a page of their own: a picture to keep, or paper to print."""

    lines: tuple[Line, ...]
    language: str = "en"
    right_to_left: bool = False
    paper: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice note that the face has already, by its name for it, and by ours if we keep it."""

    file_id: str
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """All that is held of a person, as a file: made only when sent, never kept.

    `kind` is "page", to be read in a language, or "data", for a computer.
    """

    participant_id: int
    kind: str
    language: str


Attachment = Qr | Cards | Page | Voice | Copy
"""What goes with a message: a few words here, made into a picture or a file only when sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `why` stands under the text in another hand; `controls` under the choices.

    What is `protect`ed cannot be passed on, where the face can hinder it. `place` is where its
    words stand, such as "before/b1/text", for those who write them; it is not kept.
    """

    text: str
    why: str | None = None
    choices: tuple[Key, ...] = ()
    controls: tuple[Key, ...] = ()
    right_to_left: bool = False
    attach: Attachment | None = None
    protect: bool = False
    place: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Clear:
    """The whole chat is to be taken away, as far as Telegram lets us.

    `words` are what those of ours say that cannot be taken away; `known` are messages of someone
    of whom nothing is kept: number, whether it is ours, and when it came.
    """

    words: str
    known: tuple[tuple[int, bool, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything one arrival brings back.

    `toast` answers a tap for a moment; `redraw` changes only the buttons of the tapped message;
    `whose` words it holds, if they may be taken back before it is sent. `chosen` is the label left
    on it when its question is answered. What is `lasting` answers
    nothing, so no later reply takes its place. `menu` are the commands, with their words, that
    this chat is shown from now on. With `clear` the chat is cleared first, and then one of two
    messages is said: the first where nothing is left. What was `heard` (number and time) goes from
    a phone that others see once this is there, if it `forgets`. What `holds` is but the first line.
    With `closes` what still waits to be sent to the chat is not sent: it has passed to somebody
    else; what stands there is taken away first, and what cannot be says `clears` instead. What
    `stops` answers a stop: nothing that waited for the chat is sent before or after it. What
    is `silent` makes no sound. A
    `stranger` can wait for others.
    """

    id: int
    chat: int
    messages: tuple[Message, ...] = ()
    pressed: Pressed | None = None
    toast: str | None = None
    redraw: bool = False
    chosen: str | None = None
    session_id: int | None = None
    turn: int = 0
    urgent: bool = field(default=False, compare=False)
    lasting: bool = False
    menu: tuple[tuple[str, str], ...] = ()
    whose: Whose | None = None
    clear: Clear | None = None
    heard: tuple[tuple[int, float], ...] = ()
    forgets: bool = False
    holds: bool = False
    closes: bool = False
    clears: str = ""
    stops: bool = field(default=False, compare=False)
    silent: bool = field(default=False, compare=False)
    stranger: bool = field(default=False, compare=False)

    def to_bytes(self) -> bytes:
        """The reply as bytes, for the database; `from_bytes` gives it back."""
        if all(message.attach is None for message in self.messages):
            return orjson.dumps(self)  # the same bytes for a fiftieth of the work
        fields = asdict(self)
        for written, message in zip(fields["messages"], self.messages, strict=True):
            del written["place"]
            if message.attach is not None:
                written["attach"]["is_a"] = type(message.attach).__name__
        return orjson.dumps(fields)

    @classmethod
    def from_bytes(cls, data: bytes) -> Reply:
        """A reply from what `to_bytes` gave."""
        fields: dict[str, Any] = orjson.loads(data)
        fields["messages"] = tuple(
            Message(
                text=m["text"],
                why=m["why"],
                choices=tuple(Key(**k) for k in m["choices"]),
                controls=tuple(Key(**k) for k in m["controls"]),
                right_to_left=m["right_to_left"],
                # A row of the version before these two may still be owed.
                attach=_attachment(m.get("attach")),
                protect=m.get("protect", False),
            )
            for m in fields["messages"]
        )
        if fields["pressed"] is not None:
            fields["pressed"] = Pressed(**fields["pressed"])
        fields["menu"] = tuple((name, words) for name, words in fields.get("menu", ()))
        if fields.get("whose") is not None:
            fields["whose"] = Whose(**fields["whose"])
        fields["heard"] = tuple((number, at) for number, at in fields.get("heard", ()))
        if (clear := fields.get("clear")) is not None:
            known = tuple((number, ours, at) for number, ours, at in clear["known"])
            fields["clear"] = Clear(clear["words"], known)
        return cls(**fields)


def readable(owed: Iterable[tuple[dt.datetime, bytes]]) -> Iterator[tuple[dt.datetime, Reply]]:
    """Replies from their bytes; one of another version, which cannot be read, holds up no other."""
    for at, body in owed:
        try:
            yield at, Reply.from_bytes(body)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("owed.not_read", error=type(error).__name__)


def _attachment(written: dict[str, Any] | None) -> Attachment | None:
    if written is None:
        return None
    # A row of the version before, which had no kinds of copies, may still be owed.
    match written.pop("is_a", None) or written.pop("kind"):
        case "Qr":
            return Qr(**written)
        case "Cards":
            items = (Card(**{**c, "words": tuple(c["words"])}) for c in written["items"])
            return Cards(tuple(items), written["right_to_left"], written.get("made_on", ""))
        case "Page":
            found = tuple(Line(**line) for line in written.pop("lines"))
            return Page(found, **written)
        case "Voice":
            return Voice(**written)
        case "Copy":
            return Copy(**written)
        case kind:
            raise ValueError(f"an attachment of an unknown kind: {kind}")
