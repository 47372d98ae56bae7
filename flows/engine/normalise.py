"""One way to compare what people type, in any script, with what we listen for.

Not for showing: the result drops marks that a reader needs.
"""

from __future__ import annotations

import unicodedata

# Arabic keyboards and Persian ones send different letters for the same word (FACTS: not folded
# by NFKC), and both write the feminine ending and hamza seats in several ways.
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
        "ı": "i",
        "ł": "l",
        "ø": "o",
        "đ": "d",
    }
)
_EDGE = " \t\n\r.,!?;:'\"«»“”‘’()[]…-–—_*/\\؟،؛।。！？，、¡¿"


def plain(text: str) -> str:
    """The text folded for comparing: same words give the same string.

    NFKC and casefold, letter variants of Arabic and Persian as one, Latin accents taken off,
    format and combining marks dropped, white space as single blanks, punctuation off the ends.
    """
    # A slash first keeps commands apart from words: "/stop" is a command, "stop" a word.
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_FOLD)
    letters = unicodedata.normalize("NFD", folded).translate(_FOLD)
    kept = "".join(
        c for c in letters if unicodedata.category(c) not in {"Mn", "Cf", "Cc"} or c in "\n\t"
    )
    return " ".join(kept.split()).strip(_EDGE)
