"""One way to compare what people type, in any script, with what we listen for.

Not for showing: the result drops marks that a reader needs.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Arabic keyboards and Persian ones send different letters for the same word (FACTS: not folded
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
_DROPPED = frozenset({"Mn", "Me", "Cf", "Cc"})
_INDIC = range(0x0900, 0x0E00)
"""Scripts whose vowel signs are marks to Unicode: without them Bengali "friend" is "stop"."""
_EDGE = frozenset("PSZ")
"""Punctuation, symbols (an emoji too) and blanks, in every script."""


def plain(text: str) -> str:
    """The text folded for comparing: same words give the same string.

    NFKC and casefold, letter variants of Arabic and Persian as one, Latin accents taken off,
    format and combining marks dropped, white space as single blanks, punctuation off the ends.
    """
    if text.isascii() and text.isprintable():
        return _without_edges(" ".join(text.casefold().split()))  # nothing else changes these
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
    letters = unicodedata.normalize("NFD", folded).translate(_FOLD)
    kept = "".join(c for c in letters if c.isspace() or not _is_dropped(c))
    return _without_edges(" ".join(kept.split()))


@lru_cache(maxsize=4096)  # a few alphabets
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
