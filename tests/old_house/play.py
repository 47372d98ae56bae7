"""Plays a written act on the fixture with a real bot, and tells in plain JSON what was sent.

What is made anew at each run (numbers, links, codes) is told as a sign of its kind.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.old_house import phones
from tests.support.qr_reader import codes, pages, photo, printed
from tests.support.running_bot import Running
from tests.support.telegram_fake import FakeTelegram, Person
from tests.support.telegram_fake.reading import Upload
from tests.support.telegram_fake.state import Call

Json = dict[str, Any]
Step = list[Any]

HERE = Path(__file__).parent
DATA = HERE / "data"
MASTER = "b2xkIGhvdXNlIG9sZCBob3VzZSBvbGQgaG91c2Ugb2w="
END = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
"""When the fixture was finished; what is owed in it was written a few minutes before."""
SETTINGS: Json = {"secret_keys": MASTER, "languages": "en,pl", "org_name": "Aspen House"}

ONLY_HELD = "DELETE FROM owed WHERE NOT held"
"""What is owed is sent in one chapter only; in the others it would be in the way."""

TOLD = (
    *("sendMessage", "sendPhoto", "sendDocument", "sendVoice", "answerCallbackQuery"),
    *("editMessageText", "editMessageCaption", "editMessageReplyMarkup"),
    *("deleteMessage", "deleteMessages", "setMyCommands"),
)
_NEW = (
    (re.compile(r"start=[\w-]+"), "start=<token>"),
    (re.compile(r"\b[2-9B-Z]{3}-[2-9B-Z]{3}-[2-9B-Z]{3}\b"), "<code>"),
    (re.compile(r"\b\d{3}(?: \d{3}){4}\b"), "<numbers>"),
    (re.compile(r"\b\d{4} \d{4}\b(?= to @)"), "<digits>"),
)
_CARD = re.compile(r"\b\d{4} \d{4}\b")
_NUMBER = {"q": (1, 3), "p": (3,), "k": (2,), "w": ()}


def read_json(name: str) -> Any:
    """One of the fixture's files."""
    packed = DATA / f"{name}.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (DATA / name).read_bytes()
    return json.loads(data)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: dt.datetime = END) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


class Play:
    """One bot on one copy of the fixture, with everybody's phone."""

    def __init__(self, telegram: FakeTelegram, people: dict[str, Person], running: Running) -> None:
        self.telegram = telegram
        self.people = people
        self.running = running
        self.names = {person.chat_id: name for name, person in people.items()}
        self._told = len(telegram.calls)

    async def act(self, step: Step) -> list[Json]:
        """Does one step, and tells what the bot sent because of it."""
        who, what, *more = step
        match what:
            case "start_bot":
                await self.running.start()
                await self.running.bot.started.wait()
                await self.running.bot.settled()
            case "pass":
                clock = self.running.clock
                assert isinstance(clock, Clock)
                clock.now += dt.timedelta(**more[0])
            case "tick":
                await self.running.tick()
                await self.running.bot.send_worker_notifications()
                await self.running.bot.settled()
            case "say" | "tap" | "start" | "voice":
                getattr(self.people[who], what)(*more)
                await self.running.quiet()
            case "choose":
                choose(self.people[who], *more)
                await self.running.quiet()
            case "data":
                self.people[who].tap_data(more[0])
                await self.running.quiet()
            case _:
                raise AssertionError(f"nobody knows how to {what!r}")
        return self.told()

    def told(self) -> list[Json]:
        """What was sent since it was asked last, by person."""
        calls, self._told = self.telegram.calls[self._told :], len(self.telegram.calls)
        found = [self._tell(call) for call in calls if call.method in TOLD]
        return sorted(filter(None, found), key=_place)

    def _tell(self, call: Call) -> Json:
        asked = call.params
        if call.method == "setMyCommands" and "chat_id" not in asked.get("scope", {}):
            return {}  # everybody's menu is set at every start
        query = self.telegram.queries.get(asked.get("callback_query_id", ""))
        number = query.chat_id if query else asked.get("scope", asked).get("chat_id")
        told: Json = {"to": self.names.get(number, number), "does": call.method}
        if call.outcome != "ok":
            told["outcome"] = call.outcome
        told |= _words(asked)
        return told


