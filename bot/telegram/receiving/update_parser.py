"""Parses Telegram updates into `IncomingUpdate`, by python-telegram-bot's own handlers."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

from telegram import Message, Update
from telegram.ext import (
    Application,
    BaseHandler,
    CallbackContext,
    CallbackQueryHandler,
    ChatMemberHandler,
    MessageHandler,
    filters,
)

from bot.clock import Clock
from bot.messages.incoming import (
    BotBlocked,
    ButtonPress,
    Command,
    GroupMessage,
    IncomingUpdate,
    TextMessage,
    UnsupportedMessage,
    UpdateContent,
    VoiceMessage,
    cleaned,
)

Context = CallbackContext[Any, Any, Any, Any]
_PRIVATE = filters.ChatType.PRIVATE
_SENT_BY_A_BUTTON = (
    filters.StatusUpdate.USERS_SHARED
    | filters.StatusUpdate.CHAT_SHARED
    | filters.StatusUpdate.WEB_APP_DATA
    | filters.StatusUpdate.GIFT
    | filters.StatusUpdate.UNIQUE_GIFT
)
"""Service messages that a person sent on purpose."""
_SEEN_NOT_READ = (
    filters.LIVE_PHOTO
    | filters.PHOTO
    | filters.VIDEO
    | filters.VIDEO_NOTE
    | filters.ANIMATION
    | filters.AUDIO
    | filters.Document.ALL
    | filters.LOCATION
    | filters.VENUE
    | filters.CONTACT
    | filters.POLL
    | filters.Dice.ALL
    | filters.GAME
    | filters.STORY
    | filters.PAID_MEDIA
    | filters.CHECKLIST
    | filters.INVOICE
    | filters.GIVEAWAY
    | filters.GIVEAWAY_WINNERS
    | filters.PASSPORT_DATA
    | _SENT_BY_A_BUTTON
)
_SERVICE = filters.StatusUpdate.ALL
"""What Telegram writes into a chat by itself: a timer that was set, a message that was pinned."""


class UpdateParser:
    """The handlers, and the result for the update just processed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parsed: IncomingUpdate | None = None
        self._one = asyncio.Lock()

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Adds the handlers, in the order in which they are tried."""
        application.add_handlers(self._handlers())

    async def parse(
        self, application: Application[Any, Any, Any, Any, Any, Any], update: Update
    ) -> IncomingUpdate | None:
        """Parses an update; None for one that needs no answer."""
        async with self._one:  # the result must not be another update's
            self._parsed = None
            await application.process_update(update)
            return self._parsed

    def _handlers(self) -> list[BaseHandler[Update, Context, None]]:
        edited = filters.UpdateType.EDITED_MESSAGE
        new = filters.UpdateType.MESSAGE
        return [
            MessageHandler(filters.ChatType.GROUPS & new, self.group),
            CallbackQueryHandler(self.pressed),
            ChatMemberHandler(self.member, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(_PRIVATE & edited, self.edited),
            MessageHandler(_PRIVATE & new & filters.FORWARDED, self.forwarded),
            MessageHandler(_PRIVATE & new & filters.COMMAND, self.commanded),
            MessageHandler(_PRIVATE & new & filters.TEXT, self.typed),
            MessageHandler(_PRIVATE & new & filters.VOICE, self.spoken),
            MessageHandler(_PRIVATE & new & filters.Sticker.ALL, self.sticker),
            MessageHandler(_PRIVATE & new & _SEEN_NOT_READ, self.not_words),
            MessageHandler(_PRIVATE & new & ~_SERVICE, self.unknown_kind),
        ]

    async def typed(self, update: Update, _context: Context) -> None:
        """Handles text, if any is left after the characters that cannot be typed are removed."""
        text = cleaned(_message(update).text or "")
        self._record(update, TextMessage(text) if text else UnsupportedMessage("empty"))

    async def commanded(self, update: Update, _context: Context) -> None:
        """Handles a command and its arguments."""
        text = cleaned(_message(update).text or "")
        # A line end separates them too: "/new" and then a name on each line.
        name, *rest = text.removeprefix("/").split(maxsplit=1) or [""]
        words = rest[0].strip() if rest else ""
        self._record(update, Command(name.partition("@")[0].casefold(), words))

    async def spoken(self, update: Update, _context: Context) -> None:
        """Handles a voice note by reference; its content is not processed."""
        message = _message(update)
        voice = message.voice
        if voice is None:
            return
        reference = {
            "file_id": voice.file_id,
            "file_unique_id": voice.file_unique_id,
            "mime_type": voice.mime_type,
            "size": voice.file_size,
            "caption": cleaned(message.caption or ""),
        }
        self._record(update, VoiceMessage(reference))

    async def pressed(self, update: Update, _context: Context) -> None:
        """Handles a button press, with the message its button is under."""
        query = update.callback_query
        if query is None:
            return
        message_id = query.message.message_id if query.message else None
        self._record(update, ButtonPress(query.data or "", message_id, query.id))

    async def sticker(self, update: Update, _context: Context) -> None:
        """Handles a sticker, which is unsupported."""
        self._record(update, UnsupportedMessage("sticker"))

    async def not_words(self, update: Update, _context: Context) -> None:
        """Handles a picture, file or place: its caption counts as text, the rest is unsupported."""
        caption = cleaned(_message(update).caption or "")
        self._record(update, TextMessage(caption) if caption else UnsupportedMessage("not_words"))

    async def unknown_kind(self, update: Update, _context: Context) -> None:
        """Handles a kind that this version of the library does not know, or an empty message."""
        named = bool(_message(update).api_kwargs)
        self._record(update, UnsupportedMessage("not_words" if named else "empty"))

    async def forwarded(self, update: Update, _context: Context) -> None:
        """Handles a forwarded message, which is not the participant's answer."""
        self._record(update, UnsupportedMessage("forwarded", _words(update)))

    async def edited(self, update: Update, _context: Context) -> None:
        """Handles an edited message, which changes no answer."""
        self._record(update, UnsupportedMessage("edited", _words(update)))

    async def member(self, update: Update, _context: Context) -> None:
        """Handles a block as a stop, and being added to a group as a message to answer there."""
        change = update.my_chat_member
        if change is None:
            return
        status = change.new_chat_member.status
        if change.chat.type == "private" and status in ("kicked", "left"):
            self._record(update, BotBlocked())
        elif change.chat.type in ("group", "supergroup") and status in ("member", "administrator"):
            self._record(update, GroupMessage())

    async def group(self, update: Update, _context: Context) -> None:
        """Handles any message in a group."""
        self._record(update, GroupMessage())

    def _record(self, update: Update, what: UpdateContent) -> None:
        chat, user = update.effective_chat, update.effective_user
        message = None if isinstance(what, ButtonPress) else update.effective_message
        if chat is None:
            # A button under a message too old to be included still carries its sender.
            if user is None:
                return
            chat_id = user.id
        else:
            chat_id = chat.id
        if isinstance(what, ButtonPress) and chat is not None and chat.type != "private":
            return
        self._parsed = IncomingUpdate(
            update_id=update.update_id,
            chat=chat_id,
            content=what,
            sent_at=_sent_at(message, self._clock),
            language_code=user.language_code if user else None,
            message_id=message.message_id if message else None,
        )


def _words(update: Update) -> str:
    message = _message(update)
    return cleaned(message.text or message.caption or "")


def _message(update: Update) -> Message:
    assert update.effective_message is not None  # noqa: S101 - the filters ask for one
    return update.effective_message


def _sent_at(message: object, clock: Clock) -> dt.datetime:
    return message.date if isinstance(message, Message) else clock()
