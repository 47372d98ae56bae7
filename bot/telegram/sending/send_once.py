"""Sends one message at most once, and says what is known about it: a hello is never repeated."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.jobs.send_follow_ups import Attempt
from bot.messages.reply import Message
from bot.store.repositories.delivery.chat_message_repository import Said
from bot.telegram.sending import bot_api
from bot.telegram.sending.attachments import Kept, MakeCopy, call, made, parts
from bot.telegram.sending.rate_limiter import Pace
from bot.telegram.sending.rendering import Hide, as_it_is
from bot.telegram.sending.retries import seconds
from bot.telegram.transport.http_transport import never_left

log = structlog.get_logger()

LONGEST_WAIT = 5.0
"""Seconds a follow-up waits for its turn in a chat, before it is put off."""


class Once:
    """What is tried once only. `stands` is told of messages that stand in a chat since."""

    def __init__(
        self,
        bot: Bot,
        pace: Pace,
        kept: Kept,
        copy: MakeCopy,
        stands: Callable[[int, tuple[Said, ...]], None],
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
            self._pace.hold(chat, seconds(error))
            return False
        except TelegramError as error:
            log.info("telegram.not_reached", error=type(error).__name__)
            return False
        return True

    async def once(self, chat: int, message: Message) -> Attempt:
        """Sends one message at most once, and says what is known about it. See `in_turn`."""
        attempt = Attempt.NOT_SENT
        for place, part in enumerate(parts(message)):
            attempt = await self._once(chat, part)
            if attempt is not Attempt.SENT:
                # What half of has been seen must not be said again from its beginning.
                half = place > 0 and attempt is Attempt.NOT_SENT
                return Attempt.UNCERTAIN if half else attempt
        return attempt

    async def _once(self, chat: int, part: Message) -> Attempt:
        if self._pace.held(chat) > LONGEST_WAIT:
            return Attempt.NOT_SENT
        file = await made(part, self._kept, self._copy)
        try:
            sent = await call(
                self._bot, chat, part, file, hide=self.hide, disable_notification=True
            )
        except RetryAfter as error:
            self._pace.hold(chat, seconds(error))
            return Attempt.NOT_SENT
        except Forbidden:
            return Attempt.GONE
        except (BadRequest, ChatMigrated) as error:
            return Attempt.GONE if is_gone(error) else Attempt.REFUSED
        except TelegramError as error:
            return Attempt.NOT_SENT if never_left(error) else Attempt.UNCERTAIN
        self._stands(chat, (Said(sent.message_id, True, sent.date),))
        return Attempt.SENT


def is_gone(error: TelegramError) -> bool:
    """Whether there is no such chat any more."""
    return "chat not found" in str(error).lower()
