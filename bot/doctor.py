"""Looks at everything the bot needs and says, a line each, what is well and what to do.

Changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.app import around, open_store
from bot.clock import Clock
from bot.settings import Settings
from bot.store.store import DatabaseAway
from bot.store.vault import WrongKey

WELL, UNWELL = 0, 1


async def examine(settings: Settings, clock: Clock, tell: Callable[[str], None]) -> int:
    """Tells what was found; gives 0 when all is well and 1 when something needs doing.

    Raises:
        BrokenFlow: when the questions cannot be used.
    """
    found = around(settings)
    tell(f"questions   ok: {', '.join(found.library.today)}")
    tell(f"languages   {', '.join(found.tongues.offered)}")
    well = await _database(settings, tell)
    well = await _telegram(settings, tell) and well
    return WELL if well else UNWELL


async def _database(settings: Settings, tell: Callable[[str], None]) -> bool:
    try:
        store = open_store(settings)
    except WrongKey as error:
        tell(f"keys        {error}")
        return False
    try:
        at, head = await store.revision()
    except DatabaseAway as error:
        tell(f"database    cannot be reached ({error})")
        return False
    finally:
        await store.close()
    if at == head:
        tell(f"database    ok: at {at}")
        return True
    if settings.sqlite_file is not None:
        tell(f"database    at {at or 'nothing'}; it brings itself to {head} at the next start")
        return True
    tell(f"database    at {at or 'nothing'}, needs {head}: run `alembic upgrade head`")
    return False


async def _telegram(settings: Settings, tell: Callable[[str], None]) -> bool:
    if settings.telegram_token is None:
        tell("telegram    no token: `checkin run` opens the terminal conversation")
        return True
    token = settings.telegram_token.get_secret_value()
    bot = Bot(token, base_url=f"{settings.telegram_api_url}/bot")
    try:
        async with bot:
            tell(f"telegram    ok: @{bot.username}")
    except InvalidToken:
        tell("telegram    does not know this token: check CHECKIN_TELEGRAM_TOKEN")
        return False
    except TelegramError as error:
        tell(f"telegram    cannot be reached ({type(error).__name__})")
        return False
    return True
