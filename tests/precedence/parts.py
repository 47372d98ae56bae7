"""The real bot that the law drives, put together in one place: every name of our code is here.

It checks nothing by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot
from telegram.ext import ApplicationBuilder

from bot.dispatch.dispatcher import Desk
from bot.jobs.clean_up import Sweep
from bot.jobs.send_follow_ups import Attempt
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.messages.reply import Message, Reply
from bot.metrics import Metrics
from bot.store.database import DatabaseAway
from bot.telegram.receiving.flood_control import Buckets, Limits, no_limits
from bot.telegram.receiving.update_parser import Understanding
from bot.telegram.receiving.update_processor import Intake
from tests.conftest import Time
from tests.support.worker_scenario import Office

USERNAME = "checkin_test_bot"
Json = dict[str, Any]


def matched_route(_bot: House) -> str | None:
    """The name of the route that handled what was just taken; None until the code has names.

    Of two updates that came together both, joined by " + ". Where it gives one, the law compares it
    with the column `rung` of the file; None where no route was asked, as in a flood.
    """
    return None


class Posted:
    """Takes what the bot would send, in the place where it is handed over to be sent."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def post(self, reply: Reply) -> None:
        """Takes one reply."""
        self.replies.append(reply)


@dataclass
class Said:
    """A message as somebody sees it: where its words stand, the words, and its buttons' data."""

    place: str | None
    text: str
    data: list[str]
    attached: bool


@dataclass
class Heard:
    """A reply in plain values: `flags` are those that are set, by the names they are stored by."""

    chat: int
    said: list[Said]
    toast: str | None
    chosen: str | None
    flags: list[str]
    delivered: Json = field(default_factory=dict)


_FLAGS: dict[str, Callable[[Reply], object]] = {
    "redraw": lambda reply: reply.redraw,
    "urgent": lambda reply: reply.urgent,
    "lasting": lambda reply: reply.lasting,
    "clear": lambda reply: reply.clear,
    "forgets": lambda reply: reply.forgets,
    "closes": lambda reply: reply.closes,
    "stops": lambda reply: reply.stops,
    "silent": lambda reply: reply.silent,
    "menu": lambda reply: reply.menu,
}
"""What a reply can be beside its words: the name in the file, and how it is read."""


def _said(message: Message) -> Said:
    keys = [*message.choices, *message.controls]
    data = [key.data for key in keys]
    return Said(message.place, message.text, data, message.attach is not None)


def _heard(reply: Reply) -> Heard:
    flags = [name for name, read in _FLAGS.items() if read(reply)]
    row = {"id": reply.id, "chat": reply.chat, "session_id": reply.session_id, "turn": reply.turn}
    said = [_said(message) for message in reply.messages]
    return Heard(reply.chat, said, reply.toast, reply.chosen, flags, row)


