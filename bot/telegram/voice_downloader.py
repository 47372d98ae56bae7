"""Downloads voice notes once they are committed, so that they do not depend on Telegram.

It runs in the background: nothing waits for it, and one that cannot be downloaded holds up no
other.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import Any

import structlog
from telegram import Bot
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.clock import Clock
from bot.concurrency import Drainer
from bot.store.availability import DatabaseUnavailable
from bot.store.crypto.vault import WrongKey
from bot.store.database import Database
from bot.store.repositories.delivery import voice_note_repository
from bot.store.repositories.delivery.voice_note_repository import VoiceDownload
from bot.telegram.sending.retries import retry_seconds

log = structlog.get_logger()

LARGEST = 3_000_000
"""Bytes, about twelve minutes; a larger one is played from Telegram's copy, while that is there."""
AT_ONCE = 4


class VoiceDownloader:
    """Looks for voice notes to download on request, at start-up and with every round of the job."""

    def __init__(self, store: Database, bot: Bot, clock: Clock) -> None:
        self._store = store
        self._bot = bot
        self._clock = clock
        self._drainer = Drainer(self._run)
        self._again = False

    def wake(self) -> None:
        """Starts downloading, or continues after the download in progress."""
        self._again = True
        self._drainer.wake()

    async def wait_idle(self) -> None:
        """Returns when everything that can be downloaded now is."""
        await self._drainer.wait_idle()

    async def close(self) -> None:
        """Stops at once; what is left is found again at the next start."""
        await self._drainer.close()

    async def _run(self) -> None:
        while self._again:
            self._again = False
            try:
                while found := await voice_note_repository.claim(
                    self._store, self._clock(), AT_ONCE
                ):
                    outcomes = await asyncio.gather(*map(self._one, found), return_exceptions=True)
                    for error in outcomes:
                        if error is not None:  # it is found again; the others go on
                            log.warning("voice.later", error=type(error).__name__)
            except (DatabaseUnavailable, WrongKey) as error:
                log.warning("voices.later", error=type(error).__name__)
                return

    async def _one(self, wanted: VoiceDownload) -> None:
        reference = wanted.reference
        if reference is None:
            await self._given_up(wanted, "its answer does not open")
            return
        if (refused := _refused(wanted, reference)) is not None:
            await self._given_up(wanted, refused)
            return
        try:
            file = await self._bot.get_file(str(reference["file_id"]))
            sound = bytes(await file.download_as_bytearray())
        except RetryAfter as error:
            span = dt.timedelta(seconds=retry_seconds(error))
            await voice_note_repository.retry_later(self._store, wanted.id, self._clock() + span)
        except BadRequest as error:
            await self._given_up(wanted, type(error).__name__)
        except TelegramError as error:
            if wanted.last_try:
                await self._given_up(wanted, type(error).__name__)
        else:
            if len(sound) > LARGEST:  # whatever size was declared
                await self._given_up(wanted, "too large")
            elif await voice_note_repository.save(self._store, wanted.id, sound):
                log.info("voice.kept", voice=wanted.id)

    async def _given_up(self, wanted: VoiceDownload, why: str) -> None:
        log.warning("voice.given_up", voice=wanted.id, why=why)
        await voice_note_repository.fail(self._store, wanted.id)


def _refused(wanted: VoiceDownload, reference: Mapping[str, Any]) -> str | None:
    """Why no copy of a voice note is stored; None where one is."""
    if wanted.too_much:
        return "more than is kept of one person"
    return "too large" if (reference.get("size") or 0) > LARGEST else None
