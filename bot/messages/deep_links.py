"""Tokens for links that are used once, and the address they open.

Keeps none: the database has only their hashes.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

WORKS_FOR = dt.timedelta(days=7)
_BYTES = 18  # 144 bits, 24 letters; Telegram takes 64


def new_token() -> str:
    """A token nobody can guess, in the letters Telegram lets a link carry."""
    return secrets.token_urlsafe(_BYTES)


@dataclass(slots=True)
class DeepLinks:
    """Where the bot is found in Telegram; known once Telegram has answered."""

    username: str = "your_bot"

    def link(self, token: str) -> str:
        """The link that opens the bot with a token."""
        return f"https://t.me/{self.username}?start={token}"
