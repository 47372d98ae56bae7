"""Makes the one call that sends a message with its picture, file or voice note; never retries."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, NamedTuple

from telegram import Bot, InlineKeyboardMarkup

from bot.documents import qr_code
from bot.messages.reply import CardSheet, DataCopy, Document, Message, QrCode, VoiceNote
from bot.store.repositories.delivery.voice_note_repository import VoiceNoteDeleted
from bot.telegram.sending import bot_api
from bot.telegram.sending.delivery import ReplyWithdrawn
from bot.telegram.sending.rendering import Hide, as_it_is, html, keyboard, plain

LONGEST_CAPTION = 1024
"""UTF-16 units of a caption, as Telegram counts them: without the formatting."""
PAPER = "A4.pdf"
"""A page about a participant: its file name names the paper size, in every language, and no
more."""
CARDS = "cards-{made_on}.pdf"
"""Cards to hand out, of which a worker may have many: the name tells kind and date."""

FileContent = bytes | str | None
CopyFactory = Callable[[DataCopy], Awaitable[bytes | None]]
COPIES = {"page": "copy.html", "data": "copy.json"}
"""File names that reveal nothing to other people who see the phone."""


async def no_copy(_wanted: DataCopy) -> bytes | None:
    """No copy: where nothing is stored, there is nothing to copy."""
    return None


def split_for_caption(message: Message) -> tuple[Message, ...]:
    """Splits a message in two where its text is too long for a caption."""
    if message.attachment is None or _units(plain(message)) <= LONGEST_CAPTION:
        return (message,)
    alone = Message("", attachment=message.attachment, protect_content=message.protect_content)
    return alone, replace(message, attachment=None)


VoiceLoader = Callable[[int], Awaitable[bytes | None]]
"""Loads the bytes of a voice note by its id; None where they were never fetched."""


async def no_voice_kept(_voice: int) -> bytes | None:
    """No voice notes: used where there is no database."""
    return None


async def prepare_file(
    message: Message, kept: VoiceLoader = no_voice_kept, copy: CopyFactory = no_copy
) -> FileContent:
    """Prepares what goes with a message; drawn in a thread, not on the event loop.

    A copy of a participant's data is built from what is stored at this moment; None where nothing
    is stored.

    Raises:
        VoiceNoteDeleted: the voice note may no longer be played.
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
    """A sent message: its id in its chat, and when it was sent."""

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
    """Sends one part of a message with the file that `prepare_file` made for it."""
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
    """A message without its attachment: its text, with a link as text."""
    link = message.attachment.link if isinstance(message.attachment, QrCode) else ""
    words = "\n".join(filter(None, (plain(message), link)))
    return replace(message, text=words, reason=None, attachment=None)


def _sheets(wanted: CardSheet) -> bytes:
    from bot.documents.invitation_cards import (
        sheets,  # loads slowly, and is rarely needed
    )

    return sheets(wanted)


def _page(wanted: Document) -> bytes:
    from bot.documents.page_layout import paper, picture

    return paper(wanted) if wanted.paper else picture(wanted)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


async def fallbacks(
    part: Message, kept: VoiceLoader, copy: CopyFactory
) -> list[tuple[Message, FileContent, bool]]:
    """The ways to send a part, best first: with which attachment, and whether formatted."""
    if part.attachment is None:
        return [(part, None, True), (part, None, False)]
    try:
        file = await prepare_file(part, kept, copy)
    except VoiceNoteDeleted:
        return [(text_only(part), None, False)]
    if file is None and isinstance(part.attachment, DataCopy):
        raise ReplyWithdrawn
    # Better without formatting than not at all; better the text alone than nothing, for a voice
    # note may be known no more.
    ways = [(part, file, True), (part, file, False)]
    if isinstance(part.attachment, VoiceNote) and isinstance(file, bytes):
        ways.append((part, part.attachment.file_id, False))
    return [*ways, (text_only(part), None, False)]
