"""Takes messages away from chats, in batches; what cannot be taken away is made to say nothing.

Decides neither whose nor when; tells the database what is done.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from bot.clock import Clock
from bot.jobs.send_follow_ups import Busy
from bot.messages.reply import Clear
from bot.store.database import DatabaseAway, Store
from bot.store.repositories.delivery.chat_message_repository import DELETABLE_FOR, Clearing, Said
from bot.telegram.sending.rate_limiter import REPLY, Pace

log = structlog.get_logger()

MOST_TOGETHER = 100
"""Messages in one call of deleteMessages."""
MOST_DUE = 1_000
PAUSE = 1.0

Go = Callable[[int, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Makes one call, and tries again as far as whoever waits for it wants that."""


InTurn = Callable[[int, Callable[[], Awaitable[None]]], Awaitable[None]]
"""Does some work that writes to a chat in the chat's own order."""


@dataclass(slots=True)
class Found:
    """What became of each message, by number."""

    gone: set[int] = field(default_factory=set)
    neutral: set[int] = field(default_factory=set)
    left: set[int] = field(default_factory=set)


class Clearer:
    """Clears chats: when somebody asks, and by itself when messages have stood their time.

    `known` gives what of a chat is in memory only, `words` what ours say in a language once they
    say nothing, and `forget` is told of what is gone.
    """

    def __init__(
        self,
        bot: Bot,
        pace: Pace,
        store: Store,
        clock: Clock,
        known: Callable[[int], Iterable[Said]],
        words: Callable[[str], str],
        forget: Callable[[int, Collection[int]], None],
    ) -> None:
        self._bot = bot
        self._pace = pace
        self._store = store
        self._clock = clock
        self._known = known
        self._words = words
        self._forget = forget
        self._under_way: set[int] = set()

    async def whole(self, chat: int, clear: Clear, go: Go) -> bool:
        """Clears a chat as its person asked; whether nothing we know of is left.

        Raises:
            TelegramError: what `go` lets through but a refusal, which never stops the rest.
        """
        said = {s.message_id: s for s in self._known(chat)}
        for number, ours, at in clear.known:
            said[number] = Said(number, ours, dt.datetime.fromtimestamp(at, dt.UTC))
        while True:
            try:
                async with self._store.begin() as batch:
                    said |= {s.message_id: s for s in await batch.chats.of(chat)}
                break
            except DatabaseAway as error:
                log.warning("clear.again", error=str(error))
                await self._pace.timer.sleep(PAUSE)
        found = await self.take(chat, list(said.values()), clear.words, go)
        return not (found.left or found.neutral)

    async def due(self, in_turn: InTurn) -> list[asyncio.Task[None]]:
        """Begins to take away what has stood its time, each chat's in its own turn.

        Raises:
            DatabaseAway: nothing was begun.
        """
        async with self._store.begin() as batch:
            found = await batch.chats.due(self._clock(), MOST_DUE)
        new = [clearing for clearing in found if clearing.chat not in self._under_way]
        self._under_way |= {clearing.chat for clearing in new}
        return [asyncio.create_task(self._in_turn(clearing, in_turn)) for clearing in new]

    async def _in_turn(self, clearing: Clearing, in_turn: InTurn) -> None:
        try:
            await in_turn(clearing.chat, partial(self._by_itself, clearing))
        except (TelegramError, DatabaseAway, Busy) as error:
            log.info("clear.later", error=type(error).__name__)  # it is still due
        finally:
            self._under_way.discard(clearing.chat)

    async def _by_itself(self, clearing: Clearing) -> None:
        chat = clearing.chat
        said = {s.message_id: s for s in clearing.said}
        if clearing.whole:
            said |= {s.message_id: s for s in self._known(chat)}
        try:
            await self.take(chat, list(said.values()), self._words(clearing.language), self._once)
        except (Forbidden, BadRequest):  # nobody is there any more, or just now
            await self._note(chat, Found(left=set(said)))
        if clearing.whole:
            async with self._store.begin() as batch:
                await batch.chats.cleared(clearing.participant_id, self._clock())

    async def _once(self, chat: int, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await call()
        except RetryAfter as error:
            after = error.retry_after
            seconds = after if isinstance(after, int | float) else after.total_seconds()
            self._pace.hold(chat, float(seconds))
            raise

    async def take(self, chat: int, said: Sequence[Said], words: str, go: Go) -> Found:
        """Takes messages away, the newest first; ours that stay then say only `words`."""
        now, found = self._clock(), Found()
        said = sorted(said, key=lambda s: -s.message_id)
        young = [s.message_id for s in said if now - s.at < DELETABLE_FOR and not s.neutral]
        for start in range(0, len(young), MOST_TOGETHER):
            part = young[start : start + MOST_TOGETHER]
            await self._delete(chat, part, found, go)
            await self._note(chat, Found(gone=found.gone & set(part)))
        found.neutral = {s.message_id for s in said if s.neutral} - found.gone
        for each in said:
            if each.message_id in found.gone | found.neutral:
                continue
            if each.ours:
                await self._pace.wait(chat, REPLY)
                await self._edit(chat, each.message_id, words, found, go)
            else:
                found.left.add(each.message_id)
        await self._note(chat, found)
        return found

    async def _delete(self, chat: int, ids: list[int], found: Found, go: Go) -> None:
        try:
            await go(chat, partial(self._bot.delete_messages, chat, ids))
            found.gone.update(ids)
        except BadRequest as error:
            if _no_chat(error):
                raise
            # One that cannot go must not keep the others: each by itself.
            for number in ids:
                try:
                    await go(chat, partial(self._bot.delete_message, chat, number))
                    found.gone.add(number)
                except BadRequest as refused:
                    if _is_gone(refused):
                        found.gone.add(number)

    async def _edit(self, chat: int, number: int, words: str, found: Found, go: Go) -> None:
        edit = partial(
            self._bot.edit_message_text, words, chat, number, reply_markup=None, parse_mode=None
        )
        try:
            await go(chat, edit)
            done = found.neutral
        except BadRequest as error:
            refused = str(error).lower()
            done = found.neutral if "not modified" in refused else found.left
            done = found.gone if _is_gone(error) else done
        done.add(number)
        if done is found.neutral:
            await self._note(chat, Found(neutral={number}))

    async def _note(self, chat: int, found: Found) -> None:
        """Writes down what became of them; where that fails they are only looked at once more."""
        self._forget(chat, found.gone)
        try:
            async with self._store.begin() as batch:
                if found.gone:
                    batch.chats.gone(batch.rows, ((chat, number) for number in found.gone))
                if found.neutral:
                    await batch.chats.neutral(chat, found.neutral)
                if found.left:
                    await batch.chats.left(chat, found.left, self._clock())
        except DatabaseAway as error:
            log.warning("clear.unwritten", error=str(error))


def _is_gone(error: TelegramError) -> bool:
    return "not found" in str(error).lower() and not _no_chat(error)


def _no_chat(error: TelegramError) -> bool:
    return "chat not found" in str(error).lower()
