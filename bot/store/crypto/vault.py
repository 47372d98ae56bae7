"""Encrypts and decrypts personal data with a key per participant, wrapped by the master key.

AES-GCM with associated data, so that ciphertext moved to another participant, row or field does not
decrypt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

log = structlog.get_logger()

_NONCE = 12
_FERNET_VERSION, _FERNET_LEAST = 0x80, 1 + 8 + 16 + 16 + 32


class WrongKey(Exception):
    """A key does not decrypt what it should."""


UNREADABLE = (WrongKey, ValueError, TypeError, KeyError, LookupError, AttributeError)
"""What reading a damaged row, or one of another version, may raise. It must not hold up other
rows."""


class KeyMissing(WrongKey):
    """No known master key unwraps this; another may. Other rows are not affected."""


class MasterKeySource(Protocol):
    """Where master keys come from; they may be read again while the bot runs."""

    def read(self) -> list[str]:
        """The current keys, newest first."""

    def changed(self) -> bool:
        """Whether they may have changed since the last call; costs next to nothing."""


class DataKey:
    """The key of one participant (or of the system, or of a worker's case)."""

    def __init__(self, raw: bytes) -> None:
        self._cipher = AESGCM(raw)

    def seal(self, text: bytes, *bound: object) -> bytes:
        """Encrypts a text; `bound` is its place (table, participant, row, field)."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text, _bind(bound))

    def open(self, sealed: bytes, *bound: object) -> bytes:
        """Decrypts a text.

        Raises:
            WrongKey: the key or the place is not the one it was encrypted for.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _bind(bound))
        except (InvalidTag, ValueError):  # the second where it is too short to be ciphertext at all
            raise WrongKey(f"sealed for another place than {bound[0]}") from None


def _bind(bound: tuple[object, ...]) -> bytes:
    return "|".join(map(str, bound)).encode()


class Vault:
    """Creates, wraps and unwraps keys with the master keys, newest first.

    With `keys` it reads the source again when it meets a key it cannot unwrap, and before it wraps
    a new one: they may be rotated while the bot runs.
    """

    def __init__(self, masters: Sequence[str], keys: MasterKeySource | None = None) -> None:
        """Takes the master keys.

        Raises:
            WrongKey: one is not 32 bytes in URL-safe base64.
        """
        self._keys = keys
        self._set(masters)
        self._unwrapped = lru_cache(maxsize=4096)(self._unwrap)

    @property
    def names(self) -> list[str]:
        """Names of the master keys for an operator, newest first."""
        return [name_of(master) for master in self._given]

    def new_key(self) -> tuple[bytes, bytes]:
        """A new random key: raw, and wrapped for the database by the newest master key."""
        raw = os.urandom(32)
        return raw, self.wrapped(raw)

    def wrapped(self, raw: bytes) -> bytes:
        """A key wrapped by the newest master key."""
        if self._keys is not None and self._keys.changed():
            self._renewed()
        return self._masters.encrypt(raw)

    def raw(self, wrapped: bytes) -> bytes:
        """Unwraps a key.

        Raises:
            KeyMissing: no master key unwraps it, also not after reading the source again.
            WrongKey: it is no wrapped key at all.
        """
        if not _is_wrapped(wrapped):
            raise WrongKey("a key in the database is damaged")
        try:
            return self._masters.decrypt(wrapped)
        except InvalidToken:
            pass
        if self._renewed():
            try:
                return self._masters.decrypt(wrapped)
            except InvalidToken:
                pass
        raise KeyMissing(
            "CHECKIN_SECRET_KEYS (or the key file beside it) does not open this database"
        )

    def key(self, wrapped: bytes) -> DataKey:
        """The data key behind a wrapped one; the last few thousand are cached."""
        return self._unwrapped(wrapped)

    def wrapped_by(self, wrapped: bytes) -> int | None:
        """The index of the master key that unwraps it, 0 being the newest; None when none does."""
        for place, fernet in enumerate(self._fernets):
            try:
                fernet.decrypt(wrapped)
            except InvalidToken:
                continue
            return place
        return None

    def rewrapped(self, wrapped: bytes) -> bytes:
        """The same key wrapped by the newest master key.

        Raises:
            KeyMissing, WrongKey: see `raw`.
        """
        return self._masters.encrypt(self.raw(wrapped))

    def _unwrap(self, wrapped: bytes) -> DataKey:
        return DataKey(self.raw(wrapped))

    def _set(self, masters: Sequence[str]) -> None:
        try:
            self._fernets = [Fernet(key) for key in masters]
            self._masters = MultiFernet(self._fernets)
        except (ValueError, TypeError):
            raise WrongKey("a key in CHECKIN_SECRET_KEYS is not of the right form") from None
        self._given = list(masters)

    def _renewed(self) -> bool:
        """Reads the master keys again; whether they have changed."""
        if self._keys is None:
            return False
        try:
            found = self._keys.read()
            if not found or found == self._given:
                return False
            # Keys that worked stay usable: one may have been removed too early. A list without any
            # of our keys was not made by rotating them, so it goes behind ours.
            known = set(found) & set(self._given)
            order = [*found, *self._given] if known else [*self._given, *found]
            new = list(dict.fromkeys(order))
            if new == self._given:
                return False
            self._set(new)
        except Exception as error:  # noqa: BLE001 - half-written settings are no reason to end
            log.warning("keys.not_read", error=type(error).__name__)
            return False
        log.info("keys.read_anew", newest=self.names[0], count=len(self._given))
        return True


def _is_wrapped(wrapped: bytes) -> bool:
    """Whether it has the form of a wrapped key, by whichever master key."""
    try:
        token = base64.urlsafe_b64decode(wrapped)
    except (binascii.Error, ValueError):
        return False
    return len(token) >= _FERNET_LEAST and token[0] == _FERNET_VERSION


def new_master() -> str:
    """A new master key, in the format of the setting."""
    return Fernet.generate_key().decode()


def name_of(master: str) -> str:
    """A name for a master key: the beginning of its hash, which reveals nothing about it."""
    return hashlib.sha256(master.encode()).hexdigest()[:8]


def keyed_hash(key: bytes, value: object) -> bytes:
    """A keyed hash by which a chat or link is found; without the key it cannot be reversed."""
    return hmac.digest(key, str(value).encode(), hashlib.sha256)
