"""Sends one message at most once, and says what is known about it: a hello is never repeated."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.jobs.send_follow_ups import SendResult
from bot.messages.reply import Message
from bot.store.repositories.delivery.chat_message_repository import VisibleMessage
from bot.telegram.sending import bot_api
from bot.telegram.sending.attachments import (
    CopyFactory,
    VoiceLoader,
    call,
    prepare_file,
    split_for_caption,
)
from bot.telegram.sending.rate_limiter import RateLimiter
from bot.telegram.sending.rendering import Hide, as_it_is
from bot.telegram.sending.retries import seconds
from bot.telegram.transport.http_transport import was_not_sent

log = structlog.get_logger()

LONGEST_WAIT = 5.0
"""Seconds a follow-up waits for its turn in a chat, before it is put off."""


class SingleSender:
    """What is tried once only. `stands` is told of messages that stand in a chat since."""

    def __init__(
        self,
        bot: Bot,
        pace: RateLimiter,
        kept: VoiceLoader,
        copy: CopyFactory,
        stands: Callable[[int, tuple[VisibleMessage, ...]], None],
    ) -> None:
        self._bot = bot
        self._pace = pace
        self._kept = kept
        self._copy = copy
        self._stands = stands
        self.hide: Hide = as_it_is
        """Hides numbers of rows in buttons, once there is a key for it."""

    async def reached(self, chat: int) -> bool:
        """Whether Telegram takes calls about a chat just now, by one that shows nothing there.

        A chat that is gone counts: what is sent to it then says so.
        """
        try:
            await bot_api.call(self._bot, "getChat", chat_id=chat)
        except (BadRequest, Forbidden, ChatMigrated):
            return True
        except RetryAfter as error:
            self._pace.block_chat(chat, seconds(error))
            return False
        except TelegramError as error:
            log.info("telegram.not_reached", error=type(error).__name__)
            return False
        return True

    async def send_once(self, chat: int, message: Message) -> SendResult:
        """Sends one message at most once, and says what is known about it. See `in_turn`."""
        attempt = SendResult.NOT_SENT
        for place, part in enumerate(split_for_caption(message)):
            attempt = await self._send_once(chat, part)
            if attempt is not SendResult.SENT:
                # What half of has been seen must not be said again from its beginning.
                half = place > 0 and attempt is SendResult.NOT_SENT
                return SendResult.UNCERTAIN if half else attempt
        return attempt

    async def _send_once(self, chat: int, part: Message) -> SendResult:
        if self._pace.blocked_for(chat) > LONGEST_WAIT:
            return SendResult.NOT_SENT
        file = await prepare_file(part, self._kept, self._copy)
        try:
            sent = await call(
                self._bot, chat, part, file, hide=self.hide, disable_notification=True
            )
        except RetryAfter as error:
            self._pace.block_chat(chat, seconds(error))
            return SendResult.NOT_SENT
        except Forbidden:
            return SendResult.BLOCKED
        except (BadRequest, ChatMigrated) as error:
            return SendResult.BLOCKED if is_gone(error) else SendResult.REFUSED
        except TelegramError as error:
            return SendResult.NOT_SENT if was_not_sent(error) else SendResult.UNCERTAIN
        self._stands(chat, (VisibleMessage(sent.message_id, True, sent.date),))
        return SendResult.SENT


def is_gone(error: TelegramError) -> bool:
    """Whether there is no such chat any more."""
    return "chat not found" in str(error).lower()
