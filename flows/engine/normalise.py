"""Normalises typed text, in any script, for comparison with keywords.

Not for showing: the result drops marks that a reader needs.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Arabic keyboards and Persian ones send different letters for the same word (not folded
# by NFKC), and both write the feminine ending and hamza seats in several ways. Urdu and Kurdish
# have their own forms of heh, and a stroke between letters only stretches a word.
_FOLD = str.maketrans(
    {
        "ي": "ی",
        "ى": "ی",
        "ئ": "ی",
        "ك": "ک",
        "ة": "ه",
        "ۀ": "ه",
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ؤ": "و",
        "ہ": "ه",
        "ھ": "ه",
        "ە": "ه",
        "ـ": None,
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
    }
)
_SIGNS = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032`\u00b4", "'"),
        **dict.fromkeys("-\u2010\u2011\u2012\u2013\u2014\u2212", " "),
    }
)
"""Signs that keyboards use for one another: apostrophes, and hyphens as spaces."""
_HALF_SPACE = re.compile("(?<=[\u0600-\u06ff])\u200c")
"""Separates the parts of a word in Persian and Urdu; within Bengali it only shapes a letter."""
_UNWRITTEN = frozenset(map(chr, (0x0640, 0x0670, *range(0x064B, 0x0653), *range(0xFE00, 0xFE10))))
"""The stroke and vowel signs of Arabic script, mostly left out, and what only shapes a sign."""
_DROPPED = frozenset({"Mn", "Me", "Cf", "Cc"})
_INDIC = range(0x0900, 0x0E00)
"""Scripts whose vowel signs are marks to Unicode: without them Bengali "friend" is "stop"."""
_EDGE = frozenset("PSZ")
"""Punctuation, symbols (an emoji too) and spaces, in every script."""


def normalise(text: str) -> str:
    """The text folded for comparison: same words give the same string, whatever the keyboard.

    As `normalise_letters`; one apostrophe for all, hyphens and half-spaces as spaces, digits of any
    script as 0 to 9.
    """
    if text.isascii():
        return normalise_letters(text.replace("-", " ").replace("`", "'"))
    digits = "".join(map(_as_digit, unicodedata.normalize("NFKC", text)))
    return normalise_letters(_HALF_SPACE.sub(" ", digits).translate(_SIGNS))


def as_spelt(text: str) -> str:
    """The text with the marks that tell words apart: accents, and where a hamza sits.

    Case, the vowel signs of Arabic, white space and signs at the ends still do not matter.
    """
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(c for c in composed if c not in _UNWRITTEN and not _is_format(c))
    return _without_edges(" ".join(kept.split()))


def normalise_letters(text: str) -> str:
    """The text with its letters folded, and all signs as they are.

    NFKC and casefold, letter variants of Arabic and Persian as one, Latin accents removed, format
    and combining marks dropped, white space as single spaces, punctuation trimmed. Hashes of
    private words were made from it: changing it locks participants out.
    """
    if text.isascii() and text.isprintable():
        return _without_edges(" ".join(text.casefold().split()))  # nothing else changes these
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
    letters = unicodedata.normalize("NFD", folded).translate(_FOLD)
    kept = "".join(c for c in letters if c.isspace() or not _is_dropped(c))
    return _without_edges(" ".join(kept.split()))


@lru_cache(maxsize=4096)  # a few alphabets
def _as_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def _is_format(character: str) -> bool:
    return unicodedata.category(character) in ("Cf", "Cc") and not character.isspace()


@lru_cache(maxsize=4096)
def _is_dropped(character: str) -> bool:
    if ord(character) in _INDIC and not unicodedata.combining(character):
        return False
    return unicodedata.category(character) in _DROPPED


def _without_edges(text: str) -> str:
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start])[0] in _EDGE:
        start += 1
    while start < end and unicodedata.category(text[end - 1])[0] in _EDGE:
        end -= 1
    return text[start:end]
