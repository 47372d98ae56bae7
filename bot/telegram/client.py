"""The connection to Telegram: python-telegram-bot's bot and application, built from the settings.

Receiving and sending are in `update_processor`, `webhook` and `sender`.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import structlog
from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder
from telegram.request import BaseRequest, HTTPXRequest

from bot.i18n.localizer import Languages
from bot.settings import CannotBeDone, Settings, WrongSettings
from bot.telegram.bot_profile import set_commands
from bot.telegram.sending.rate_limiter import Timer
from bot.telegram.transport.http_dates import Dated, HttpDates
from bot.telegram.transport.http_transport import HttpTransport
from flows.engine import Phrases

log = structlog.get_logger()

AnyApplication = Application[Any, Any, Any, Any, Any, Any]
Request = BaseRequest
PAUSES = 1.0, 60.0
MENU_PAUSES = (1.0, 10.0, 60.0, 600.0)
"""Seconds between tries to set the menu, which nothing waits for."""


TOKEN_PATIENCE = 600.0
"""Seconds of nothing but refusals before a token counts as unknown: Telegram has answered
401 and 404 to good tokens for minutes."""


class InvalidTokenError(Exception):
    """Telegram does not know this token."""


class TokenPatience:
    """Counts for how long Telegram has answered only that it does not know the token."""

    def __init__(self) -> None:
        self._waited = 0.0

    def heard(self, error: BaseException, pause: float) -> None:
        """Records an error, and the seconds until the next try.

        Raises:
            InvalidTokenError: when every answer has been that for minutes.
        """
        if not isinstance(error, InvalidToken):
            self.over()
            return
        if self._waited >= TOKEN_PATIENCE:
            raise InvalidTokenError
        self._waited += pause
        log.error("telegram.token_unknown", check="CHECKIN_TELEGRAM_TOKEN", again_in=pause)

    def over(self) -> None:
        """Resets the count: Telegram has answered something else."""
        self._waited = 0.0


def new_bot(
    settings: Settings, request: BaseRequest | None = None, dated: Dated | None = None
) -> Bot:
    """python-telegram-bot's bot for the token in the settings; `dated` receives Telegram's time."""
    assert settings.telegram_token is not None, "the terminal is another face"  # noqa: S101
    request = request or _line(settings.telegram_api_url, dated)
    return Bot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=request,
        # Updates are requested through the first; a second would only be prepared and not used.
        get_updates_request=request,
    )


def _line(url: str, dated: Dated | None) -> BaseRequest:
    where = urlsplit(url)
    proxies = getproxies()
    if (where.scheme in proxies or "all" in proxies) and not proxy_bypass(where.netloc):
        # Slower, but it supports proxies of every common kind.
        dates = HttpDates(dated) if dated is not None else None

        async def answered(answer: httpx.Response) -> None:
            if dates is not None:
                dates.parse(answer.headers.get("date", "").encode("ascii", "replace"))

        asked = {"verify": _trusted(), "event_hooks": {"response": [answered]}}
        try:
            return HTTPXRequest(connection_pool_size=64, httpx_kwargs=asked)
        except (ValueError, RuntimeError, ImportError):
            kinds = {urlsplit(each).scheme or each.partition(":")[0] for each in proxies.values()}
            raise WrongSettings(
                "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: this proxy cannot be used"
                f" (it begins with {', '.join(sorted(kinds))}://; known are http, https, socks5"
                " and socks5h). Put it right, or take it out of the environment"
            ) from None
    return HttpTransport(trusted=_trusted, dated=dated)


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    # Loading every trusted authority takes longer than everything else at start-up.
    return httpx.create_ssl_context()


def new_application(bot: Bot) -> AnyApplication:
    """python-telegram-bot's application, used for its handlers alone: polling and jobs are ours."""
    return ApplicationBuilder().bot(bot).updater(None).job_queue(None).build()


async def connect(application: AnyApplication, timer: Timer) -> None:
    """Checks that Telegram can be reached, retrying with back-off until it can.

    Raises:
        InvalidTokenError: when it can, and has not known the token for minutes.
    """
    await until_reached(application.initialize, timer, TokenPatience())


async def until_reached(
    call: Callable[[], Awaitable[object]],
    timer: Timer,
    doubt: TokenPatience,
    pauses: tuple[float, float] = PAUSES,
) -> None:
    """Calls Telegram until it answers, with pauses that double from the first to the longest.

    Raises:
        InvalidTokenError: when Telegram has not known the token for minutes.
    """
    pause, longest = pauses
    while True:
        try:
            await call()
        except TelegramError as error:
            doubt.heard(error, pause)
            # A connection that is down, or a 429, which is no NetworkError.
            log.warning("telegram.unreachable", error=type(error).__name__, pause=pause)
            await timer.sleep(pause)
            pause = min(pause * 2, longest)
        else:
            return


async def publish_commands(bot: Bot, phrases: Phrases, languages: Languages, timer: Timer) -> None:
    """Sets the command menu and descriptions, trying a few times."""
    for pause in MENU_PAUSES:
        try:
            await set_commands(bot, phrases, languages)
        except TelegramError as error:
            log.warning("telegram.no_menu", error=type(error).__name__)
            await timer.sleep(pause)
        else:
            return


async def username(settings: Settings) -> str:
    """The bot's own name in Telegram.

    Raises:
        InvalidTokenError: when Telegram does not know the token.
        CannotBeDone: when there is no token, or Telegram cannot be reached.
    """
    if settings.telegram_token is None:
        raise CannotBeDone("CHECKIN_TELEGRAM_TOKEN is not set: a link needs the bot's name")
    bot = new_bot(settings)
    try:
        async with bot:
            return bot.username
    except InvalidToken:
        raise InvalidTokenError from None
    except TelegramError as error:
        raise CannotBeDone(f"Telegram cannot be reached ({type(error).__name__})") from None


async def check_token(
    settings: Settings, dated: Dated | None = None
) -> tuple[bool, str, tuple[str, ...]]:
    """Whether Telegram accepts the token, its answer in a sentence, and the bot's names there."""
    bot = new_bot(settings, dated=dated)
    try:
        async with bot:
            return True, f"ok: @{bot.username}", (bot.username, bot.first_name)
    except InvalidToken:
        return False, "does not know this token: check CHECKIN_TELEGRAM_TOKEN", ()
    except TelegramError as error:
        return False, f"cannot be reached ({type(error).__name__})", ()
