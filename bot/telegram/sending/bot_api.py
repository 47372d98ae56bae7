"""The calls made at every turn, without the library's objects on the way out and back.

Building and reading those costs more than the call itself; its errors are the library's all the
same. Files, and what is rare, go through the library's own methods.
"""

from __future__ import annotations

from typing import Any

from telegram import Bot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter


async def call(bot: Bot, method: str, **asked: Any) -> Any:
    """Makes one call with values as JSON has them, and gives its result so; None is left out.

    Raises:
        telegram.error.TelegramError: as the library's own methods do.
    """
    given = [RequestParameter(k, v, None) for k, v in asked.items() if v is not None]
    return await bot.request.post(f"{bot.base_url}/{method}", RequestData(given))
