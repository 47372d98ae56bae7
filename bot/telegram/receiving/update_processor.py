"""Receives updates by polling, and confirms them to Telegram only once they are committed.

What they mean is for `understand`, what is answered for the desk.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from telegram import Update
from telegram.ext import Application

from bot.clock import Clock
from bot.conversation.context import Around
from bot.conversation.safety import danger, late_replies
from bot.conversation.safety import help as helping
from bot.conversation.stop import is_stop
from bot.dispatch.batch_processing import TakenInPart
from bot.dispatch.dispatcher import Desk
from bot.messages import pasted_links
from bot.messages.callback_data import changed
from bot.messages.incoming import Arrival, Broken, Gone, InGroup, Pressed, Repeated, Spoken, What
from bot.messages.reply import Reply
from bot.metrics import Metrics
from bot.store.database import DatabaseAway
from bot.telegram.receiving.fast_parser import quick_read
from bot.telegram.receiving.flood_control import Limits
from bot.telegram.receiving.repeated_updates import Repeats
from bot.telegram.receiving.update_parser import Understanding
from bot.telegram.sending.rendering import Hide, as_it_is
from bot.telegram.sending.sender import Sender

log = structlog.get_logger()

DATABASE_PATIENCE = 1.0
"""Seconds after which help and danger are answered from memory: a database may hang."""
BACKLOG_FOR = dt.timedelta(minutes=1)
"""How long after a start by webhook a tap may be one of those that waited."""
_REMEMBERED = 2_000


class Intake:
    """Takes updates in: help at once, the rest through the desk, chat by chat in order."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        understanding: Understanding,
        desk: Desk,
        sender: Sender,
        around: Around,
        clock: Clock,
        metrics: Metrics,
        limits: Limits,
    ) -> None:
        self._limits = limits
        self._application = application
        self._understanding = understanding
        self._desk = desk
        self._sender = sender
        self._around = around
        self._clock = clock
        self._metrics = metrics
        self._repeats = Repeats()
        self._helped: OrderedDict[int, None] = OrderedDict()
        self._first_brought: OrderedDict[int, dt.datetime] = OrderedDict()
        self._away_since: dt.datetime | None = None
        self._away_until = clock()
        self.show: Hide = as_it_is
        """Shows the number behind one that stands in a button; see `render.keyboard`."""
        self.spoken: Callable[[], None] = lambda: None
        """Told, after the commit, that there are voice notes to fetch."""

    async def take(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Takes raw updates in; when it returns all of them are committed.

        Raises:
            DatabaseAway: some are not committed; bring the same again. Help has been answered.
            Exception: the same, for a database or a program that fails in any other way.
        """
        found = [a for u in updates if (a := await self._understood(u)) is not None]
        # Before the limits, and before a stop is looked for: a pasted link is as a tapped one.
        arrivals = [pasted_links.as_opened(a, self._around) for a in found]
        self._metrics.updates.inc(len(updates))
        answered: set[int] = set()
        let_in = list(self._let_in_all(arrivals))
        batches, in_part = rounds(let_in), None
        before_stop = BeforeStop(a for a in let_in if self._is_stop(a.what))
        for place, batch in enumerate(batches):
            # Behind one that was brought once more, and was answered long ago, nothing is early.
            if answered:
                batch = [replace(a, behind=a.chat in answered) for a in batch]  # noqa: PLW2901
            if in_part is not None:  # in order within a chat: what comes after waits as well
                held = {a.chat for a in in_part.later}
                self._danger(a for a in batch if a.chat in held)
                batch = [a for a in batch if a.chat not in held]  # noqa: PLW2901
            try:
                with self._metrics.batch.time():
                    replies = await self._desk.take(batch)
            except TakenInPart as error:
                self._danger(error.later)
                replies = error.replies
                in_part = TakenInPart([*(in_part.later if in_part else ()), *error.later], ())
            except Exception as error:
                # Whatever it is that fails, whoever is in danger is answered.
                if isinstance(error, DatabaseAway):
                    self._metrics.database_away.inc()
                self._danger(arrival for each in batches[place:] for arrival in each)
                raise
            answered |= {reply.chat for reply in replies}
            for reply in before_stop.let_through(replies, batch):
                self._sender.post(reply)
            if any(isinstance(a.what, Spoken) for a in batch):
                self.spoken()
        if in_part is not None:
            raise in_part

    def _let_in_all(self, arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
        """Those for the database; help is answered at once, and a flood not at all."""
        for arrival in arrivals:
            if not self._let_in(arrival):
                continue
            # Who wrote long ago may have put the phone down: only the database knows who sees it.
            if self._helps(arrival.what) and not self._is_late(arrival):
                self._help(arrival)
            else:
                yield arrival

    def _let_in(self, arrival: Arrival) -> bool:
        """Whether an arrival is looked at; nothing of a flood reaches the database.

        The chat hears that the rest is not kept. How an arrival looks that is always heard is
        asked only then: for everyone else that would be twice.
        """
        whose = arrival.chat  # nought where an update cannot be read: the operator looks at those
        if not whose or self._limits.let_in(arrival, lambda: self._is_urgent(arrival.what)):
            return True
        self._metrics.limited.inc()
        if not isinstance(arrival.what, InGroup) and self._limits.tell(arrival):
            language = self._desk.memory.language(arrival.chat)
            self._sender.post(helping.too_fast(arrival, self._around, language))
        return False

    def _is_urgent(self, what: What) -> bool:
        if self._is_stop(what) or isinstance(what, Gone) or self._helps(what):
            return True
        return danger.kind_of(what, self._around) is not None

    def _is_stop(self, what: What) -> bool:
        return is_stop(what, self._around.library.listened)

    def _helps(self, what: What) -> bool:
        return helping.is_help(what, self._around.library.listened)

    def _is_late(self, arrival: Arrival) -> bool:
        return late_replies.is_late(arrival.at, self._clock())

    def was_away_since(self, since: dt.datetime | None) -> None:
        """Takes it that what waits at Telegram may have been tapped as long ago as that.

        A tap carries no time of its own. It holds until `caught_up`, and by webhook for a minute.
        """
        self._away_since = since
        self._away_until = self._clock() + BACKLOG_FOR

    @property
    def is_behind(self) -> bool:
        """Whether what waits at Telegram may be from while nobody was here."""
        return self._away_since is not None

    def caught_up(self) -> None:
        """What comes from now on is fresh."""
        self._away_since = None

    def _tapped_at(self, update_id: int) -> dt.datetime:
        """When a button was tapped: when it was first brought, or while nobody was here."""
        now = self._clock()
        if self._away_since is not None and now > self._away_until:
            self._away_since = None
        first = self._first_brought.setdefault(update_id, self._away_since or now)
        while len(self._first_brought) > _REMEMBERED:
            self._first_brought.popitem(last=False)
        return first

    async def meanwhile(self, update: Mapping[str, Any]) -> None:
        """Answers help and danger from memory, in an update that the database keeps waiting."""
        arrival = await self._understood(update)
        if arrival is not None and self._helps(arrival.what):
            self._help(arrival)
        elif arrival is not None:
            self._danger([arrival])

    def _danger(self, waiting: Iterable[Arrival]) -> None:
        """Answers danger from memory alone, once: that cannot wait for the database."""
        for arrival in waiting:
            kind = danger.kind_of(arrival.what, self._around)
            if kind is not None and self._first_time(arrival):
                language = self._desk.memory.language(arrival.chat)
                whom, shared = self._desk.memory.whose(arrival.chat)
                is_late = self._is_late(arrival)
                reply = danger.from_memory(
                    arrival, kind, self._around, language, whom, shared=shared or is_late
                )
                self._sender.post(replace(reply, silent=is_late))

    def _first_time(self, arrival: Arrival) -> bool:
        """Whether an update is answered from memory for the first time."""
        if arrival.update_id in self._helped:
            return False
        self._helped[arrival.update_id] = None
        while len(self._helped) > _REMEMBERED:
            self._helped.popitem(last=False)
        return True

    def _help(self, arrival: Arrival) -> None:
        """Answers help from memory alone, so that it works when the database does not."""
        if not self._first_time(arrival):
            return
        language = self._desk.memory.language(arrival.chat)
        reply = helping.answer(arrival, self._around, language)
        reply = replace(reply, silent=self._is_late(arrival))
        if arrival.message_id is not None:
            heard = ((arrival.message_id, arrival.at.timestamp()),)
            _, shared = self._desk.memory.whose(arrival.chat)
            reply = replace(reply, heard=heard, forgets=shared)
        self._sender.post(reply)

    async def _understood(self, raw: Mapping[str, Any]) -> Arrival | None:
        try:
            arrival = quick_read(raw, self._clock)
            if arrival is None:
                update = Update.de_json(dict(raw), self._application.bot)
                arrival = await self._understanding.of(self._application, update)
            if arrival is None:
                return None
        except Exception as error:  # noqa: BLE001 - a form of update we do not know blocks nobody
            broken = Broken(type(error).__name__)
            arrival = Arrival(int(raw["update_id"]), _chat_in(raw), broken, self._clock())
        if self._repeats.says_nothing_new(raw) and not isinstance(arrival.what, InGroup):
            arrival = replace(arrival, what=Repeated())
        if isinstance(what := arrival.what, Pressed):
            what = replace(what, data=changed(what.data, self.show, hide=False))
            arrival = replace(arrival, what=what, at=self._tapped_at(arrival.update_id))
        answered = partial(self._helped.__contains__, arrival.update_id)
        return replace(arrival, raw=lambda: json.dumps(raw), answered=answered)


def _chat_in(raw: Mapping[str, Any]) -> int:
    """The private chat an update we cannot read came from, or 0."""
    for part in raw.values():
        if isinstance(part, Mapping):
            chat = part.get("chat") or part.get("from")
            if isinstance(chat, Mapping) and isinstance(chat.get("id"), int) and chat["id"] > 0:
                return int(chat["id"])
    return 0


def rounds(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    """Arrivals in groups that hold each chat once, keeping each chat's own order."""
    found: list[list[Arrival]] = []
    count: dict[int, int] = {}
    for arrival in arrivals:
        place = count.get(arrival.chat, 0)
        count[arrival.chat] = place + 1
        if place == len(found):
            found.append([])
        found[place].append(arrival)
    return found


class BeforeStop:
    """Keeps back, of what came together, the replies to what was written before a stop.

    They are owed until the stop takes them away. Where it turns out to be none (a worker's, for
    one), they go after all, and in their order.
    """

    def __init__(self, stops: Iterable[Arrival]) -> None:
        self._last = {arrival.chat: arrival.update_id for arrival in stops}
        self._kept: dict[int, list[Reply]] = {}

    def let_through(self, replies: Iterable[Reply], taken: Iterable[Arrival]) -> Iterator[Reply]:
        """The replies to send of those to the arrivals just taken."""
        passed = {a.chat for a in taken if self._last.get(a.chat) == a.update_id}
        for chat in passed:
            del self._last[chat]
        replies = list(replies)
        stopped = {reply.chat for reply in replies if reply.stops}
        for chat in passed:
            kept = self._kept.pop(chat, [])
            yield from (reply for reply in kept if chat not in stopped)
        for reply in replies:
            if reply.chat in self._last and not (reply.urgent or reply.lasting):
                self._kept.setdefault(reply.chat, []).append(reply)
            else:
                yield reply
