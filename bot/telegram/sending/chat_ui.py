"""Calls about a chat that send no message: answered taps, marked buttons, the menu, deletions."""

from __future__ import annotations

from typing import Any

import structlog
from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.messages.reply import Reply
from bot.telegram.sending import bot_api
from bot.telegram.sending.rate_limiter import Timer
from bot.telegram.sending.rendering import chosen

log = structlog.get_logger()

TAP_PAUSES = (1.0, 3.0, 0.0)


class ChatUi:
    """Keeps what surrounds the messages of a chat up to date; a failure is no harm."""

    def __init__(self, bot: Bot, timer: Timer) -> None:
        self._bot = bot
        self._timer = timer

    async def update(self, reply: Reply) -> None:
        """Marks the question as answered, and shows the commands available now."""
        press = reply.button_press
        answered = reply.answered_message_id if press is None else press.message_id
        if answered and (reply.chosen_label or press is None):
            await self._mark(reply.chat, answered, chosen(reply.chosen_label or ""))
        if reply.commands or reply.resets_commands:
            await self._show_menu(reply)

    async def delete_answered(self, reply: Reply) -> tuple[int, ...]:
        """Deletes answered messages from a shared phone, trying once: see `chat_cleaner`."""
        ids = [number for number, _ in reply.incoming_ids]
        try:
            await self._bot.delete_messages(reply.chat, ids)
        except TelegramError as error:
            log.info("telegram.not_taken_away", reply=reply.id, error=type(error).__name__)
            return ()
        return tuple(ids)

    async def edit(self, chat: int, message_id: int, markup: Any) -> None:
        """Edits buttons; ignores a keyboard that is unchanged and a message that is deleted."""
        try:
            here = {"chat_id": chat, "message_id": message_id, "reply_markup": markup}
            await bot_api.call(self._bot, "editMessageReplyMarkup", **here)
        except BadRequest as error:
            log.debug("telegram.buttons_left", error=type(error).__name__)

    async def _mark(self, chat: int, message_id: int, markup: Any) -> None:
        """Marks a question as answered, trying once: old buttons are harmless."""
        try:
            await self.edit(chat, message_id, markup)
        except Forbidden:
            raise
        except TelegramError as error:
            log.debug("telegram.buttons_left", error=type(error).__name__)

    async def _show_menu(self, reply: Reply) -> None:
        """Sets the commands shown in one chat, trying once: they work without being shown."""
        try:
            here = BotCommandScopeChat(reply.chat)
            commands = [BotCommand(name, words) for name, words in reply.commands]
            if commands:
                # Without a language: in this chat it is theirs, whatever their phone's is.
                await self._bot.set_my_commands(commands, scope=here)
            else:
                await self._bot.delete_my_commands(scope=here)
        except TelegramError as error:
            log.debug("telegram.no_menu", error=type(error).__name__)

    async def answer_tap(self, query_id: str, toast: str | None) -> None:
        """Answers the callback query, retrying for as long as the button spins.

        "Query is too old" is no harm: the tap counts without it.
        """
        for pause in TAP_PAUSES:
            try:
                told = {"callback_query_id": query_id, "text": toast[:200] if toast else None}
                await bot_api.call(self._bot, "answerCallbackQuery", **told)
            except TelegramError as error:
                log.debug("telegram.tap_not_answered", error=type(error).__name__)
                if isinstance(error, BadRequest | Forbidden):
                    return
                await self._timer.sleep(pause)
            else:
                return