class House(Office):
    """An office in which updates come in as JSON, as they do from Telegram."""

    def __init__(self, database_url: str, time: Time) -> None:
        self.firsts: list[tuple[int, Message]] = []
        super().__init__(database_url, time)
        self.around.address.username = USERNAME
        application = ApplicationBuilder().bot(Bot("1:x")).updater(None).job_queue(None).build()
        application._initialized = True
        self._understanding = Understanding(time)
        self._understanding.add_to(application)
        self._application = application
        self.restart()

    def restart(self, limits: Limits | None = None) -> None:
        """Forgets all that a process has in memory."""
        self.desk = Desk(self.store, self.around, self.time)
        self.posted = Posted()
        self.intake = Intake(
            self._application,
            self._understanding,
            self.desk,
            self.posted,  # type: ignore[arg-type]
            self.around,
            self.time,
            Metrics(),
            limits or no_limits(),
        )

    def flood(self) -> None:
        """Restarts where every chat has sent all that it may for now."""
        self.restart(Limits(chats=Buckets(0, 1e9)))

    async def hello(self) -> list[tuple[int, Said]]:
        """Does what the scheduler does, and gives whom it wrote to first, and what."""
        self.firsts.clear()
        await self.tick()
        return [(chat, _said(message)) for chat, message in self.firsts]

    async def _said_first(self, chat: int, message: Message) -> Attempt:
        self.firsts.append((chat, message))
        return Attempt.SENT

    async def take(self, updates: list[Json]) -> list[Heard]:
        """Takes updates in, and gives what would be sent.

        Where the database is away, an update's own memory answers, and nothing more is heard.
        """
        self.posted.replies.clear()
        try:
            await self.intake.take(updates)
        except DatabaseAway:
            self.posted.post(Reply(0, 0, toast="(kept for later)"))
        return [_heard(reply) for reply in self.posted.replies]

    async def sent(self, heard: list[tuple[Heard, int | None]]) -> None:
        """Writes down that these are delivered, each as the message of this number."""
        rows = [{**reply.delivered, "message_id": number} for reply, number in heard]
        await self.store.delivered(rows)

    async def let_go(self) -> None:
        """Closes every connection to the database; the next use opens one."""
        await self.store.close()

    async def person(self, chat: int) -> dict[str, object]:
        """What stands of somebody, their worker's side included, in names that are stored."""
        now = self.time()
        async with self.store.begin() as batch:
            person = (await batch.load([chat], [chat])).get(chat)
            worker = (await batch.caseload.by_chats([chat])).get(chat)
            way = (await batch.early_stops.of([chat], now)).get(chat)
            absent = batch.absent.get(chat, [])
        found: dict[str, object] = {"early_stop": way is not None, "others": len(absent)}
        memory = self.desk.memory.way(chat)
        found["way"] = f"w{memory.path}" if memory is not None else None
        if worker is not None:
            found["w_waits"] = worker.waits.get("to")
            found |= {"w_morning": worker.morning, "w_language": worker.language}
        if person is None:
            return found
        live = person.live
        found |= {
            "state": str(person.state),
            "language": person.language,
            "shared": person.shared_phone,
            "waits": _waits(person.waits),
            "open": f"{live.session.flow}/{live.session.step}" if live else None,
            "picks": len(live.session.picks) if live else 0,
            "answers": sum(_answered(p.session.answers) for p in person.past),
            "deletes": person.delete_at is not None,
            "paused": person.paused_until is not None,
            "safe": _when(person.safe.to_json()),
            "line": person.line,
            "clears": person.clear_after,
            "word": person.word is not None,
            "cases": len(person.cases),
        }
        return found

    async def sweep(self) -> None:
        """Does what is done once a day."""
        await Sweep(self.store, self.around, self.time).run()

    async def owed_beside(self, heard: list[Heard]) -> list[Heard]:
        """What is owed beside this: it is sent by another round."""
        sent = {reply.delivered["id"] for reply in heard}
        owed = await self.store.owed(self.time(), dt.timedelta(0))
        replies = [Reply.from_bytes(body) for _, body in owed]
        return [_heard(reply) for reply in replies if reply.id not in sent]

    async def card(self, name: str, by: int = 0) -> tuple[str, str]:
        """A link that a worker made (the first, unless said): its token, and its card's digits."""
        token, now = new_token(), self.time()
        async with self.store.begin() as batch:
            workers = sorted(await batch.caseload.workers(), key=lambda worker: worker.id)
            (made,) = await batch.caseload.make_cases(
                workers[by], [(name, token)], "A room", None, now, now + WORKS_FOR
            )
        return token, str(made.code)

    async def dismiss(self, chat: int) -> None:
        """Takes a worker away, as the command line does."""
        async with self.store.begin() as batch:
            worker = (await batch.caseload.by_chats([chat]))[chat]
            await batch.caseload.remove_worker(worker.id, None, self.time())


def _when(safe: Mapping[str, Any]) -> str:
    said = ["never"] if safe["never"] else [*safe["parts"], *map(str, safe["days"])]
    return " ".join(said) or "any"


def _answered(answers: Mapping[str, Any]) -> int:
    return len(answers)


def _waits(waits: Mapping[str, Any]) -> str | None:
    kept = "+" if {"words", "voice"} & waits.keys() else ""
    return f"{waits['to']}{kept}" if waits.get("to") else None
