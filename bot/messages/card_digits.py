"""The eight digits of a card, as people type them: alone in a message, in the digits of any script.

Looks nothing up; a question's answer may be eight digits too, and then it is that.
"""

from __future__ import annotations

import unicodedata

from bot.messages.incoming import TextMessage, UpdateContent
from bot.store.repositories.work.card_codes import DIGITS

_BETWEEN = {"Pd", "Cf"}
"""Kinds of signs that may stand between digits beside blanks: hyphens, and marks nobody sees."""
_LONGEST = 4 * DIGITS


def digits_in(what: UpdateContent) -> str | None:
    """The digits of a card, if that is all that was typed."""
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
    """The same as they are shown: two groups, easy to read aloud."""
    half = DIGITS // 2
    return f"{digits[:half]} {digits[half:]}"
