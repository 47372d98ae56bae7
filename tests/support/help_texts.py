"""What help says in a language, for the tests of words and of writing directions.

Checks nothing itself.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from bot.content.environment import Environment
from bot.conversation.safety import help as helping
from bot.i18n.localizer import Localizer
from bot.languages.environment_loader import load_environment
from bot.settings import read_settings

TODAY = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


def help_in(localizer: Localizer) -> str:
    """The whole message, with the numbers of the place."""
    return helping.said(localizer, _env(), TODAY).text


@cache
def _env() -> Environment:
    return load_environment(read_settings(_env_file=None))
