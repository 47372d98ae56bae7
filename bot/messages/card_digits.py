"""The eight digits of a card, as they are typed: alone in a message, in any script's digits.

The caller decides whether they are an answer: an answer may be eight digits too.
"""

from __future__ import annotations

import unicodedata

from bot.messages.incoming import TextMessage, UpdateContent
from bot.store.repositories.work.card_codes import DIGITS

_BETWEEN = {"Pd", "Cf"}
"""Unicode categories allowed between digits besides spaces: hyphens, and invisible marks."""
_LONGEST = 4 * DIGITS


def digits_in(what: UpdateContent) -> str | None:
    """The digits of a card, if nothing else was typed."""
    if not isinstance(what, TextMessage) or len(what.text) > _LONGEST:
        return None
    digits = ""
    for sign in what.text:
        if sign.isdecimal():
            digits += str(unicodedata.decimal(sign))
        elif not sign.isspace() and unicodedata.category(sign) not in _BETWEEN:
            return None
    return digits if len(digits) == DIGITS else None


def grouped(digits: str) -> str:
    """The digits as they are shown: two groups, easy to read aloud."""
    half = DIGITS // 2
    return f"{digits[:half]} {digits[half:]}"
