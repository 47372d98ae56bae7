"""People with a phone in front of the real bot: what they send as Telegram sends it, what they saw.

It checks nothing by itself.
"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.precedence.parts import Heard, House, Json, Said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.conftest import Time

FIRST_UPDATE = 5_000
NAMED = {"kim": 10_001, "wanda": 10_002, "lee": 10_003, "max": 10_004}
"""Who there is: Kim, whose state it is; Wanda, a lead; Lee, who used a link; Max, a worker."""


@dataclass
class Hand:
    """One chat: the JSON of what is sent in it, and every button that was seen there."""

    chat: int
    hint: str | None = "en"
    at: dt.datetime = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
    message_id: int = 0
    buttons: list[tuple[str, int]] = field(default_factory=list)
    """Data and the message it stands under, oldest first."""

    def user(self) -> Json:
        """Who it is, as Telegram says it."""
        named = {"language_code": self.hint} if self.hint else {}
        return {"id": self.chat, "is_bot": False, "first_name": "K", **named}

    def where(self) -> Json:
        """The private chat."""
        return {"id": self.chat, "type": "private", "first_name": "K"}

    def message(self, **content: object) -> Json:
        """A new message."""
        self.message_id += 1
        date = int(self.at.timestamp())
        base = {"message_id": self.message_id, "from": self.user(), "chat": self.where()}
        return {"message": {**base, "date": date, **content}}

    def types(self, text: str) -> Json:
        """Words; a slash command is marked as one, as Telegram's apps do."""
        if not text.startswith("/"):
            return self.message(text=text)
        mark = {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
        return self.message(text=text, entities=[mark])

    def edits(self, text: str, number: int = 1) -> Json:
        """An older message with other words."""
        body = self.types(text)["message"]
        return {"edited_message": {**body, "message_id": number, "edit_date": body["date"]}}

    def taps(self, data: str, under: int | None = None) -> Json:
        """A tap on a button, whether it was shown or not."""
        shown = dict(self.buttons)
        number = under or shown.get(data, self.message_id)
        message = {"message_id": number, "date": 1, "chat": self.where(), "text": "?"}
        query = {"id": "7", "from": self.user(), "chat_instance": "1", "data": data}
        return {"callback_query": {**query, "message": message}}

    def newest(self, start: str, end: str = "") -> str:
        """The data of the button seen last that begins, and ends, so; empty where there is none."""
        found = [d for d, _ in self.buttons if d.startswith(start) and d.endswith(end)]
        return found[-1] if found else ""

    def sees(self, said: list[Said]) -> int:
        """Shows messages; gives the number of the last."""
        for message in said:
            self.message_id += 1
            # A button that was seen before is the newest now.
            self.buttons += [(data, self.message_id) for data in message.data]
        return self.message_id


@dataclass
class Snapshot:
    """All that a state is: the database as a file, the clock, and what everybody has seen."""

    file: Path
    now: dt.datetime
    hands: dict[str, Hand]
    facts: dict[str, str]
    update: int


class Scene:
    """The bot, its clock and everybody's phone."""

    def __init__(self, house: House, time: Time, file: Path) -> None:
        self.house, self.time, self.file = house, time, file
        self.hands = {name: Hand(chat) for name, chat in NAMED.items()}
        self.facts: dict[str, str] = {}
        self.update = FIRST_UPDATE
        self.heard: list[Heard] = []
        self.away = False
        self._saved = 0

    @property
    def kim(self) -> Hand:
        """Whose state it is."""
        return self.hands["kim"]

    def numbered(self, *bodies: Json) -> list[Json]:
        """Updates with their numbers."""
        found = []
        for body in bodies:
            self.update += 1
            found.append({"update_id": self.update, **body})
        return found

    def look(self) -> None:
        """Lets every phone know what time it is."""
        for hand in self.hands.values():
            hand.at = self.time.now

    def later(self, **span: float) -> None:
        """Lets time pass."""
        self.time.pass_(**span)
        self.look()

    async def send(self, body: Json) -> list[Heard]:
        """Sends one update, and shows everybody what comes of it."""
        self.heard = await self.house.take(self.numbered(body))
        await self.show(self.heard)
        return self.heard

    async def show(self, heard: list[Heard]) -> None:
        """Shows replies, and writes down that they are delivered."""
        by_chat = {hand.chat: hand for hand in self.hands.values()}
        sent: list[tuple[Heard, int | None]] = []
        for reply in heard:
            hand = by_chat.get(reply.chat)
            sent.append((reply, hand.sees(reply.said) if hand is not None and reply.said else None))
        await self.house.sent(sent)

    async def says(self, text: str, who: str = "kim") -> None:
        """Somebody types something."""
        await self.send(self.hands[who].types(text))

    async def taps(self, *choices: str, who: str = "kim") -> None:
        """Somebody taps buttons, each the newest with this choice (or with all of its data)."""
        hand = self.hands[who]
        for choice in choices:
            found = [d for d, _ in hand.buttons if choice in d.split(":")]
            assert found, f"no button {choice!r}: {hand.buttons}"
            await self.send(hand.taps(found[-1]))

    async def hello(self, **span: float) -> None:
        """Lets time pass, and the scheduler do its work."""
        self.later(**span)
        by_chat = {hand.chat: hand for hand in self.hands.values()}
        for chat, said in await self.house.hello():
            by_chat[chat].sees([said])

    # --- keeping a state, and coming back to it ----------------------------------------------

    def save(self, folder: Path) -> Snapshot:
        """Keeps everything as it is now."""
        self._saved += 1
        kept = folder / f"{id(self)}-{self._saved}.db"
        copied(self.file, kept)
        return Snapshot(kept, self.time.now, _copied(self.hands), dict(self.facts), self.update)

    def restore(self, snapshot: Snapshot) -> None:
        """Makes everything as it was; the bot has just been restarted then."""
        copied(snapshot.file, self.file)
        self.time.now, self.update, self.away = snapshot.now, snapshot.update, False
        self.hands, self.facts = _copied(snapshot.hands), dict(snapshot.facts)
        self.look()
        self.house.restart()

    @asynccontextmanager
    async def reachable(self) -> AsyncIterator[None]:
        """Takes the database away while this lasts, if it is to be away."""
        if not self.away:
            yield
            return
        await self.house.let_go()
        self.house.away = True
        gone = self.file.parent.with_name("gone")
        shutil.move(self.file.parent, gone)
        try:
            yield
        finally:
            shutil.move(gone, self.file.parent)
            self.house.away = False

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        with closing(sqlite3.connect(self.file)) as connection:
            return dict(_counts(connection))


Build = Callable[[Scene], Awaitable[None]]


def copied(source: Path, target: Path) -> None:
    """Makes a database what another is, also while it is open."""
    with closing(sqlite3.connect(source)) as there, closing(sqlite3.connect(target)) as here:
        there.backup(here)


def _copied(hands: dict[str, Hand]) -> dict[str, Hand]:
    return {name: replace(hand, buttons=list(hand.buttons)) for name, hand in hands.items()}


def _counts(connection: sqlite3.Connection) -> Iterator[tuple[str, int]]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in tables:
        yield name, connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
