"""Masks row ids in buttons: a bijection, so that they match no row of a stolen table.

A keyed permutation of 62-bit numbers: a Feistel network of four rounds, which is as good as random
without the key (Luby and Rackoff, 1988).
"""

from __future__ import annotations

import hmac
from functools import lru_cache

_HALF = 31
_MASK = (1 << _HALF) - 1
_LIMIT = 1 << 2 * _HALF
_ROUNDS = range(4)


class IdMask:
    """Masks ids with one key, and restores them. 0 means none and stays."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.mask = lru_cache(maxsize=4096)(self._hide)  # all buttons of a question name the same
        self.unmask = lru_cache(maxsize=4096)(self._show)

    def _hide(self, number: int) -> int:
        if not 0 < number < _LIMIT:
            return number
        left, right = number >> _HALF, number & _MASK
        for each in _ROUNDS:
            left, right = right, left ^ self._mixed(each, right)
        return left << _HALF | right

    def _show(self, number: int) -> int:
        if not 0 < number < _LIMIT:
            return number
        left, right = number >> _HALF, number & _MASK
        for each in reversed(_ROUNDS):
            left, right = right ^ self._mixed(each, left), left
        return left << _HALF | right

    def _mixed(self, each: int, half: int) -> int:
        digest = hmac.digest(self._key, bytes([each]) + half.to_bytes(4, "big"), "sha256")
        return int.from_bytes(digest[:4], "big") & _MASK
