"""Calls of the real client library to the fake Telegram, and a clock to move.

It checks nothing by itself.
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    TelegramObject,
)
from telegram.request import HTTPXRequest

from tests.support.telegram_fake import TOKEN, FakeTelegram

YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="y"),
            InlineKeyboardButton("No", callback_data="n"),
        ]
    ]
)

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF invented"


def png(width: int, height: int) -> bytes:
    """As much of a picture as is looked at."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def connect(telegram: FakeTelegram) -> Bot:
    """The real client; a short read timeout keeps the test of a hanging call short."""
    base, files = f"{telegram.url}/bot", f"{telegram.url}/file/bot"
    ordinary, polling = HTTPXRequest(read_timeout=0.3), HTTPXRequest(read_timeout=5)
    return Bot(TOKEN, base, files, request=ordinary, get_updates_request=polling)


async def ask(telegram: FakeTelegram, method: str, **fields: object) -> tuple[int, dict[str, Any]]:
    """One call as JSON, without a library that checks it first."""
    address = f"{telegram.url}/bot{TOKEN}/{method}"
    async with aiohttp.ClientSession() as session, session.post(address, json=fields) as answer:
        body: dict[str, Any] = await answer.json()
        return answer.status, body


def surplus(thing: object) -> list[str]:
    """The fields python-telegram-bot did not know, anywhere inside."""
    if isinstance(thing, list | tuple):
        return [name for each in thing for name in surplus(each)]
    if not isinstance(thing, TelegramObject):
        return []
    parts = [getattr(thing, slot, None) for k in type(thing).__mro__ for slot in _slots(k)]
    return [*thing.api_kwargs, *(name for part in parts for name in surplus(part))]


def _slots(kind: type) -> list[str]:
    return [s for s in getattr(kind, "__slots__", ()) if not s.startswith("_")]
