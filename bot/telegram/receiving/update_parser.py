"""Real Telegram updates made into arrivals, by python-telegram-bot's own handlers.

Answers nothing: each handler only says what has come.
"""

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
"""Service messages that somebody sent on purpose."""
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
    """The handlers, and what they have made of the update just processed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._parsed: IncomingUpdate | None = None
        self._one = asyncio.Lock()

    def register(self, application: Application[Any, Any, Any, Any, Any, Any]) -> None:
        """Adds the handlers, in the order in which they are asked."""
        application.add_handlers(self._handlers())

    async def parse(
        self, application: Application[Any, Any, Any, Any, Any, Any], update: Update
    ) -> IncomingUpdate | None:
        """What an update is; None for what needs no answer."""
        async with self._one:  # what was made must not be another update's
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
        """Takes words, if any are left when what no person types is taken out."""
        text = cleaned(_message(update).text or "")
        self._record(update, TextMessage(text) if text else UnsupportedMessage("empty"))

    async def commanded(self, update: Update, _context: Context) -> None:
        """Takes a command and what follows it."""
        text = cleaned(_message(update).text or "")
        # A line end parts them too: "/new" and then a name on each line.
        name, *rest = text.removeprefix("/").split(maxsplit=1) or [""]
        words = rest[0].strip() if rest else ""
        self._record(update, Command(name.partition("@")[0].casefold(), words))

    async def spoken(self, update: Update, _context: Context) -> None:
        """Takes a voice note by reference; what it says is not listened to."""
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
        """Takes a tap, with the message its button stands under."""
        query = update.callback_query
        if query is None:
            return
        message_id = query.message.message_id if query.message else None
        self._record(update, ButtonPress(query.data or "", message_id, query.id))

    async def sticker(self, update: Update, _context: Context) -> None:
        """Takes a sticker, which cannot be read."""
        self._record(update, UnsupportedMessage("sticker"))

    async def not_words(self, update: Update, _context: Context) -> None:
        """Takes a picture, file or place: words written under it count, the rest cannot be read."""
        caption = cleaned(_message(update).caption or "")
        self._record(update, TextMessage(caption) if caption else UnsupportedMessage("not_words"))

    async def unknown_kind(self, update: Update, _context: Context) -> None:
        """Takes a kind that this version of the library does not know, or nothing at all."""
        named = bool(_message(update).api_kwargs)
        self._record(update, UnsupportedMessage("not_words" if named else "empty"))

    async def forwarded(self, update: Update, _context: Context) -> None:
        """Takes what someone else said, which is not the person's answer."""
        self._record(update, UnsupportedMessage("forwarded", _words(update)))

    async def edited(self, update: Update, _context: Context) -> None:
        """Takes a change to an earlier message, which changes no answer."""
        self._record(update, UnsupportedMessage("edited", _words(update)))

    async def member(self, update: Update, _context: Context) -> None:
        """Takes a block as a stop, and being put into a group as a word to say there."""
        change = update.my_chat_member
        if change is None:
            return
        status = change.new_chat_member.status
        if change.chat.type == "private" and status in ("kicked", "left"):
            self._record(update, BotBlocked())
        elif change.chat.type in ("group", "supergroup") and status in ("member", "administrator"):
            self._record(update, GroupMessage())

    async def group(self, update: Update, _context: Context) -> None:
        """Takes anything said in a group."""
        self._record(update, GroupMessage())

    def _record(self, update: Update, what: UpdateContent) -> None:
        chat, user = update.effective_chat, update.effective_user
        message = None if isinstance(what, ButtonPress) else update.effective_message
        if chat is None:
            # A button under a message too old to be sent along still says who tapped it.
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
