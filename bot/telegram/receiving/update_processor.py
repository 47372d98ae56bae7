"""Processes received updates, and confirms them to Telegram only once they are committed.

Parsing is in `update_parser`, answering in the dispatcher.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from telegram import Update
from telegram.ext import Application

from bot.clock import Clock
from bot.concurrency import BoundedDict
from bot.content.environment import Environment
from bot.conversation.safety import help as helping
from bot.conversation.safety import late_replies
from bot.dispatch import from_memory, pasted_links
from bot.dispatch.batch_processing import PartiallyProcessed
from bot.dispatch.classify import classify, with_classification
from bot.dispatch.dispatcher import Dispatcher
from bot.messages.callback_data import changed
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
    GroupMessage,
    IncomingUpdate,
    MalformedUpdate,
    RepeatedContent,
    VoiceMessage,
)
from bot.messages.reply import Reply
from bot.metrics import Metrics
from bot.store.availability import DatabaseUnavailable
from bot.telegram.receiving.fast_parser import parse_common
from bot.telegram.receiving.flood_control import FloodControl
from bot.telegram.receiving.repeated_updates import RepeatFilter
from bot.telegram.receiving.update_parser import UpdateParser
from bot.telegram.sending.rendering import Hide, as_it_is
from bot.telegram.sending.sender import Sender

log = structlog.get_logger()

DATABASE_PATIENCE = 1.0
"""Seconds after which help and danger are answered from memory: a database may hang."""
BACKLOG_FOR = dt.timedelta(minutes=1)
"""How long after a start by webhook a tap may be one of those that waited at Telegram."""
_REMEMBERED = 2_000


class UpdateProcessor:
    """Processes updates: help at once, the rest through the dispatcher, in order within a chat."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        understanding: UpdateParser,
        dispatcher: Dispatcher,
        sender: Sender,
        env: Environment,
        clock: Clock,
        metrics: Metrics,
        limits: FloodControl,
    ) -> None:
        self._limits = limits
        self._application = application
        self._understanding = understanding
        self._dispatcher = dispatcher
        self._sender = sender
        self._env = env
        self._clock = clock
        self._metrics = metrics
        self._repeats = RepeatFilter()
        self._helped: BoundedDict[int, None] = BoundedDict(_REMEMBERED)
        self._first_brought: BoundedDict[int, dt.datetime] = BoundedDict(_REMEMBERED)
        self._away_since: dt.datetime | None = None
        self._away_until = clock()
        self.unmask: Hide = as_it_is
        """Restores a row id from the obfuscated one in a button; see `rendering.keyboard`."""
        self.on_voice_note: Callable[[], None] = lambda: None
        """Called after the commit when there are voice notes to download."""

    async def process(self, updates: Sequence[Mapping[str, Any]]) -> None:
        """Processes raw updates; when it returns, all of them are committed.

        Raises:
            DatabaseUnavailable: some are not committed; bring the same again. Help has been
                answered.
            Exception: the same, for a database or a program that fails in any other way.
        """
        found = [a for u in updates if (a := await self._parsed(u)) is not None]
        # Before flood control and before the search for a stop: a pasted link is as a tapped one.
        opened = [pasted_links.as_opened(a, self._env) for a in found]
        incoming_updates = [with_classification(a, self._env) for a in opened]
        self._metrics.updates.inc(len(updates))
        answered: set[int] = set()
        let_in = list(self._admit_all(incoming_updates))
        batches, in_part = group_by_chat(let_in), None
        before_stop = BeforeStop(a for a in let_in if classify(a, self._env).asks_to_stop)
        for place, uow in enumerate(batches):
            # Behind an update that was brought again, and was answered long ago, nothing is early.
            if answered:
                uow = [replace(a, queued_behind=a.chat in answered) for a in uow]  # noqa: PLW2901
            if in_part is not None:  # in order within a chat: what comes after waits as well
                held = {a.chat for a in in_part.retry}
                self._answer_danger_from_memory(a for a in uow if a.chat in held)
                uow = [a for a in uow if a.chat not in held]  # noqa: PLW2901
            try:
                with self._metrics.batch.time():
                    replies = await self._dispatcher.process(uow)
            except PartiallyProcessed as error:
                self._answer_danger_from_memory(error.retry)
                replies = error.replies
                in_part = PartiallyProcessed(
                    [*(in_part.retry if in_part else ()), *error.retry], ()
                )
            except Exception as error:
                # Whatever fails, a participant in danger is answered.
                if isinstance(error, DatabaseUnavailable):
                    self._metrics.database_away.inc()
                self._answer_danger_from_memory(
                    incoming for each in batches[place:] for incoming in each
                )
                raise
            answered |= {reply.chat for reply in replies}
            for reply in before_stop.let_through(replies, uow):
                self._sender.send(reply)
            if any(isinstance(a.content, VoiceMessage) for a in uow):
                self.on_voice_note()
        if in_part is not None:
            raise in_part

    def _admit_all(self, incoming_updates: Iterable[IncomingUpdate]) -> Iterator[IncomingUpdate]:
        """The updates for the database; help is answered at once, and a flood not at all."""
        for incoming in incoming_updates:
            if not self._admit(incoming):
                continue
            # A participant who wrote long ago may have put the phone down: only the database knows
            # whether others see it.
            if classify(incoming, self._env).asks_for_help and not self._is_late(incoming):
                self._answer_help_from_memory(incoming)
            else:
                yield incoming

    def _admit(self, incoming: IncomingUpdate) -> bool:
        """Whether an update is processed; nothing of a flood reaches the database.

        The chat is notified that the rest is not stored. Whether an update is one of those that are
        always admitted is computed only then: for all others it would be computed twice.
        """
        whose = incoming.chat  # 0 where an update cannot be parsed: the operator looks at those
        if not whose or self._limits.admit(incoming, lambda: self._is_urgent(incoming)):
            return True
        self._metrics.limited.inc()
        if not isinstance(incoming.content, GroupMessage) and self._limits.should_notify(incoming):
            language = self._dispatcher.memory.language_of(incoming.chat)
            self._sender.send(helping.too_fast(incoming, self._env, language))
        return False

    def _is_urgent(self, incoming: IncomingUpdate) -> bool:
        seen = classify(incoming, self._env)
        if seen.asks_to_stop or isinstance(incoming.content, BotBlocked) or seen.asks_for_help:
            return True
        return seen.danger is not None

    def _is_late(self, incoming: IncomingUpdate) -> bool:
        return late_replies.is_late(incoming.sent_at, self._clock())

    def was_away_since(self, since: dt.datetime | None) -> None:
        """Sets the time since when updates waiting at Telegram may have been tapped.

        A tap carries no time of its own. It holds until `caught_up`, and by webhook for a minute.
        """
        self._away_since = since
        self._away_until = self._clock() + BACKLOG_FOR

    @property
    def is_behind(self) -> bool:
        """Whether the updates waiting at Telegram may be from before the start."""
        return self._away_since is not None

    def caught_up(self) -> None:
        """From now on updates are recent."""
        self._away_since = None

    def _tapped_at(self, update_id: int) -> dt.datetime:
        """When a button was tapped: when it was first brought, or while the bot was down."""
        now = self._clock()
        if self._away_since is not None and now > self._away_until:
            self._away_since = None
        return self._first_brought.setdefault(update_id, self._away_since or now)

    async def answer_while_blocked(self, update: Mapping[str, Any]) -> None:
        """Answers help and danger from memory, in an update that the database keeps waiting."""
        incoming = await self._parsed(update)
        if incoming is not None and classify(incoming, self._env).asks_for_help:
            self._answer_help_from_memory(incoming)
        elif incoming is not None:
            self._answer_danger_from_memory([incoming])

    def _answer_danger_from_memory(self, waiting: Iterable[IncomingUpdate]) -> None:
        """Answers danger from memory alone, once: that cannot wait for the database."""
        for incoming in waiting:
            kind = classify(incoming, self._env).danger
            if kind is not None and self._first_time(incoming):
                is_late, memory = self._is_late(incoming), self._dispatcher.memory
                reply = from_memory.danger_answer(
                    incoming, kind, self._env, memory, self._clock(), seen=is_late
                )
                self._sender.send(replace(reply, silent=is_late))

    def _first_time(self, incoming: IncomingUpdate) -> bool:
        """Whether an update is answered from memory for the first time."""
        if incoming.update_id in self._helped:
            return False
        self._helped[incoming.update_id] = None
        return True

    def _answer_help_from_memory(self, incoming: IncomingUpdate) -> None:
        """Answers help from memory alone, so that it works when the database does not."""
        if not self._first_time(incoming):
            return
        memory = self._dispatcher.memory
        reply = from_memory.help_answer(incoming, self._env, memory, self._clock())
        reply = replace(reply, silent=self._is_late(incoming))
        if incoming.message_id is not None:
            theirs = ((incoming.message_id, incoming.sent_at.timestamp()),)
            _, shared = memory.owner_of(incoming.chat)
            reply = replace(reply, incoming_ids=theirs, deletes_incoming=shared)
        self._sender.send(reply)

    async def _parsed(self, raw: Mapping[str, Any]) -> IncomingUpdate | None:
        try:
            incoming = parse_common(raw, self._clock)
            if incoming is None:
                update = Update.de_json(dict(raw), self._application.bot)
                incoming = await self._understanding.parse(self._application, update)
            if incoming is None:
                return None
        except Exception as error:  # noqa: BLE001 - an update of an unknown form blocks no other
            broken = MalformedUpdate(type(error).__name__)
            incoming = IncomingUpdate(int(raw["update_id"]), _chat_in(raw), broken, self._clock())
        what, at = incoming.content, incoming.sent_at
        if self._repeats.is_repeat(raw) and not isinstance(what, GroupMessage):
            what = RepeatedContent()
        if isinstance(what, ButtonPress):
            what = replace(what, data=changed(what.data, self.unmask, hide=False))
            at = self._tapped_at(incoming.update_id)
        return replace(
            incoming,
            content=what,
            sent_at=at,
            raw_json=lambda: json.dumps(raw),
            answered_from_memory=partial(self._helped.__contains__, incoming.update_id),
        )


