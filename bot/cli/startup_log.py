"""The log line at start: the bot's name, database and place."""

from __future__ import annotations

import structlog

from bot.app import App
from bot.cli.version import version
from bot.config.database_url import where_it_is

log = structlog.get_logger()


async def tell_once_started(app: App) -> None:
    """Writes the line once participants can be answered; no value in it is secret."""
    await app.started.wait()
    settings, env = app.settings, app.env
    for problem in env.danger_problems:
        log.error("danger.model", problem=str(problem), asks_gently=env.danger_model is not None)
    log.info(
        "bot.started",
        bot=f"@{env.address.username}",
        database=where_it_is(settings.database_url),
        settings=str(settings.env_file or "environment"),
        place=settings.country,
        organisation="named" if settings.org_name else "not named",
        languages=",".join(env.languages.codes),
        receives="webhook" if settings.webhook_url else "polling",
        version=version(),
    )
