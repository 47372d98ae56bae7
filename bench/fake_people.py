"""The people who talk to a bot that is measured, each one thing at a time."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.conversation import TURNS, Turn

ME = {"id": 123456, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}


@dataclass(slots=True)
class Person:
    """Somebody who talks: one thing at a time, the next as soon as the reply is there."""

    chat: int
    turn: int = 0
    buttons: dict[str, str] = field(default_factory=dict)
    message: dict[str, Any] = field(default_factory=dict)
    since: float = 0.0
    waits: bool = False


class Town:
    """All who talk, and the updates that they have made."""

    def __init__(self, talking: int) -> None:
        self._next_chat = 1_000_000
        self._number = 0
        self._update = 0
        self.queue: deque[tuple[int, bytes]] = deque()
        self.arrived = asyncio.Event()
        self.by_chat: dict[int, Person] = {}
        self.talking = talking
        self.stopped = False
        self.spans: list[float] = []
        self.calls = 0
        self.sent = 0
        self.turns = 0
        self.first = 0.0

    def begin(self) -> None:
        """Everybody says their first word."""
        for _ in range(self.talking):
            self._newcomer()

    def waiting(self) -> int:
        """How many have no reply yet to what they did last."""
        return sum(person.waits for person in self.by_chat.values())

    def _newcomer(self) -> None:
        self._next_chat += 1
        self._act(person := Person(self._next_chat))
        self.by_chat[person.chat] = person

    def message_id(self) -> int:
        """A new message's number."""
        self._number += 1
        return self._number

    def seen(self, method: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Somebody sees what a call brought; gives the message as Telegram would."""
        chat = int(asked["chat_id"])
        markup = asked.get("reply_markup")
        if isinstance(markup, str):
            markup = json.loads(markup)
        person = self.by_chat.get(chat)
        if method == "sendMessage":
            self.sent += 1
            message = {
                "message_id": self.message_id(),
                "from": ME,
                "chat": {"id": chat, "first_name": "Sam", "type": "private"},
                "date": int(time.time()),
                "text": asked["text"],
            }
            if markup:
                message["reply_markup"] = markup
        else:
            message = dict(person.message) if person else {"message_id": int(asked["message_id"])}
            message["reply_markup"] = markup
        if person is not None:
            self._look(person, method, message, int(asked.get("message_id", 0)))
        return message

    def _look(self, person: Person, method: str, message: dict[str, Any], edited: int) -> None:
        """Lets a person go on when this is what they waited for."""
        keys = [
            key
            for row in (message.get("reply_markup") or {}).get("inline_keyboard", ())
            for key in row
        ]
        if person.turn == len(TURNS):
            return  # the last word was said, and nobody new comes
        turn = TURNS[person.turn]
        if method != "sendMessage":
            here = turn.pick and edited == person.message.get("message_id")
            seen = here and any(turn.sees in key["text"] for key in keys)
        else:
            seen = not turn.pick and turn.sees in message["text"]
        if not (seen and person.waits):
            return
        person.waits = False
        person.message = message
        person.buttons = {key["text"]: key["callback_data"] for key in keys}
        self.turns += 1
        self.first = self.first or time.perf_counter()
        self.spans.append(time.perf_counter() - person.since)
        person.turn += 1
        if self.stopped:
            return
        if person.turn == len(TURNS):
            del self.by_chat[person.chat]
            self._newcomer()
        else:
            self._act(person)

    def _act(self, person: Person) -> None:
        turn = TURNS[person.turn]
        who = {"id": person.chat, "is_bot": False, "first_name": "Sam", "language_code": "en"}
        self._update += 1
        made: dict[str, Any] = {"update_id": self._update}
        if turn.tap:
            made["callback_query"] = {
                "id": str(self._update),
                "from": who,
                "message": person.message,
                "chat_instance": "1",
                "data": self._data(person, turn),
            }
        else:
            made["message"] = {
                "message_id": self.message_id(),
                "from": who,
                "chat": {"id": person.chat, "first_name": "Sam", "type": "private"},
                # Nobody reads and answers within a second, and bots may count on it.
                "date": int(time.time()) + 1,
                "text": turn.say,
            }
            if turn.say.startswith("/"):
                command = {"type": "bot_command", "offset": 0, "length": len(turn.say)}
                made["message"]["entities"] = [command]
        person.waits, person.since = True, time.perf_counter()
        self.queue.append((self._update, json.dumps(made).encode()))
        self.arrived.set()

    @staticmethod
    def _data(person: Person, turn: Turn) -> str:
        return next(data for label, data in person.buttons.items() if label.endswith(turn.tap))
