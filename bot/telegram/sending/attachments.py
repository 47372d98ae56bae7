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
from bot.messages.reply import Cards, Copy, Message, Page, Qr, Voice
from bot.telegram.sending import bot_api
from bot.telegram.sending.rendering import Hide, as_it_is, html, keyboard, plain

LONGEST_CAPTION = 1024
"""UTF-16 units of a caption, as Telegram counts them: without the formatting."""
PAPER = "A4.pdf"
"""A page about somebody: its name says what to print on in every language, and no more."""
CARDS = "cards-{made_on}.pdf"
"""Cards to hand out, of which a worker may have many: these say what and when."""

Made = bytes | str | None
MakeCopy = Callable[[Copy], Awaitable[bytes | None]]
COPIES = {"page": "copy.html", "data": "copy.json"}
"""Names that say nothing to whoever else sees the phone."""


async def no_copy(_wanted: Copy) -> bytes | None:
    """Where nothing is held, there is nothing to copy."""
    return None


def parts(message: Message) -> tuple[Message, ...]:
    """The messages that one becomes: two where its words are too long for a caption."""
    if message.attach is None or _units(plain(message)) <= LONGEST_CAPTION:
        return (message,)
    alone = Message("", attach=message.attach, protect=message.protect)
    return alone, replace(message, attach=None)


Kept = Callable[[int], Awaitable[bytes | None]]
"""The bytes of a voice note by its number, None where they were never fetched."""


async def no_voice_kept(_voice: int) -> bytes | None:
    """None is kept, as where there is no database."""
    return None


async def made(message: Message, kept: Kept = no_voice_kept, copy: MakeCopy = no_copy) -> Made:
    """What is to be sent with a message. Drawn beside the event loop, so that nobody waits.

    A copy is made anew of what is held at this moment; None where nothing is, any more.

    Raises:
        VoiceGone: when it is a voice note that is nobody's to hear any more.
    """
    match message.attach:
        case Qr(link):
            return await asyncio.to_thread(qr_code.picture, link)
        case Cards() as wanted:
            return await asyncio.to_thread(_sheets, wanted)
        case Page() as wanted:
            return await asyncio.to_thread(_page, wanted)
        case Voice(file_id, None):
            return file_id
        case Voice(file_id, int() as number):
            return await kept(number) or file_id
        case Copy() as of:
            return await copy(of)
    return None


class Sent(NamedTuple):
    """What a message became: its number in its chat, and when it was sent."""

    message_id: int
    date: dt.datetime


async def call(
    bot: Bot,
    chat: int,
    message: Message,
    file: Made,
    *,
    formatted: bool = True,
    hide: Hide = as_it_is,
    **more: Any,
) -> Sent:
    """Sends one of the `parts` of a message with the file `made` for it."""
    text = html(message) if formatted else plain(message)
    more |= {
        "parse_mode": "HTML" if formatted else None,
        "protect_content": message.protect or None,
    }
    rows = keyboard(message, hide)
    if not file:
        sent = await bot_api.call(
            bot, "sendMessage", chat_id=chat, text=text, reply_markup=rows, **more
        )
        return Sent(int(sent["message_id"]), dt.datetime.fromtimestamp(sent["date"], dt.UTC))
    more["reply_markup"] = InlineKeyboardMarkup.de_json(rows, bot) if rows else None
    match message.attach:
        case Qr() | Page(paper=False):
            found = await bot.send_photo(chat, file, caption=text or None, **more)
        case Cards(made_on=made_on) if made_on:
            more["filename"] = CARDS.format(made_on=made_on)
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case Cards() | Page():
            more["filename"] = PAPER
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case Copy(kind=kind):
            more["filename"] = COPIES[kind]
            found = await bot.send_document(chat, file, caption=text or None, **more)
        case _:
            found = await bot.send_voice(chat, file, caption=text or None, **more)
    return Sent(found.message_id, found.date)


def bare(message: Message) -> Message:
    """A message without what goes with it: its words, and a link as words."""
    link = message.attach.link if isinstance(message.attach, Qr) else ""
    words = "\n".join(filter(None, (plain(message), link)))
    return replace(message, text=words, why=None, attach=None)


def _sheets(wanted: Cards) -> bytes:
    from bot.documents.invitation_cards import (
        sheets,  # what draws them takes a moment to load, and few ever need it
    )

    return sheets(wanted)


def _page(wanted: Page) -> bytes:
    from bot.documents.page_layout import paper, picture

    return paper(wanted) if wanted.paper else picture(wanted)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
