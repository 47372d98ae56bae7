"""Short codes that can be read aloud: for a deletion receipt, or a complaint.

The hash by which a receipt is found is in `system_keys`.
"""

from __future__ import annotations

import secrets

_LETTERS = "23456789BCDFGHJKMNPQRTVWXYZ"
"""No vowels, so no words; nothing that is easily confused (0 O, 1 I L, 5 S)."""
_LENGTH, _GROUP = 9, 3


def new_code() -> str:
    """A new code of 42 random bits, in groups of three."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[n : n + _GROUP] for n in range(0, _LENGTH, _GROUP))


def normalised_code(typed: str) -> str:
    """A code in its original form, however it was typed."""
    letters = "".join(c for c in typed.upper() if c.isalnum())
    return "-".join(letters[n : n + _GROUP] for n in range(0, len(letters), _GROUP))
