"""The part of `checkin doctor` about the installation: settings, database, place, organisation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from bot.config.database_url import where_it_is
from bot.content.environment import Environment
from bot.content.helplines import HelplineKind
from bot.settings import Settings, as_written
from bot.store.crypto.master_keys import lost

Tell = Callable[[str], None]
_SAID_BEFORE_CONSENT = {
    "org_name": "who asks",
    "org_contact": "how to reach you",
    "org_data_contact": "who answers for their data",
    "org_authority": "to whom else they can complain",
}
"""What people can read before they say yes, where the setting of this name is set."""


def looked_at(settings: Settings, tell: Tell) -> None:
    """Prints where the settings come from, and which database they name."""
    tell(f"settings    {settings.env_file or 'no .env: what is in the environment, and defaults'}")
    tell(f"looked at   {where_it_is(settings.database_url)}")


def place(settings: Settings, found: Environment, now: dt.datetime, tell: Tell) -> bool:
    """Prints the helplines shown in this bot's place; showing only one number is unhealthy."""
    shown = found.helplines.show(found.country, found.region, today=now.date())
    confirmed = sum(each.checked_on is not None for each in shown)
    written = as_written(settings, "country")
    meant = f" ({written} is {settings.country})" if written not in (None, settings.country) else ""
    lines = f"{len(shown)} help line" + ("s" if len(shown) != 1 else "")
    tell(
        f"place       {settings.country}{meant}: people see {lines}, {confirmed} of them confirmed"
    )
    for name, what in _SAID_BEFORE_CONSENT.items():
        if getattr(settings, name) is None:
            tell(f"            people are not told {what}: set CHECKIN_{name.upper()}")
    if any(each.helpline.kind is not HelplineKind.EMERGENCY for each in shown):
        return True
    tell("            none but the emergency number: look at flows/helplines, and CHECKIN_COUNTRY")
    return False


def is_served(settings: Settings) -> bool:
    """Whether participants are, or were, meant to reach a bot with these settings."""
    file = settings.sqlite_file
    if settings.telegram_token or settings.webhook_url or file is None:
        return True
    return file.exists() and file.stat().st_size > 0


def no_database(settings: Settings, tell: Tell) -> bool:
    """Reports a missing SQLite file; healthy only where no participant is served yet."""
    file = settings.sqlite_file
    if file is None:
        return True
    if gone := lost(file):
        tell(f"database    {gone}")
        return False
    if is_served(settings):
        tell(f"database    there is none at {file}: no bot was ever started on it, so nobody is")
        tell("            answered. Start it, or name the right file in CHECKIN_DATABASE_URL")
        return False
    tell(f"database    none yet: {file} is made, with its key, at the first start")
    return True


def no_token(settings: Settings, tell: Tell) -> bool:
    """Reports a missing token; healthy only where no participant is served yet."""
    if is_served(settings):
        tell("telegram    no token, so nobody is answered: set CHECKIN_TELEGRAM_TOKEN")
        return False
    tell("telegram    no token: `checkin chat` is the conversation for practice")
    return True
