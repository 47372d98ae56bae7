"""Deletes messages from chats in batches; what cannot be deleted is blanked.

The caller decides which messages and when; the results are written to the database.
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
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.clock import Clock
from bot.domain.visible_message import VisibleMessage
from bot.messages.reply import ClearChat
from bot.store.availability import DatabaseUnavailable
from bot.store.database import Database
from bot.store.repositories.delivery.chat_message_repository import DELETABLE_FOR, ChatCleaning
from bot.telegram.sending.chat_work import ChatWork, InTurn, call_once
from bot.telegram.sending.rate_limiter import REPLY, RateLimiter

log = structlog.get_logger()

MOST_TOGETHER = 100
"""Messages in one call of deleteMessages."""
MOST_DUE = 1_000
PAUSE = 1.0

Go = Callable[[int, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Makes one call, with the caller's retry policy."""


@dataclass(slots=True)
class CleaningResult:
    """What became of each message, by id."""

    deleted: set[int] = field(default_factory=set)
    blanked: set[int] = field(default_factory=set)
    undeletable: set[int] = field(default_factory=set)


class ChatCleaner:
    """Cleans chats: on request, and by itself when messages are past their time.

    `known` gives the messages of a chat that are only in memory, `words` the blank text in a
    language, and `forget` is called with the ids that were deleted.
    """

    def __init__(
        self,
        bot: Bot,
        pace: RateLimiter,
        store: Database,
        clock: Clock,
        known: Callable[[int], Iterable[VisibleMessage]],
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
        self._work = ChatWork("clear.later")

    async def clear_chat(self, chat: int, clear: ClearChat, go: Go) -> bool:
        """Clears a chat at its participant's request; returns whether no known message is left.

        Raises:
            TelegramError: what `go` raises, except a refusal, which never stops the rest.
        """
        said = {s.message_id: s for s in self._known(chat)}
        for number, ours, at in clear.known:
            said[number] = VisibleMessage(number, ours, dt.datetime.fromtimestamp(at, dt.UTC))
        while True:
            try:
                async with self._store.unit_of_work() as uow:
                    said |= {s.message_id: s for s in await uow.chat_messages.of(chat)}
                break
            except DatabaseUnavailable as error:
                log.warning("clear.again", error=str(error))
                await self._pace.timer.sleep(PAUSE)
        found = await self.delete_messages(chat, list(said.values()), clear.words, go)
        return not (found.undeletable or found.blanked)

    async def start_due(self, in_turn: InTurn) -> list[asyncio.Task[None]]:
        """Starts deleting messages that are past their time, each chat's in its own queue.

        Raises:
            DatabaseUnavailable: nothing was started.
        """
        async with self._store.unit_of_work() as uow:
            found = await uow.chat_messages.due(self._clock(), MOST_DUE)
        return self._work.start(((c.chat, partial(self._by_itself, c)) for c in found), in_turn)

    async def _by_itself(self, clearing: ChatCleaning) -> None:
        chat = clearing.chat
        said = {s.message_id: s for s in clearing.messages}
        if clearing.whole_chat:
            said |= {s.message_id: s for s in self._known(chat)}
        try:
            await self.delete_messages(
                chat,
                list(said.values()),
                self._words(clearing.language),
                partial(call_once, self._pace),
            )
        except (Forbidden, BadRequest):  # blocked or deleted chat, or unavailable just now
            await self._note(chat, CleaningResult(undeletable=set(said)))
        if clearing.whole_chat:
            async with self._store.unit_of_work() as uow:
                await uow.chat_messages.mark_cleared(clearing.participant_id, self._clock())

    async def delete_messages(
        self, chat: int, said: Sequence[VisibleMessage], words: str, go: Go
    ) -> CleaningResult:
        """Deletes messages, newest first; the bot's own that must stay get the text `words`."""
        now, found = self._clock(), CleaningResult()
        said = sorted(said, key=lambda s: -s.message_id)
        young = [s.message_id for s in said if now - s.at < DELETABLE_FOR and not s.neutral]
        for start in range(0, len(young), MOST_TOGETHER):
            part = young[start : start + MOST_TOGETHER]
            await self._delete(chat, part, found, go)
            await self._note(chat, CleaningResult(deleted=found.deleted & set(part)))
        found.blanked = {s.message_id for s in said if s.neutral} - found.deleted
        for each in said:
            if each.message_id in found.deleted | found.blanked:
                continue
            if each.ours:
                await self._pace.acquire(chat, REPLY)
                await self._edit(chat, each.message_id, words, found, go)
            else:
                found.undeletable.add(each.message_id)
        await self._note(chat, found)
        return found

    async def _delete(self, chat: int, ids: list[int], found: CleaningResult, go: Go) -> None:
        try:
            await go(chat, partial(self._bot.delete_messages, chat, ids))
            found.deleted.update(ids)
        except BadRequest as error:
            if _no_chat(error):
                raise
            # One that cannot be deleted must not keep the others: each by itself.
            for number in ids:
                try:
                    await go(chat, partial(self._bot.delete_message, chat, number))
                    found.deleted.add(number)
                except BadRequest as refused:
                    if _is_gone(refused):
                        found.deleted.add(number)

    async def _edit(
        self, chat: int, number: int, words: str, found: CleaningResult, go: Go
    ) -> None:
        edit = partial(
            self._bot.edit_message_text, words, chat, number, reply_markup=None, parse_mode=None
        )
        try:
            await go(chat, edit)
            done = found.blanked
        except BadRequest as error:
            refused = str(error).lower()
            done = found.blanked if "not modified" in refused else found.undeletable
            done = found.deleted if _is_gone(error) else done
        done.add(number)
        if done is found.blanked:
            await self._note(chat, CleaningResult(blanked={number}))

    async def _note(self, chat: int, found: CleaningResult) -> None:
        """Records what became of the messages; if that fails they are checked a second time."""
        self._forget(chat, found.deleted)
        try:
            async with self._store.unit_of_work() as uow:
                if found.deleted:
                    uow.chat_messages.mark_deleted((chat, number) for number in found.deleted)
                if found.blanked:
                    await uow.chat_messages.mark_blanked(chat, found.blanked)
                if found.undeletable:
                    await uow.chat_messages.mark_undeletable(chat, found.undeletable, self._clock())
        except DatabaseUnavailable as error:
            log.warning("clear.unwritten", error=str(error))


def _is_gone(error: TelegramError) -> bool:
    return "not found" in str(error).lower() and not _no_chat(error)


def _no_chat(error: TelegramError) -> bool:
    return "chat not found" in str(error).lower()
