"""Makes the one call that sends a message, with the picture, file or voice note that goes with it.

Does not try again, and does not choose the moment.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from telegram import Bot, InlineKeyboardMarkup

from bot import qr
from bot.conversation.reply import Cards, Message, Qr, Voice
from bot.telegram import calls
from bot.telegram.render import html, keyboard, plain

LONGEST_CAPTION = 1024
"""UTF-16 units of a caption, as Telegram counts them: without the formatting."""
PAPER = "A4.pdf"
"""A file needs a name. This one says what to print on in every language, and no more."""

Made = bytes | str | None


def parts(message: Message) -> tuple[Message, ...]:
    """The messages that one becomes: two where its words are too long for a caption."""
    if message.attach is None or _units(plain(message)) <= LONGEST_CAPTION:
        return (message,)
    alone = Message("", attach=message.attach, protect=message.protect)
    return alone, replace(message, attach=None)


async def made(message: Message) -> Made:
    """What is to be sent with a message. Drawn beside the event loop, so that nobody waits."""
    match message.attach:
        case Qr(link):
            return await asyncio.to_thread(qr.picture, link)
        case Cards() as wanted:
            return await asyncio.to_thread(_sheets, wanted)
        case Voice(file_id):
            return file_id
    return None


async def call(
    bot: Bot, chat: int, message: Message, file: Made, *, formatted: bool = True, **more: Any
) -> int:
    """Sends one of the `parts` of a message with the file `made` for it; gives its number."""
    text = html(message) if formatted else plain(message)
    more |= {
        "parse_mode": "HTML" if formatted else None,
        "protect_content": message.protect or None,
    }
    rows = keyboard(message)
    if not file:
        sent = await calls.call(
            bot, "sendMessage", chat_id=chat, text=text, reply_markup=rows, **more
        )
        return int(sent["message_id"])
    more["reply_markup"] = InlineKeyboardMarkup.de_json(rows, bot) if rows else None
    match message.attach:
        case Qr():
            found = await bot.send_photo(chat, file, caption=text or None, **more)
        case Cards():
            more["filename"] = PAPER
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case _:
            found = await bot.send_voice(chat, file, caption=text or None, **more)
    return found.message_id


def bare(message: Message) -> Message:
    """A message without what goes with it: its words, and a link as words."""
    link = message.attach.link if isinstance(message.attach, Qr) else ""
    words = "\n".join(filter(None, (plain(message), link)))
    return replace(message, text=words, why=None, attach=None)


def _sheets(wanted: Cards) -> bytes:
    from bot.cards import sheets  # what draws them takes a moment to load, and few ever need it

    return sheets(wanted)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
