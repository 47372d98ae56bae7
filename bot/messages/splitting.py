"""Splits long text into as many messages as it needs."""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 4000
"""UTF-16 units of a message, as Telegram counts them, with room under its 4096."""

MAX_LOOK_BACK = 200
LAST_NARROW = 0xFFFF


def split_text(words: str) -> Iterator[str]:
    """Long text as several messages, none cut within a letter, none of them blank."""
    piece, units = "", 0
    for letter in words:
        wide = 1 + (ord(letter) > LAST_NARROW)
        if units + wide > LONGEST:
            # At a space, if there is one not too far back.
            kept, _, rest = (
                piece.rpartition(" ") if " " in piece[-MAX_LOOK_BACK:] else (piece, "", "")
            )
            yield from (kept,) if kept.strip() else ()
            piece, units = rest, sum(1 + (ord(each) > LAST_NARROW) for each in rest)
        piece, units = piece + letter, units + wide
    yield from (piece,) if piece.strip() else ()
