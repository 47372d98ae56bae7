"""Replies that only change an earlier message: its buttons, or its text; they make no sound."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol, TypeVar

import structlog
from telegram import Bot
from telegram.error import BadRequest

from bot.messages.reply import Message, MessageEdit, Reply
from bot.store.availability import DatabaseUnavailable
from bot.telegram.sending import bot_api
from bot.telegram.sending.chat_ui import ChatUi
from bot.telegram.sending.delivery import DeliveryStatus, ReplyWithdrawn
from bot.telegram.sending.rate_limiter import REPLY, RateLimiter
from bot.telegram.sending.rendering import Hide, html, keyboard
from bot.telegram.sending.send_once import is_gone

log = structlog.get_logger()
T = TypeVar("T")

MayEdit = Callable[[int, int, int, bool], Awaitable[bool]]
"""Whether a chat's message to a participant may still be edited; with a name, or without."""


class Go(Protocol):
    """Makes one call, with the caller's retry policy."""

    async def __call__(self, chat: int, go: Callable[[], Awaitable[T]]) -> T: ...


async def _always(_chat: int, _message_id: int, _participant_id: int, _names: bool) -> bool:
    return True


class MessageEdits:
    """Makes edits; `may` is asked right before each edit of a text."""

    def __init__(self, bot: Bot, pace: RateLimiter, ui: ChatUi) -> None:
        self._bot = bot
        self._pace = pace
        self._ui = ui
        self.may: MayEdit = _always

    @staticmethod
    def is_edit(reply: Reply) -> bool:
        """Whether a reply sends nothing, but changes an earlier message."""
        return reply.edit is not None or (reply.edit_keyboard_only and bool(_tapped(reply)))

    async def make(self, reply: Reply, go: Go, hide: Hide) -> tuple[DeliveryStatus, int | None]:
        """Makes the edit; gives what became of it, and the message's id.

        Raises:
            ReplyWithdrawn: it cannot be determined if the message may be edited; it stays in the
                outbox.
            TelegramError: what `go` raises, except the refusal of an edit, which is final.
        """
        message = reply.messages[-1]
        if reply.edit is None:
            tapped = _tapped(reply)
            assert tapped is not None  # noqa: S101 - see `is_edit`
            await go(
                reply.chat, partial(self._ui.edit, reply.chat, tapped, keyboard(message, hide))
            )
            return DeliveryStatus.SENT, tapped
        done = await go(reply.chat, partial(self._reword, reply.chat, reply.edit, message))
        return (DeliveryStatus.SENT if done else DeliveryStatus.DROPPED), None

    async def _reword(self, chat: int, edit: MessageEdit, message: Message) -> bool:
        await self._pace.acquire(chat, REPLY)
        try:
            may = await self.may(chat, edit.message_id, edit.participant_id, edit.names)
        except DatabaseUnavailable:
            raise ReplyWithdrawn from None
        if not may:
            return False
        here = {"chat_id": chat, "message_id": edit.message_id}
        try:
            await bot_api.call(
                self._bot, "editMessageText", **here, text=html(message), parse_mode="HTML"
            )
        except BadRequest as error:
            if is_gone(error):
                raise
            # "message is not modified" where it was edited before a crash, "message to edit not
            # found" where the participant has deleted it: neither gets better by a retry.
            log.info("telegram.not_edited", error=type(error).__name__)
            return False
        return True


def _tapped(reply: Reply) -> int | None:
    return reply.button_press.message_id if reply.button_press else None
