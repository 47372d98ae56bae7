"""Sends one message at most once and classifies the result; a follow-up is never repeated."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.domain.send_result import SendResult
from bot.domain.visible_message import VisibleMessage
from bot.messages.reply import Message
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
from bot.telegram.sending.retries import retry_seconds
from bot.telegram.transport.http_transport import was_not_sent

log = structlog.get_logger()

LONGEST_WAIT = 5.0
"""Seconds a follow-up waits for its chat's turn before it is postponed."""


class SingleSender:
    """Sends a message at most once. `stands` is called with the messages that became visible."""

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
        """Obfuscates row ids in callback data, once there is a key for it."""

    async def reached(self, chat: int) -> bool:
        """Whether Telegram accepts calls about a chat now, tested by one that shows nothing there.

        A blocked chat counts as reached: the send itself reports it.
        """
        try:
            await bot_api.call(self._bot, "getChat", chat_id=chat)
        except (BadRequest, Forbidden, ChatMigrated):
            return True
        except RetryAfter as error:
            self._pace.block_chat(chat, retry_seconds(error))
            return False
        except TelegramError as error:
            log.info("telegram.not_reached", error=type(error).__name__)
            return False
        return True

    async def send_once(self, chat: int, message: Message) -> SendResult:
        """Sends one message at most once and classifies the result. See `Sender.run_in_queue`."""
        attempt = SendResult.NOT_SENT
        for place, part in enumerate(split_for_caption(message)):
            attempt = await self._send_once(chat, part)
            if attempt is not SendResult.SENT:
                # When the first part was seen, the message must not be sent again from its
                # beginning.
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
            self._pace.block_chat(chat, retry_seconds(error))
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
    """Whether the chat no longer exists."""
    return "chat not found" in str(error).lower()