def _chat_in(raw: Mapping[str, Any]) -> int:
    """The private chat that an unparsable update came from, or 0."""
    for part in raw.values():
        if isinstance(part, Mapping):
            chat = part.get("chat") or part.get("from")
            if isinstance(chat, Mapping) and isinstance(chat.get("id"), int) and chat["id"] > 0:
                return int(chat["id"])
    return 0


def group_by_chat(incoming_updates: Iterable[IncomingUpdate]) -> list[list[IncomingUpdate]]:
    """Groups updates so that each group holds each chat once, in each chat's own order."""
    found: list[list[IncomingUpdate]] = []
    count: dict[int, int] = {}
    for incoming in incoming_updates:
        place = count.get(incoming.chat, 0)
        count[incoming.chat] = place + 1
        if place == len(found):
            found.append([])
        found[place].append(incoming)
    return found


class BeforeStop:
    """Holds back the replies to updates before a stop in the same batch.

    They stay in the outbox until the stop deletes them. Where it turns out to be no stop (a
    worker's, for one), they are sent after all, in their order.
    """

    def __init__(self, stops: Iterable[IncomingUpdate]) -> None:
        self._last = {incoming.chat: incoming.update_id for incoming in stops}
        self._kept: dict[int, list[Reply]] = {}

    def let_through(
        self, replies: Iterable[Reply], taken: Iterable[IncomingUpdate]
    ) -> Iterator[Reply]:
        """Of the replies to the updates just processed, those to send now."""
        passed = {a.chat for a in taken if self._last.get(a.chat) == a.update_id}
        for chat in passed:
            del self._last[chat]
        replies = list(replies)
        stopped = {reply.chat for reply in replies if reply.stops}
        for chat in passed:
            kept = self._kept.pop(chat, [])
            yield from (reply for reply in kept if chat not in stopped)
        for reply in replies:
            if reply.chat in self._last and not (reply.urgent or reply.standalone):
                self._kept.setdefault(reply.chat, []).append(reply)
            else:
                yield reply
