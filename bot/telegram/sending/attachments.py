"""Makes the one call that sends a message, with the picture, file or voice note that goes with it.

Does not try again, and does not choose the moment.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple

from telegram import Bot, InlineKeyboardMarkup

from bot.documents import qr_code
from bot.messages.reply import CardSheet, DataCopy, Document, Message, QrCode, VoiceNote
from bot.telegram.sending import bot_api
from bot.telegram.sending.rendering import Hide, as_it_is, html, keyboard, plain

LONGEST_CAPTION = 1024
"""UTF-16 units of a caption, as Telegram counts them: without the formatting."""
PAPER = "A4.pdf"
"""A page about somebody: its name says what to print on in every language, and no more."""
CARDS = "cards-{made_on}.pdf"
"""Cards to hand out, of which a worker may have many: these say what and when."""

FileContent = bytes | str | None
CopyFactory = Callable[[DataCopy], Awaitable[bytes | None]]
COPIES = {"page": "copy.html", "data": "copy.json"}
"""Names that say nothing to whoever else sees the phone."""


async def no_copy(_wanted: DataCopy) -> bytes | None:
    """Where nothing is held, there is nothing to copy."""
    return None


def split_for_caption(message: Message) -> tuple[Message, ...]:
    """The messages that one becomes: two where its words are too long for a caption."""
    if message.attachment is None or _units(plain(message)) <= LONGEST_CAPTION:
        return (message,)
    alone = Message("", attachment=message.attachment, protect_content=message.protect_content)
    return alone, replace(message, attachment=None)


VoiceLoader = Callable[[int], Awaitable[bytes | None]]
"""The bytes of a voice note by its number, None where they were never fetched."""


async def no_voice_kept(_voice: int) -> bytes | None:
    """None is kept, as where there is no database."""
    return None


async def prepare_file(
    message: Message, kept: VoiceLoader = no_voice_kept, copy: CopyFactory = no_copy
) -> FileContent:
    """What is to be sent with a message. Drawn beside the event loop, so that nobody waits.

    A copy is made anew of what is held at this moment; None where nothing is, any more.

    Raises:
        VoiceGone: when it is a voice note that is nobody's to hear any more.
    """
    match message.attachment:
        case QrCode(link):
            return await asyncio.to_thread(qr_code.picture, link)
        case CardSheet() as wanted:
            return await asyncio.to_thread(_sheets, wanted)
        case Document() as wanted:
            return await asyncio.to_thread(_page, wanted)
        case VoiceNote(file_id, None):
            return file_id
        case VoiceNote(file_id, int() as number):
            return await kept(number) or file_id
        case DataCopy() as of:
            return await copy(of)
    return None


class SentMessage(NamedTuple):
    """What a message became: its number in its chat, and when it was sent."""

    message_id: int
    date: dt.datetime


async def call(
    bot: Bot,
    chat: int,
    message: Message,
    file: FileContent,
    *,
    formatted: bool = True,
    hide: Hide = as_it_is,
    **more: Any,
) -> SentMessage:
    """Sends one of the `parts` of a message with the file `made` for it."""
    text = html(message) if formatted else plain(message)
    more |= {
        "parse_mode": "HTML" if formatted else None,
        "protect_content": message.protect_content or None,
    }
    rows = keyboard(message, hide)
    if not file:
        sent = await bot_api.call(
            bot, "sendMessage", chat_id=chat, text=text, reply_markup=rows, **more
        )
        return SentMessage(int(sent["message_id"]), dt.datetime.fromtimestamp(sent["date"], dt.UTC))
    more["reply_markup"] = InlineKeyboardMarkup.de_json(rows, bot) if rows else None
    match message.attachment:
        case QrCode() | Document(paper=False):
            found = await bot.send_photo(chat, file, caption=text or None, **more)
        case CardSheet(made_on=made_on) if made_on:
            more["filename"] = CARDS.format(made_on=made_on)
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case CardSheet() | Document():
            more["filename"] = PAPER
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case DataCopy(kind=kind):
            more["filename"] = COPIES[kind]
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case _:
            found = await bot.send_voice(chat, file, caption=text or None, **more)
    return SentMessage(found.message_id, found.date)


def text_only(message: Message) -> Message:
    """A message without what goes with it: its words, and a link as words."""
    link = message.attachment.link if isinstance(message.attachment, QrCode) else ""
    words = "\n".join(filter(None, (plain(message), link)))
    return replace(message, text=words, reason=None, attachment=None)


def _sheets(wanted: CardSheet) -> bytes:
    from bot.documents.invitation_cards import (
        sheets,  # what draws them takes a moment to load, and few ever need it
    )

    return sheets(wanted)


def _page(wanted: Document) -> bytes:
    from bot.documents.page_layout import paper, picture

    return paper(wanted) if wanted.paper else picture(wanted)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
