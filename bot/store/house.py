"""The keys of the house, and the numbers rows are known by.

Opens no database.
"""

from __future__ import annotations

import secrets

from bot.store.vault import DataKey, Vault, keyed_hash


def new_id() -> int:
    """A random 62-bit id, known before its row is written (sealing binds to it)."""
    return secrets.randbits(62) or 1


class House:
    """The keys that belong to no person: for chats' hashes, and for replies on their way."""

    def __init__(self, vault: Vault, chats: bytes, key: bytes) -> None:
        self.vault = vault
        self.key = DataKey(key)
        self._chats = chats

    def chat_hash(self, chat: int) -> bytes:
        """What a chat is found by."""
        return keyed_hash(self._chats, chat)

    def token_hash(self, token: str) -> bytes:
        """What a link is found by; the link itself is not kept."""
        return keyed_hash(self._chats, f"link {token}")

    def code_hash(self, code: str) -> bytes:
        """What a receipt is found by."""
        return keyed_hash(self._chats, f"code {code}")
