"""The product as it is, with every promise on, but for the pace that Telegram asks for.

`python checkin_bot.py API DATABASE [WEBHOOK] [ticking]`
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from bench.bots.instrumented import TOKEN, watched  # noqa: E402 - the path comes first
from bot.cli.main import _run, made_for_good  # noqa: E402
from bot.logging_setup import log_to_stderr  # noqa: E402
from bot.optional_imports import without_colours  # noqa: E402
from bot.settings import read_settings  # noqa: E402


async def run(api: str, database: str, webhook: str | None, *, ticking: bool) -> None:
    """Runs the bot until it is ended."""
    settings = read_settings(
        _env_file=None,
        telegram_token=TOKEN,
        telegram_api_url=api,
        database_url=database,
        org_name="Aspen House",
        **(
            {"webhook_url": webhook, "webhook_secret": "bench", "listen": webhook.split("/")[2]}
            if webhook
            else {}
        ),
    )
    with made_for_good(), without_colours():
        from bot.app import build
        from bot.telegram.sending.rate_limiter import RateLimiter, system_timer

        app = build(settings, pace=RateLimiter(system_timer(), overall=0, each_chat=0.0))
    await app.run(ticking=ticking)


if __name__ == "__main__":
    watched()
    log_to_stderr(20)
    hook = next((word for word in sys.argv[3:] if word.startswith("http")), None)
    _run(run(sys.argv[1], sys.argv[2], hook, ticking="ticking" in sys.argv))
