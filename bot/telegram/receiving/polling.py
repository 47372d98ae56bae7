"""Long polling: requests updates, and confirms them only once they are committed.

They are processed by `update_processor`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from typing import Any, cast
from urllib.parse import urlencode

import structlog
from telegram.error import Conflict, RetryAfter, TelegramError
from telegram.ext import Application

from bot.clock import Clock
from bot.concurrency import cancelled
from bot.conversation.safety import late_replies
from bot.store.availability import DatabaseUnavailable
from bot.telegram.client import TokenPatience, until_reached
from bot.telegram.receiving.update_processor import DATABASE_PATIENCE, UpdateProcessor
from bot.telegram.sending.rate_limiter import Timer
from bot.telegram.sending.retries import retry_seconds

log = structlog.get_logger()

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
MOST_FETCHED = 100
"""Updates that one getUpdates call brings at the most."""
HELD_OPEN = 50
"""Seconds a getUpdates call may wait at Telegram's side (long polling)."""
PAUSES = FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
DATABASE_PAUSE = 1.0
CONFLICTS, CONFLICTS_WITHIN = 3, 300.0
"""This many conflicts within this many seconds are another program, not chance."""


class Polling:
    """Polls Telegram for updates until cancelled."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        processor: UpdateProcessor,
        timer: Timer,
        clock: Clock,
    ) -> None:
        self._bot = application.bot
        self._processor = processor
        self._timer = timer
        self._clock = clock
        self._doubt = TokenPatience()
        self._hindered: Exception | None = None
        self._conflicts: deque[float] = deque(maxlen=CONFLICTS)

    async def run(self) -> None:
        """Receives until cancelled. An offset goes to Telegram only for committed updates.

        Raises:
            InvalidTokenError: when Telegram has not known the token for minutes.
        """
        await self._until_reached()
        offset: int | None = None
        pause = FIRST_PAUSE
        failing, reached_at = False, self._clock()
        while True:
            try:
                # Updates that waited come at once; only then is a call held open for new ones.
                held_open = 0 if self._processor.is_behind else HELD_OPEN
                updates = await self._fetch(offset, held_open)
            except RetryAfter as error:
                await self._timer.sleep(retry_seconds(error))
                continue
            except Exception as error:  # noqa: BLE001 - whatever it was, people go on writing
                self._doubt.heard(error, pause)
                failing = True
                self._note(error)
                log.warning("receive.again", error=type(error).__name__, pause=pause)
                await self._timer.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            self._doubt.over()
            if failing and late_replies.is_late(reached_at, self._clock()):
                self._processor.was_away_since(reached_at)
            failing, reached_at = False, self._clock()
            try:
                await self._take(updates, offset)
            except Exception as error:  # noqa: BLE001 - the same is brought again
                # No back-off: a participant in danger meanwhile is answered without the database.
                known = isinstance(error, DatabaseUnavailable)
                told = str(error) if known else type(error).__name__
                self._hindered = error
                log.warning("receive.again", error=told, pause=DATABASE_PAUSE)
                await self._timer.sleep(DATABASE_PAUSE)
                continue
            self._hindered = None
            if len(updates) < MOST_FETCHED:
                self._processor.caught_up()
            if updates:
                # Ids rise within an answer, but not for ever: after a week without updates
                # the next one is random, so the newest is the last, not the highest known.
                offset = int(updates[-1]["update_id"]) + 1

    async def look(self) -> None:
        """Raises what keeps updates from being received just now, if anything does.

        Raises:
            Conflict: another program requests them too, repeatedly: each of the two then receives
                some, and neither fails for long.
        """
        now = self._timer.now()
        if len(self._conflicts) == CONFLICTS and now - self._conflicts[0] < CONFLICTS_WITHIN:
            raise Conflict("two programs ask for the updates of one token")
        if self._hindered is not None:
            raise self._hindered

    async def answer_from_memory(self) -> None:
        """Answers help and danger in the updates waiting at Telegram, and confirms none of them.

        For a start at which there is no database yet.
        """
        with suppress(TelegramError):
            for update in await self._fetch(None, held_open=0):
                await self._processor.answer_while_blocked(update)

    def _note(self, error: Exception) -> None:
        """Notes an error for `look`; one conflict alone may be our own last call, still open."""
        if isinstance(error, Conflict):
            self._conflicts.append(self._timer.now())
            log.error("telegram.conflict", check="two bots on one token?")
        else:
            self._hindered = error

    async def _take(self, updates: list[dict[str, Any]], offset: int | None) -> None:
        """Processes updates; while the database keeps that waiting, looks for requests for help."""
        taking = asyncio.create_task(self._processor.process(updates))
        try:
            while not (await asyncio.wait((taking,), timeout=DATABASE_PATIENCE))[0]:
                with suppress(TelegramError):
                    # The same offset again: what is not committed is not confirmed either.
                    for update in await self._fetch(offset, held_open=0):
                        await self._processor.answer_while_blocked(update)
            await taking
        finally:
            await cancelled(taking)

    async def _fetch(self, offset: int | None, held_open: int = HELD_OPEN) -> list[dict[str, Any]]:
        # The raw answer, not `get_updates`: one update of a form the library does not know would
        # make that fail for all of them, again and again.
        asked = {"timeout": held_open, "allowed_updates": json.dumps(WANTED)}
        if offset is not None:
            asked["offset"] = offset
        found = await self._bot.request.post(
            f"{self._bot.base_url}/getUpdates?{urlencode(asked)}", read_timeout=held_open + 10
        )
        return cast("list[dict[str, Any]]", found)

    async def _until_reached(self) -> None:
        """Makes sure no webhook is set, retrying until Telegram can be reached."""
        await until_reached(self._bot.delete_webhook, self._timer, self._doubt, PAUSES)
