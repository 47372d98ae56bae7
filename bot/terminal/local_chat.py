"""One local participant and the bot: the real use cases, no network, and a movable clock.

A terminal or a page shows the result.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from bot.clock import Clock
from bot.content.environment import Environment
from bot.dispatch import from_memory
from bot.dispatch.classify import classify
from bot.dispatch.dispatcher import Dispatcher
from bot.domain.ids import new_id
from bot.domain.send_result import SendResult
from bot.jobs.erase_participants import ErasureJob
from bot.jobs.send_follow_ups import FollowUpJob
from bot.messages.incoming import (
    Command,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
)
from bot.messages.reply import Message, Reply
from bot.schedule.plan import CalendarSpan, add
from bot.settings import CannotBeDone
from bot.store.database import Database
from bot.store.queries.practice_check import others_than
from bot.store.repositories.people import follow_up_claims

CHAT = 1
"""The one chat; Telegram gives no person so low a number."""

_LOOKS = 50
"""Follow-ups that may fall due, and be postponed or dropped, before one is sent."""
_SPAN = re.compile(r"(\d{1,3})\s*(minute|hour|day|week|month)s?", re.IGNORECASE)


class OffsetClock:
    """A clock ahead of another, with the offset stored in a file where there is one."""

    def __init__(self, clock: Clock, path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self._ahead = dt.timedelta()
        if path is not None and path.exists():
            with suppress(ValueError):
                self._ahead = dt.timedelta(seconds=float(path.read_text()))

    def __call__(self) -> dt.datetime:
        return self._clock() + self._ahead

    def to(self, moment: dt.datetime) -> None:
        """Moves the clock to a moment, never back."""
        self._ahead += max(moment - self(), dt.timedelta())
        if self._path is not None:
            self._path.write_text(f"{self._ahead.total_seconds()}\n")


class LocalChat:
    """A conversation. `replied` receives the reply to each update, `first` unsolicited messages."""

    def __init__(
        self,
        env: Environment,
        store: Database,
        clock: OffsetClock,
        replied: Callable[[Reply], None],
        first: Callable[[Message], None],
        hint: str | None = None,
    ) -> None:
        self.clock = clock
        self._env = env
        self._store = store
        self._replied = replied
        self._first = first
        self._hint = hint
        self._firsts = 0
        self._dispatcher = Dispatcher(store, env, clock)
        self._forget = ErasureJob(store, clock)
        self._tick = FollowUpJob(
            store, env, clock, self._said_first, self._in_turn, self._dispatcher.chat_blocked
        )

    async def open(self) -> None:
        """Opens the database.

        Raises:
            CannotBeDone: it holds participants other than the practice one: their time never moves.
            DatabaseUnavailable, SchemaOutdated, WrongKey: see `Database.open`.
        """
        if await others_than(self._store, CHAT):
            raise CannotBeDone("there are real people in this database: nobody practises in it")
        await self._store.open(self.clock(), self._env.library.current.values())

    async def close(self) -> None:
        """Closes the database."""
        await self._store.close()

    async def receive(self, what: UpdateContent) -> None:
        """Handles an update of the participant, and shows the reply."""
        update = IncomingUpdate(new_id(), CHAT, what, self.clock(), self._hint)
        if classify(update, self._env).asks_for_help:
            memory = self._dispatcher.memory
            self._replied(from_memory.help_answer(update, self._env, memory, self.clock()))
            return
        replies = await self._dispatcher.process([update])
        for reply in replies:
            self._replied(reply)
        await self._store.mark_delivered(
            {
                "id": r.id,
                "chat": r.chat,
                "session_id": r.session_id,
                "turn": r.turn,
                "message_id": None,
            }
            for r in replies
        )

    async def wait(self, end: dt.datetime) -> None:
        """Moves the clock, stopping at everything that falls due on the way."""
        while (due := await follow_up_claims.next_due(self._store)) is not None and due <= end:
            self.clock.to(due)
            await self._forget.run()
            if not await self._tick.run():
                break
        self.clock.to(end)
        await self._forget.run()

    async def advance_to_next_follow_up(self) -> bool:
        """Moves the clock until a follow-up is sent; False when none is going to be."""
        before = self._firsts
        for _ in range(_LOOKS):
            due = await follow_up_claims.next_due(self._store)
            if due is None:
                return False
            self.clock.to(due)
            await self._forget.run()
            if not await self._tick.run():
                return False
            if self._firsts > before:
                return True
        return False

    async def _said_first(self, chat: int, message: Message) -> SendResult:
        if chat != CHAT:
            # Never `BLOCKED`: it would stop a participant who is not here to object.
            return SendResult.NOT_SENT
        self._firsts += 1
        self._first(message)
        return SendResult.SENT

    async def _in_turn(self, _chat: int, work: Callable[[], Awaitable[None]]) -> None:
        await work()


def understood(line: str) -> UpdateContent:
    """Parses a typed line: a command, a voice note, or text."""
    if line.startswith("/voice"):
        return VoiceMessage({"file_id": "terminal"})
    if line.startswith("/") and len(line) > 1:
        name, _, rest = line[1:].partition(" ")
        return Command(name.casefold(), rest)
    return TextMessage(line) if line else UnsupportedMessage("empty")


def later(now: dt.datetime, how_long: str, zone: str) -> dt.datetime | None:
    """The moment that much later, such as "2 weeks", on a zone's calendar; None if unreadable."""
    match = _SPAN.fullmatch(how_long.strip())
    if match is None:
        return None
    number, unit = int(match.group(1)), match.group(2).lower()
    if unit in ("minute", "hour"):
        return now + dt.timedelta(**{f"{unit}s": number})
    if unit == "month":
        return add(now, CalendarSpan(months=number), zone)
    return add(now, CalendarSpan(days=number * (7 if unit == "week" else 1)), zone)
