"""The chats Telegram remembers, and what a phone shows of them.

It decides nothing: who may write, edit or delete is in `methods.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from tests.support.telegram_fake.validation.rules import Json

KINDS = tuple("text voice photo document sticker video_note location contact poll".split())


@dataclass(frozen=True)
class Bubble:
    """One message as a phone showed it at a moment; a later edit gives another bubble."""

    chat_id: int
    message_id: int
    from_bot: bool
    text: str  # the caption, for a photo or a voice message
    entities: list[Json]
    buttons: list[list[str]]  # rows of labels
    data: dict[str, str]  # label -> callback_data, for the buttons that have one
    links: dict[str, str]  # label -> address, for the buttons that open one
    silent: bool
    protected: bool
    edited: bool
    sent_at: datetime
    kind: str  # "text", "voice", "photo", ...
    file: bytes | None = None  # what a photo, voice message or document is made of
    file_name: str = ""  # a document's, as the phone shows it


@dataclass
class Stored:
    """A message as Telegram holds it now."""

    body: Json
    from_bot: bool
    sent_at: datetime
    touched: int  # when its words last changed, on the fake's own count of happenings
    silent: bool = False
    deleted: bool = False
    hidden: bool = False  # gone from the person's phone only
    stuck: bool = False  # a test has Telegram refuse to delete it
    file: bytes | None = None

    @property
    def message_id(self) -> int:
        number: int = self.body["message_id"]
        return number

    @property
    def rows(self) -> list[list[Json]]:
        rows: list[list[Json]] = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def kind(self) -> str:
        return next((kind for kind in KINDS if kind in self.body), "other")

    @property
    def text(self) -> str:
        return str(self.body.get("text", self.body.get("caption", "")))

    @property
    def entities(self) -> list[Json]:
        name = "entities" if "text" in self.body else "caption_entities"
        return list(self.body.get(name, ()))

    def shown(self) -> Bubble:
        """The message as the phone shows it now."""
        buttons = [button for row in self.rows for button in row]
        return Bubble(
            chat_id=self.body["chat"]["id"],
            message_id=self.message_id,
            from_bot=self.from_bot,
            text=self.text,
            entities=self.entities,
            buttons=[[button["text"] for button in row] for row in self.rows],
            data={b["text"]: b["callback_data"] for b in buttons if "callback_data" in b},
            links={b["text"]: b["url"] for b in buttons if "url" in b},
            silent=self.silent,
            protected=bool(self.body.get("has_protected_content")),
            edited="edit_date" in self.body,
            sent_at=self.sent_at,
            kind=self.kind,
            file=self.file,
            file_name=self.body.get("document", {}).get("file_name", ""),
        )


@dataclass(frozen=True)
class Line:
    """One thing that happened in a chat, for the transcript."""

    who: str  # "person", "bot" or "note"
    text: str
    buttons: list[list[str]] = field(default_factory=list)


@dataclass
class Query:
    """One tap, which the bot must answer."""

    query_id: str
    chat_id: int
    label: str
    at: datetime
    answered: bool = False
    text: str = ""
    alert: bool = False


@dataclass
class Chat:
    """A private chat or a group, seen from Telegram's servers."""

    chat_id: int
    body: Json
    bot_may_write: bool = False  # they pressed start, or the bot is in the group
    blocked: bool = False
    messages: dict[int, Stored] = field(default_factory=dict)
    sent: list[Bubble] = field(default_factory=list)  # all the bot ever sent here, as sent
    log: list[Line] = field(default_factory=list)
    keyboard: list[list[str]] = field(default_factory=list)  # the one below the text field

    @property
    def is_private(self) -> bool:
        return bool(self.body["type"] == "private")

    def visible(self) -> list[Stored]:
        """What the phone shows, oldest first."""
        return [m for m in self.messages.values() if not m.deleted and not m.hidden]


@dataclass(frozen=True)
class StoredFile:
    """A file on Telegram's servers."""

    file_id: str
    unique_id: str
    path: str  # its folder says what kind of file it is
    data: bytes
    size: int  # may be said to be larger than `data`
