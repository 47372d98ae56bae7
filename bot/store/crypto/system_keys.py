"""The keys of the house, and the numbers rows are known by.

Opens no database.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from functools import lru_cache, partial

from bot.store.crypto.id_masking import IdMask
from bot.store.crypto.vault import DataKey, Vault, WrongKey, keyed_hash

SYSTEM_KEYS = ("chats", "house")
"""The keys of the house: for chats' and links' hashes, and for what belongs to no one person."""
_RAW = 32


def new_system_key(vault: Vault, name: str) -> tuple[bytes, bytes]:
    """A new key of the house: raw, and wrapped together with its name."""
    raw = os.urandom(_RAW)
    return raw, vault.wrapped(raw + name.encode())


def read_system_keys(vault: Vault, wrapped: Mapping[str, bytes]) -> dict[str, bytes]:
    """The keys of the house opened; none for a new database.

    Raises:
        WrongKey: when the master keys do not open them, one is missing, or two are exchanged.
    """
    found: dict[str, bytes] = {}
    for name, each in wrapped.items():
        raw = vault.raw(each)
        if raw[_RAW:] not in (name.encode(), b""):  # those of before had no name with them
            raise WrongKey("the keyring in the database is not in order")
        found[name] = raw[:_RAW]
    if found and not set(SYSTEM_KEYS) <= set(found):
        raise WrongKey("the keyring in the database is not whole")
    return found


def new_id() -> int:
    """A random 62-bit id, known before its row is written (sealing binds to it)."""
    return secrets.randbits(62) or 1


class SystemKeys:
    """The keys that belong to no person: for chats' hashes, and for replies on their way."""

    def __init__(self, vault: Vault, chats: bytes, key: bytes) -> None:
        self.vault = vault
        self.key = DataKey(key)
        self._chats = chats
        self.masks = IdMask(keyed_hash(chats, "buttons"))
        self._chat_hash = lru_cache(maxsize=2048)(partial(keyed_hash, chats))

    def chat_hash(self, chat: int) -> bytes:
        """What a chat is found by; asked five times for every update."""
        return self._chat_hash(chat)

    def private_word_hash(self, participant_id: int, word: str) -> bytes:
        """What a private word is known by; bound to its person, so that it moves with them."""
        return keyed_hash(self._chats, f"word {participant_id} {word}")

    def transfer_code_hash(self, digits: str) -> bytes:
        """What the numbers that move somebody to another phone are found by."""
        return keyed_hash(self._chats, f"rejoin {digits}")

    def token_hash(self, token: str) -> bytes:
        """What a link is found by; the link itself is not kept."""
        return keyed_hash(self._chats, f"link {token}")

    def card_hash(self, digits: str) -> bytes:
        """What the digits on a card are found by; they themselves are not kept."""
        return keyed_hash(self._chats, f"card {digits}")

    def new_case_key(self, case_id: int) -> bytes:
        """A new key for what workers write about one person, sealed for the case's row.

        Sealed by the house key, not wrapped by a master key: five thousand names are listed fast.
        """
        return self.key.seal(os.urandom(32), "cases", case_id, "data_key")

    def case_key(self, case_id: int, sealed: bytes | None) -> DataKey:
        """The key of a case; the house's own for one of before cases had any.

        Raises:
            WrongKey: when it was sealed for another case.
        """
        if sealed is None:
            return self.key
        return DataKey(self.key.open(sealed, "cases", case_id, "data_key"))

    def keyed_random(self, what: str) -> bytes:
        """A secret lot: 32 bytes that are always the same for the same words, and say nothing."""
        return keyed_hash(self._chats, f"draw {what}")

    def code_hash(self, code: str) -> bytes:
        """What a receipt is found by."""
        return keyed_hash(self._chats, f"code {code}")
