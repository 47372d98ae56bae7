"""Random ids of rows."""

from __future__ import annotations

import secrets


def new_id() -> int:
    """A random 62-bit id, known before its row is written (sealing binds to it)."""
    return secrets.randbits(62) or 1
