"""Replies: messages in a language, not yet in the form of Telegram or a terminal."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.participant import ContentOwner
from bot.messages.incoming import ButtonPress


@dataclass(frozen=True, slots=True)
class InlineButton:
    """A button: its label and its callback data (at most 64 bytes)."""

    label: str
    data: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """A link as a QR code for another phone."""

    link: str


@dataclass(frozen=True, slots=True)
class InvitationCard:
    """One printed card: the first of `words` is its title, each of the rest a paragraph.

    The `digits`, sent to the `bot`, do what the link does; without them the link itself is printed.

    A finder of a card learns no name and no topic. `mark` is what the worker knows it by, such as a
    number; `language` the code of the text's language.
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

    `made_on` is the date in the file's name.
    """

    items: tuple[InvitationCard, ...]
    right_to_left: bool = False
    made_on: str = ""


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line of a page. `kind` is what it is: head, asked, said, or note."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Document:
    """Text on a page of its own: a picture to keep, or paper to print."""

    lines: tuple[DocumentLine, ...]
    language: str = "en"
    right_to_left: bool = False
    paper: bool = False


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """A voice note, by Telegram's file id, and by our id if we have a copy."""

    file_id: str
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class DataCopy:
    """Everything stored about a participant, as a file: created only when sent, never stored.

    `kind` is "page", to be read in a language, or "data", for a computer.
    """

    participant_id: int
    kind: str
    language: str


Attachment = QrCode | CardSheet | Document | VoiceNote | DataCopy
"""What goes with a message: plain values here, made into a picture or a file only when sent."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `reason` is under the text in another style; `controls` under the choices.

    `compact` are short labels between the two, several in a row, such as the names of languages.

    A message with `protect_content` cannot be forwarded, where the client can prevent it.
    `source_ref` is where its text is, such as "before/b1/text", for authors; it is not stored.
    `alert_id` is the request for contact that it tells the participant about.
    """

    text: str
    reason: str | None = None
    choices: tuple[InlineButton, ...] = ()
    controls: tuple[InlineButton, ...] = ()
    right_to_left: bool = False
    attachment: Attachment | None = None
    protect_content: bool = False
    source_ref: str | None = field(default=None, compare=False)
    compact: tuple[InlineButton, ...] = ()
    alert_id: int | None = None

    @property
    def buttons(self) -> tuple[InlineButton, ...]:
        """All buttons under it, in the order in which they are shown."""
        return (*self.choices, *self.compact, *self.controls)


@dataclass(frozen=True, slots=True)
class ClearChat:
    """Clears the whole chat, as far as Telegram allows.

    `words` replace the bot's messages that cannot be deleted; `known` are messages of a participant
    of whom nothing is stored: id, whether it is the bot's, and when it came.
    """

    words: str
    known: tuple[tuple[int, bool, float], ...] = ()


@dataclass(frozen=True, slots=True)
class MessageEdit:
    """An earlier message to a participant that gets other text.

    `names` where that names a worker.
    """

    message_id: int
    participant_id: int
    names: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """Everything that one update brings back.

    `toast` answers a tap for a moment; `edit_keyboard_only` changes only the buttons of the tapped
    message; `owner` is the participant whose answers it contains, if they may be withdrawn before
    it is sent. `chosen_label` is left on the tapped message when its question is answered. A
    `standalone` reply answers nothing, so no later reply replaces it. `commands` are shown in this
    chat from now on, with their descriptions; one that `resets_commands` shows again what all
    chats show. With `clear` the chat is cleared first, and then one
    of two messages is sent: the first where nothing is left. `incoming_ids` (id and time) are
    deleted from a shared phone once this is delivered, if it `deletes_incoming`. An
    `is_placeholder` reply is only the opening line of a deferred one. With `supersedes_queue` what
    is queued for the chat is not sent: the chat has passed to another participant; visible messages
    are deleted first, and those that cannot be get `blank_text` instead. A reply that `stops`
    answers a stop: nothing queued for the chat is sent before or after it. A `silent` one makes no
    sound. A `low_priority` one can wait for others. With an `edit` its message is not sent, but
    replaces the text of an earlier one: without a sound, and only while that one is in the chat.
    The buttons of the message `answered_message_id`, answered by typing, are removed; the outbox
    does not keep that: sent again after a crash, they stay, and do no harm.
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
    resets_commands: bool = False
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
    answered_message_id: int | None = field(default=None, compare=False)
    edit: MessageEdit | None = None
