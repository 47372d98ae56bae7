"""Tokens for links that are used once, and the URLs that carry them.

Tokens are not stored: the database has only their hashes.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

WORKS_FOR = dt.timedelta(days=7)
_BYTES = 18  # 144 bits, 24 letters; Telegram accepts 64


def new_token() -> str:
    """A token that cannot be guessed, in the letters Telegram allows in a link."""
    return secrets.token_urlsafe(_BYTES)


@dataclass(slots=True)
class DeepLinks:
    """The bot's address in Telegram; known once Telegram has answered."""

    username: str = "your_bot"

    def link(self, token: str) -> str:
        """The link that opens the bot with a token."""
        return f"https://t.me/{self.username}?start={token}"
