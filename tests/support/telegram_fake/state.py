"""Everything the fake Telegram remembers: chats, messages, files, taps and what waits.

It speaks no HTTP (`server.py`) and decides nothing (`methods.py`).
"""

import copy
import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.support.telegram_fake import updates
from tests.support.telegram_fake.chats import Chat, Line, Query, Stored, StoredFile
from tests.support.telegram_fake.flood import Flood
from tests.support.telegram_fake.signals import Changes
from tests.support.telegram_fake.update_queue import Inbox
from tests.support.telegram_fake.validation.rules import Json
from tests.support.telegram_fake.webhook import Webhook

Clock = Callable[[], datetime]


@dataclass
class Profile:
    """What a stranger sees of the bot; the keys are language codes, "" for everyone else."""

    name: dict[str, str] = field(default_factory=dict)
    description: dict[str, str] = field(default_factory=dict)
    short_description: dict[str, str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)  # (scope, language)
    menu_buttons: dict[int | None, Json] = field(default_factory=dict)  # by chat, None for all


@dataclass
class Call:
    """One call of the bot: what it asked, when, and what came of it."""

    order: int  # 0, 1, 2... as they arrived
    method: str
    params: Json
    at: datetime
    outcome: str = "open"  # then "ok", "400 Bad Request: ...", "fault 500", "gone"
    result: object = None

    @property
    def chat_id(self) -> int | None:
        written = str(self.params.get("chat_id"))
        return int(written) if re.fullmatch(r"-?\d+", written) else None


def wall_clock() -> datetime:
    """The real time, for tests that bring no clock of their own."""
    return datetime.now(UTC)


async def nobody_answers() -> None:
    """What waiting for the bot does where none has been started."""
    raise AssertionError("no bot is running on this fake")


class World:
    """The state behind the fake; `FakeTelegram` serves it."""

    def __init__(self, token: str, clock: Clock, *, seed: int, webhook_timeout: float) -> None:
        """Starts empty, with a bot and nobody else."""
        self.token = token
        self.clock = clock
        self.random = random.Random(seed)  # noqa: S311 - the same ids in every run
        self.changes = Changes()
        self.inbox = Inbox(self.changes, self.random.randrange(10**8, 9 * 10**8))
        self.webhook = Webhook(self.inbox, self.changes, timeout=webhook_timeout)
        self.flood = Flood()
        self.profile = Profile()
        self.bot = updates.bot(int(token.partition(":")[0]), "Check-in", "check_in_bot")
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.may_download: set[str] = set()  # paths that getFile has told
        self.queries: dict[str, Query] = {}
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.quiet: Callable[[], Awaitable[None]] = nobody_answers
        self._messages = self.random.randrange(10, 1000)
        self._happenings = 0

    def happen(self) -> int:
        """Counts one more happening, so that "newer than" needs no clock."""
        self._happenings += 1
        return self._happenings

    def complain(self, what: str) -> None:
        """Notes what real Telegram would let pass, or what the fake does not do."""
        self.complaints.append(what)
        self.changes.tell()

    def add_chat(self, body: Json) -> Chat:
        """Makes room for a chat."""
        chat = self.chats[body["id"]] = Chat(body["id"], body)
        return chat

    def store(self, chat: Chat, sender: Json, content: Json, *, silent: bool = False) -> Stored:
        """Puts a message into a chat; ids rise over all chats, as in an account of Telegram."""
        self._messages += self.random.randrange(1, 4)
        now = self.clock()
        body = updates.message(self._messages, sender, chat.body, now, content)
        from_bot = sender["id"] == self.bot["id"]
        stored = Stored(body, from_bot, now, self.happen(), silent, file=self._bytes_of(body))
        chat.messages[self._messages] = stored
        chat.log.append(Line("bot" if from_bot else "person", _words(stored), _labels(stored)))
        if from_bot:
            chat.sent.append(stored.shown())
        self.changes.tell()
        return stored

    def _bytes_of(self, body: Json) -> bytes | None:
        sizes = body.get("photo") or [None]
        file = sizes[-1] or body.get("voice") or body.get("document")
        return self.files[file["file_id"]].data if file else None

    def store_file(self, folder: str, suffix: str, data: bytes, size: int | None) -> StoredFile:
        """Keeps a file that somebody sent."""
        number = len(self.files)
        unique = f"AgAD{number:04}{self.random.getrandbits(40):010x}"
        stored = StoredFile(
            file_id=f"AwACAgQAAxkB{unique}",
            unique_id=unique,
            path=f"{folder}/file_{number}{suffix}",
            data=data,
            size=len(data) if size is None else size,
        )
        self.files[stored.file_id] = stored
        return stored

    def forget_file(self, file_id: str) -> None:
        """Loses a file, as Telegram may one day: neither fetched nor sent by its name any more."""
        del self.files[file_id]

    def queue(self, kind: str, payload: Json, chat_id: int) -> int:
        """Queues an update for the bot and gives its id."""
        return self.put({"update_id": self.inbox.take_id(), kind: copy.deepcopy(payload)}, chat_id)

    def put(self, update: Json, chat_id: int) -> int:
        """Queues an update as it is, and wakes the webhook."""
        update_id = self.inbox.put(update, chat_id)
        self.webhook.pump()
        return update_id


def _words(stored: Stored) -> str:
    return stored.text if stored.kind == "text" else f"[{stored.kind}] {stored.text}".rstrip()


def _labels(stored: Stored) -> list[list[str]]:
    return [[button["text"] for button in row] for row in stored.rows]
