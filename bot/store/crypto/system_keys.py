"""System-wide keys (chat hashes, shared rows) and row ids."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache, partial

from bot.store.crypto.id_masking import IdMask
from bot.store.crypto.vault import DataKey, Vault, WrongKey, keyed_hash

SYSTEM_KEYS = ("chats", "house")
"""Names of the system keys: for chats' and links' hashes, and for what belongs to no
participant."""
_RAW = 32


def new_system_key(vault: Vault, name: str) -> tuple[bytes, bytes]:
    """A new system key: raw, and wrapped together with its name."""
    raw = os.urandom(_RAW)
    return raw, vault.wrapped(raw + name.encode())


def read_system_keys(vault: Vault, wrapped: Mapping[str, bytes]) -> dict[str, bytes]:
    """Unwraps the system keys; none for a new database.

    Raises:
        WrongKey: the master keys do not unwrap them, one is missing, or two are exchanged.
    """
    found: dict[str, bytes] = {}
    for name, each in wrapped.items():
        raw = vault.raw(each)
        if raw[_RAW:] not in (name.encode(), b""):  # older ones have no name with them
            raise WrongKey("the keyring in the database is not in order")
        found[name] = raw[:_RAW]
    if found and not set(SYSTEM_KEYS) <= set(found):
        raise WrongKey("the keyring in the database is not whole")
    return found


class SystemKeys:
    """The keys that belong to no participant: for chats' hashes, and for replies in the outbox."""

    def __init__(self, vault: Vault, chats: bytes, key: bytes) -> None:
        self.vault = vault
        self.key = DataKey(key)
        self._chats = chats
        self.masks = IdMask(keyed_hash(chats, "buttons"))
        self._chat_hash = lru_cache(maxsize=2048)(partial(keyed_hash, chats))

    def chat_hash(self, chat: int) -> bytes:
        """The hash by which a chat is found; computed five times for every update."""
        return self._chat_hash(chat)

    def private_word_hash(self, participant_id: int, word: str) -> bytes:
        """The hash of a private word; includes the participant's id, so that it moves with them."""
        return keyed_hash(self._chats, f"word {participant_id} {word}")

    def transfer_code_hash(self, digits: str) -> bytes:
        """The hash by which a transfer code for another phone is found."""
        return keyed_hash(self._chats, f"rejoin {digits}")

    def token_hash(self, token: str) -> bytes:
        """The hash by which a link is found; the link itself is not stored."""
        return keyed_hash(self._chats, f"link {token}")

    def card_hash(self, digits: str) -> bytes:
        """The hash by which a card's digits are found; the digits themselves are not stored."""
        return keyed_hash(self._chats, f"card {digits}")

    def new_case_key(self, case_id: int) -> bytes:
        """A new key for what workers write about one participant, encrypted for the case's row.

        Encrypted by the system key, not wrapped by a master key: five thousand names are listed
        fast.
        """
        return self.key.seal(os.urandom(32), "cases", case_id, "data_key")

    def case_key(self, case_id: int, sealed: bytes | None) -> DataKey:
        """The key of a case; the system key for an old case without its own.

        Raises:
            WrongKey: it was encrypted for another case.
        """
        if sealed is None:
            return self.key
        return DataKey(self.key.open(sealed, "cases", case_id, "data_key"))

    def keyed_random(self, what: str) -> bytes:
        """32 pseudo-random bytes, the same for the same text (HMAC)."""
        return keyed_hash(self._chats, f"draw {what}")

    def code_hash(self, code: str) -> bytes:
        """The hash by which a receipt is found."""
        return keyed_hash(self._chats, f"code {code}")
