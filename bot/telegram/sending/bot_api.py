"""Bot API calls made for nearly every update, without python-telegram-bot's objects.

Building and parsing those costs more than the call itself. Errors are the library's all the same;
files and rare calls go through the library's own methods.
"""

from __future__ import annotations

from typing import Any

from telegram import Bot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter


async def call(bot: Bot, method: str, **asked: Any) -> Any:
    """Makes one call with JSON values and returns its JSON result; None is left out.

    Raises:
        telegram.error.TelegramError: as the library's own methods do.
    """
    given = [RequestParameter(k, v, None) for k, v in asked.items() if v is not None]
    return await bot.request.post(f"{bot.base_url}/{method}", RequestData(given))
