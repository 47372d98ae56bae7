"""Seals and opens what must not be read: a key for each person, wrapped by the master key.

AES-GCM with associated data, so that bytes moved to another person, row or field do not open.
Keeps nothing and reads no table.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class WrongKey(Exception):
    """The master keys given do not open what they should."""


class DataKey:
    """The key of one person (or of the house)."""

    def __init__(self, raw: bytes) -> None:
        self._cipher = AESGCM(raw)

    def seal(self, text: bytes, *bound: object) -> bytes:
        """The text encrypted and bound to where it stands (table, person, row, field)."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text, _bind(bound))

    def open(self, sealed: bytes, *bound: object) -> bytes:
        """The text again.

        Raises:
            WrongKey: when the key or the place is not the one it was sealed for.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bind(bound))
        except InvalidTag:
            raise WrongKey(f"sealed for another place than {bound[0]}") from None


def _bind(bound: tuple[object, ...]) -> bytes:
    return "|".join(str(part) for part in bound).encode()


class Vault:
    """Makes, wraps and unwraps keys with the master keys, newest first."""

    def __init__(self, masters: Sequence[str]) -> None:
        """Takes the master keys.

        Raises:
            WrongKey: when one is not 32 bytes in URL-safe base64.
        """
        try:
            self._masters = MultiFernet([Fernet(key) for key in masters])
        except (ValueError, TypeError):
            raise WrongKey("a key in CHECKIN_SECRET_KEYS is not of the right form") from None
        self._unwrapped = lru_cache(maxsize=4096)(self._unwrap)

    def new_key(self) -> tuple[bytes, bytes]:
        """A new random key: raw, and wrapped for the database."""
        raw = os.urandom(32)
        return raw, self._masters.encrypt(raw)

    def raw(self, wrapped: bytes) -> bytes:
        """A wrapped key opened.

        Raises:
            WrongKey: when none of the master keys opens it.
        """
        try:
            return self._masters.decrypt(wrapped)
        except InvalidToken:
            raise WrongKey("CHECKIN_SECRET_KEYS does not open this database") from None

    def key(self, wrapped: bytes) -> DataKey:
        """The data key behind a wrapped one; the last few thousand are remembered."""
        return self._unwrapped(wrapped)

    def _unwrap(self, wrapped: bytes) -> DataKey:
        return DataKey(self.raw(wrapped))


def new_master() -> str:
    """A new master key, as the setting wants it."""
    return Fernet.generate_key().decode()


def keyed_hash(key: bytes, value: object) -> bytes:
    """What a chat or link is found by: nobody without the key can tell which it is."""
    return hmac.digest(key, str(value).encode(), hashlib.sha256)