@asynccontextmanager
async def playing(url: str) -> AsyncIterator[Play]:
    """A bot, not yet started, on a database of the fixture, and everybody's phones."""
    clock = Clock()
    async with FakeTelegram(clock=clock, seed=23) as telegram:
        people = phones.unpack(telegram, read_json("phones.json"))
        for number in (1, 2):
            phones.open_query(telegram, people["Teen"], f"old-query-{number}")
        running = Running(telegram, url, clock, **SETTINGS)
        yield Play(telegram, people, running)
        await running.stop()
        assert telegram.complaints == [], telegram.complaints


def _words(asked: Json) -> Json:
    """What a call says, shows and takes away."""
    told: Json = {
        "text": _neutral(asked.get("text") or asked.get("caption") or ""),
        "buttons": list(_buttons(asked["reply_markup"])) if "reply_markup" in asked else None,
        "messages": len(asked.get("message_ids", ())),
        "commands": [[c["command"], c["description"]] for c in asked.get("commands", ())],
        "protect_content": asked.get("protect_content"),
        "disable_notification": asked.get("disable_notification"),
        "file": next((_file(asked[k]) for k in ("photo", "document", "voice") if k in asked), None),
    }
    return {k: v for k, v in told.items() if v or (k == "buttons" and v is not None)}


def _place(told: Json) -> tuple[str, int, str]:
    """By person; what is sent beside the rest has no order of its own."""
    beside = {"answerCallbackQuery": 0, "editMessageReplyMarkup": 1, "setMyCommands": 4}
    again = {"deleteMessage": 3, "deleteMessages": 3}
    place = {**beside, **again}.get(told["does"], 2)
    return str(told["to"]), place, "" if place else told.get("text", "")


def _buttons(markup: Json) -> Iterator[list[str]]:
    for row in markup.get("inline_keyboard", ()):
        for button in row:
            yield [button["text"], shape(button.get("callback_data", "-"))]


def choose(person: Person, *wanted: str) -> None:
    """Taps the newest button whose data has these parts."""
    for bubble in reversed(person.chat):
        for label, data in bubble.data.items():
            if set(wanted) <= set(data.split(":")):
                person.tap_old(bubble, label)
                return
    shown = [data for bubble in person.chat for data in bubble.data.values()]
    raise AssertionError(f"no button {wanted} on the phone of {person.first_name}: {shown}")


def shape(data: str) -> str:
    """A button's data without the numbers of rows, which are made anew with each row."""
    kind, *parts = data.split(":")
    for place in _NUMBER.get(kind.lower(), ()):
        if place <= len(parts) and parts[place - 1] != "0":
            parts[place - 1] = "#"
    if kind.lower() == "w" and len(parts) == 5:
        parts[0] = "#"  # the version of the flow, which moves with any edit of its words
    if kind.lower() == "k" and parts[0] == "read":
        parts[2] = "#"
    return ":".join([kind, *parts])


def _neutral(text: str) -> str:
    for found, sign in _NEW:
        text = found.sub(sign, text)
    return text


def _file(sent: Any) -> list[Any]:
    """A file's name and what is in it: what its codes say, and its points, letters or bytes."""
    if not isinstance(sent, Upload):
        return ["by name", str(sent)]
    data = sent.data
    if data.startswith(b"\x89PNG"):
        picture = photo(data)
        said = [_neutral(code) for code in codes(picture)]
        seen = repr(picture.size).encode() + picture.tobytes()
        return [sent.name, *(said or [_short(seen)])]
    if data.startswith(b"%PDF"):  # its bytes move with the library
        said = [_neutral(code) for page in pages(data) for code in codes(page)]
        letters = "\f".join(_letters(data))
        return [sent.name, *said, _short(_CARD.sub("<digits>", letters).encode())]
    return [sent.name, _short(data)]


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _letters(pdf: bytes) -> Iterator[str]:
    with printed(pdf) as document:
        for page in document:
            yield page.get_textpage().get_text_range()
