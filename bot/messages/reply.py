"""What is said back, rendered in a language but not yet in a face's own form.

Cannot send itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.participant import ContentOwner
from bot.messages.incoming import ButtonPress


@dataclass(frozen=True, slots=True)
class InlineButton:
    """One button: what it says and the data it carries (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """A link as a picture that another phone reads."""

    link: str


@dataclass(frozen=True, slots=True)
class InvitationCard:
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
class CardSheet:
    """Sheets to print and cut; `right_to_left` is the order of the cards beside each other.

    `made_on` is the day, as it stands in the file's name.
    """

    items: tuple[InvitationCard, ...]
    right_to_left: bool = False
    made_on: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """Words on a page. `kind` is what they are: head, asked, said, or note."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Document:
    """Words on a page of their own: a picture to keep, or paper to print."""

    lines: tuple[DocumentLine, ...]
    language: str = "en"
    right_to_left: bool = False
    paper: bool = False


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A voice note that the face has already, by its name for it, and by ours if we keep it."""

    file_id: str
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class DataCopy:
    """All that is held of a person, as a file: made only when sent, never kept.

    `kind` is "page", to be read in a language, or "data", for a computer.
    """

    participant_id: int
    kind: str
    language: str


Attachment = QrCode | CardSheet | Document | VoiceNote | DataCopy
"""What goes with a message: a few words here, made into a picture or a file only when sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `why` stands under the text in another hand; `controls` under the choices.

    What is `protect`ed cannot be passed on, where the face can hinder it. `place` is where its
    words stand, such as "before/b1/text", for those who write them; it is not kept.
    """

    text: str
    reason: str | None = None
    choices: tuple[InlineButton, ...] = ()
    controls: tuple[InlineButton, ...] = ()
    right_to_left: bool = False
    attachment: Attachment | None = None
    protect_content: bool = False
    source_ref: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ClearChat:
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
    button_press: ButtonPress | None = None
    toast: str | None = None
    edit_keyboard_only: bool = False
    chosen_label: str | None = None
    session_id: int | None = None
    turn: int = 0
    urgent: bool = field(default=False, compare=False)
    standalone: bool = False
    commands: tuple[tuple[str, str], ...] = ()
    owner: ContentOwner | None = None
    clear: ClearChat | None = None
    incoming_ids: tuple[tuple[int, float], ...] = ()
    deletes_incoming: bool = False
    is_placeholder: bool = False
    supersedes_queue: bool = False
    blank_text: str = ""
    stops: bool = field(default=False, compare=False)
    silent: bool = field(default=False, compare=False)
    low_priority: bool = field(default=False, compare=False)
