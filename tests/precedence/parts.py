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

from bot.dispatch.dispatcher import Dispatcher
from bot.domain.participant_inputs import PENDING_INPUT
from bot.domain.send_result import SendResult
from bot.domain.worker_inputs import to_json
from bot.jobs.clean_up import CleanUpJob
from bot.messages.deep_links import WORKS_FOR, new_token
from bot.messages.reply import Message, Reply
from bot.messages.reply_codec import decode
from bot.metrics import Metrics
from bot.store.availability import DatabaseUnavailable
from bot.telegram.receiving.flood_control import FloodControl, TokenBuckets, no_limits
from bot.telegram.receiving.update_parser import UpdateParser
from bot.telegram.receiving.update_processor import UpdateProcessor
from tests.conftest import Time
from tests.support.worker_scenario import Office

USERNAME = "checkin_test_bot"
Json = dict[str, Any]


def matched_route(bot: House) -> str | None:
    """The name of the route that handled what was just taken; None where no route was asked.

    Of two updates that came together both, joined by " + ". The law compares it with the column
    `rung` of the file.
    """
    return " + ".join(bot.routes.values()) or None


class Posted:
    """Takes what the bot would send, in the place where it is handed over to be sent."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    def send(self, reply: Reply) -> None:
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
    "redraw": lambda reply: reply.edit_keyboard_only,
    "urgent": lambda reply: reply.urgent,
    "lasting": lambda reply: reply.standalone,
    "clear": lambda reply: reply.clear,
    "forgets": lambda reply: reply.deletes_incoming,
    "closes": lambda reply: reply.supersedes_queue,
    "stops": lambda reply: reply.stops,
    "silent": lambda reply: reply.silent,
    "menu": lambda reply: reply.commands,
}
"""What a reply can be beside its words: the name in the file, and how it is read."""


def _said(message: Message) -> Said:
    keys = [*message.choices, *message.controls]
    data = [key.data for key in keys]
    return Said(message.source_ref, message.text, data, message.attachment is not None)


def _heard(reply: Reply) -> Heard:
    flags = [name for name, read in _FLAGS.items() if read(reply)]
    row = {"id": reply.id, "chat": reply.chat, "session_id": reply.session_id, "turn": reply.turn}
    said = [_said(message) for message in reply.messages]
    return Heard(reply.chat, said, reply.toast, reply.chosen_label, flags, row)


TRIALS = 3
"""How often updates are brought to a database that is busy."""


class House(Office):
    """An office in which updates come in as JSON, as they do from Telegram."""

    away = False

    def __init__(self, database_url: str, time: Time, **settings: Any) -> None:
        self.firsts: list[tuple[int, Message]] = []
        super().__init__(database_url, time, **settings)
        self.env.address.username = USERNAME
        application = ApplicationBuilder().bot(Bot("1:x")).updater(None).job_queue(None).build()
        application._initialized = True
        self._parser = UpdateParser(time)
        self._parser.register(application)
        self._application = application
        self.restart()

    def restart(self, limits: FloodControl | None = None) -> None:
        """Forgets all that a process has in memory."""
        self.dispatcher = Dispatcher(self.store, self.env, self.time)
        self.routes: dict[int, str] = {}
        self.dispatcher.on_route = lambda update, route: self.routes.update(
            {update.update_id: route.name}
        )
        self.posted = Posted()
        self.processor = UpdateProcessor(
            self._application,
            self._parser,
            self.dispatcher,
            self.posted,  # type: ignore[arg-type]
            self.env,
            self.time,
            Metrics(),
            limits or no_limits(),
        )

    def flood(self) -> None:
        """Restarts where every chat has sent all that it may for now."""
        self.restart(FloodControl(chats=TokenBuckets(0, 1e9)))

    async def hello(self) -> list[tuple[int, Said]]:
        """Does what the scheduler does, and gives whom it wrote to first, and what."""
        self.firsts.clear()
        await self.tick()
        return [(chat, _said(message)) for chat, message in self.firsts]

    async def _said_first(self, chat: int, message: Message) -> SendResult:
        self.firsts.append((chat, message))
        return SendResult.SENT

    async def take(self, updates: list[Json]) -> list[Heard]:
        """Takes updates in, and gives what would be sent.

        Where the database is `away`, an update's own memory answers, and nothing more is heard.
        Where it is only busy, they are brought again, as Telegram does.
        """
        self.posted.replies.clear()
        self.routes.clear()
        for trial in range(1, TRIALS + 1):
            try:
                await self.processor.process(updates)
                break
            except DatabaseUnavailable:
                if self.away:
                    self.posted.send(Reply(0, 0, toast="(kept for later)"))
                    break
                if trial == TRIALS:
                    raise
        return [_heard(reply) for reply in self.posted.replies]

    async def sent(self, heard: list[tuple[Heard, int | None]]) -> None:
        """Writes down that these are delivered, each as the message of this number."""
        rows = [{**reply.delivered, "message_id": number} for reply, number in heard]
        await self.store.mark_delivered(rows)

    async def let_go(self) -> None:
        """Closes every connection to the database; the next use opens one."""
        await self.store.close()

    async def person(self, chat: int) -> dict[str, object]:
        """What stands of somebody, their worker's side included, in names that are stored."""
        now = self.time()
        async with self.store.unit_of_work() as batch:
            person = (await batch.participants.load([chat], [chat])).get(chat)
            worker = (await batch.workers.by_chat([chat])).get(chat)
            way = (await batch.early_stops.of([chat], now)).get(chat)
            absent = batch.participants.inactive.get(chat, [])
        found: dict[str, object] = {"early_stop": way is not None, "others": len(absent)}
        memory = self.dispatcher.memory.onboarding_of(chat)
        found["way"] = f"w{memory.path}" if memory is not None else None
        if worker is not None:
            found["w_waits"] = to_json(worker.pending_input, None).get("to")
            found |= {"w_morning": worker.daily_digest, "w_language": worker.language}
        if person is None:
            return found
        live = person.open_checkin
        found |= {
            "state": str(person.state),
            "language": person.language,
            "shared": person.shared_phone,
            "waits": _waits(PENDING_INPUT.encode(person.pending_input)),
            "open": f"{live.session.flow}/{live.session.step}" if live else None,
            "picks": len(live.session.picks) if live else 0,
            "answers": sum(_answered(p.session.answers) for p in person.checkins),
            "deletes": person.delete_at is not None,
            "paused": person.paused_until is not None,
            "safe": _when(person.contact_times.to_json()),
            "line": person.opening_line,
            "clears": person.clears_after_checkin,
            "word": person.private_word_hash is not None,
            "cases": len(person.cases),
        }
        return found

    async def sweep(self) -> None:
        """Does what is done once a day."""
        await CleanUpJob(self.store, self.env, self.time).run()

    async def owed_beside(self, heard: list[Heard]) -> list[Heard]:
        """What is owed beside this: it is sent by another round."""
        sent = {reply.delivered["id"] for reply in heard}
        owed = await self.store.due_outbox(self.time(), dt.timedelta(0))
        replies = [decode(body) for _, body in owed]
        return [_heard(reply) for reply in replies if reply.id not in sent]

    async def card(self, name: str, by: int = 0) -> tuple[str, str]:
        """A link that a worker made (the first, unless said): its token, and its card's digits."""
        token, now = new_token(), self.time()
        async with self.store.unit_of_work() as batch:
            workers = sorted(await batch.workers.all(), key=lambda worker: worker.id)
            (made,) = await batch.cases.create(
                workers[by], [(name, token)], "A room", None, now, now + WORKS_FOR
            )
        return token, str(made.code)

    async def dismiss(self, chat: int) -> None:
        """Takes a worker away, as the command line does."""
        async with self.store.unit_of_work() as batch:
            worker = (await batch.workers.by_chat([chat]))[chat]
            await batch.workers.remove(worker.id, None, self.time())


def _when(safe: Mapping[str, Any]) -> str:
    said = ["never"] if safe["never"] else [*safe["parts"], *map(str, safe["days"])]
    return " ".join(said) or "any"


def _answered(answers: Mapping[str, Any]) -> int:
    return len(answers)


def _waits(waits: Mapping[str, Any]) -> str | None:
    kept = "+" if {"words", "voice"} & waits.keys() else ""
    return f"{waits['to']}{kept}" if waits.get("to") else None
