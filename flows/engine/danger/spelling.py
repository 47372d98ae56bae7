"""Maps a message to words of a known vocabulary, however it was spelled, spaced or disguised.

Stores nothing of what participants wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from flows.engine.danger.slips import SlipIndex
from flows.engine.normalise import normalise

END = "."
"""A sentence begins or ends here."""
PAUSE = ","
"""A comma, a colon, a bracket."""
NUMBER = "<number>"
"""Any number of ten or more."""
UNKNOWN = ""

_ENDS = frozenset(".!?…;\n\r।۔。؟؛")
_PAUSES = frozenset(",،、:()–—")
_APOSTROPHES = frozenset("'’‘ʼʹ`´＇′")
_PIECE = re.compile(r"\S{1,40}")
_SIGNED = re.compile(r"\w[@$!|*]+\w|^[@$]\w")
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*]{1,2}){3,}\w(?!\w)")
_TWICE = re.compile(r"([^\W\d])\1+")
_SIGN_SET = frozenset("@$!|*")
_SIGNS = str.maketrans({"@": "a", "$": "s", "!": "i", "|": "l", "*": None})
_DIGITS = (str.maketrans("0134578", "oieastb"), str.maketrans("0134578", "oleastb"))
_LONGEST, _RUN_ON, _WORD = 40, 6, 12


class LetterFolding(dict[int, str]):
    """Folds each character for comparison, computed when first met: for `str.translate`."""

    def __init__(self, signs: Iterable[str] = ()) -> None:
        super().__init__()
        self._signs = frozenset(signs)

    def __missing__(self, code: int) -> str:
        if len(self) > 20_000:  # a sender uses every character there is
            self.clear()
        self[code] = found = self._letter(chr(code))
        return found

    def _letter(self, c: str) -> str:
        if c in self._signs or "\u4e00" <= c <= "\u9fff" or "\u3400" <= c <= "\u4dbf":
            return f" {c} "  # Chinese is written without spaces: each character is a word
        if c in _APOSTROPHES:
            return ""
        folded = unicodedata.normalize("NFKC", c)
        if c in _ENDS or folded in _ENDS or folded == "...":
            return f" {END} "
        if folded in _PAUSES:
            return f" {PAUSE} "
        if c.isspace():
            return " "
        # Marks that are hidden or on a letter vanish; all other signs separate words.
        hidden = unicodedata.category(c) in {"Mn", "Me", "Cf", "Cc"}
        return "" if hidden else normalise(c) or " "


class Spelling:
    """Reads messages with the vocabulary of some phrases.

    `numbers` has each word of it, with its place. `slips` is its index, where it is made already.
    """

    def __init__(
        self,
        words: Sequence[str],
        same: Mapping[tuple[str, ...], tuple[str, ...]] | None = None,
        signs: Iterable[str] = (),
        slips: SlipIndex | None = None,
    ) -> None:
        self.same, self.signs = dict(same or {}), frozenset(signs)
        self._letters = LetterFolding(self.signs)
        self.numbers = {word: number for number, word in enumerate(words)}
        self.slips = SlipIndex.of(words) if slips is None else slips
        self._starts: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for variant, meant in sorted(self.same.items(), key=lambda v: (-len(v[0]), v)):
            self._starts.setdefault(variant[0], []).append((variant, meant))

    def fold(self, text: str) -> list[str]:
        """The words as written, folded: doubled letters once, unneeded signs removed."""
        return _TWICE.sub(r"\1", text.translate(self._letters)).split()

    def read(self, text: str) -> list[str]:
        """The words of a message; a word that is in no phrase becomes UNKNOWN."""
        text = _SPACED.sub(_together, text)
        if not _SIGN_SET.isdisjoint(text):
            text = _PIECE.sub(self._unmask, text)
        found = [END]
        for token in self.fold(text):
            if token in self.numbers or token in {END, PAUSE}:
                found.append(token)
            else:
                found += self._known(token)
        found.append(END)
        return self.canonical(found)

    def canonical(self, words: Sequence[str]) -> list[str]:
        """The words with every listed variant in its canonical form."""
        starts, found, at = self._starts, list[str](), 0
        while at < len(words):
            for variant, meant in starts.get(words[at], ()):
                if tuple(words[at : at + len(variant)]) == variant:
                    found += meant
                    at += len(variant)
                    break
            else:
                found.append(words[at])
                at += 1
        return found

    def _unmask(self, match: re.Match[str]) -> str:
        written = match.group()
        if not _SIGNED.search(written):
            return written
        letters = written.translate(_SIGNS)
        return letters if any(self._known(t) != [UNKNOWN] for t in self.fold(letters)) else written

    def _known(self, token: str) -> list[str]:
        if token in self.numbers:
            return [token]
        if token[0].isdigit():
            return self._numbered(token)
        if len(token) > _LONGEST:
            return [UNKNOWN]
        if not token.isalpha() and token.isascii():
            forms = [_TWICE.sub(r"\1", token.translate(digits)) for digits in _DIGITS]
            if known := [form for form in forms if form in self.numbers]:
                return known[:1]
            token = forms[0]
        if (near := self.slips.nearest(token)) is not None:
            return [near]
        # Arabic writes "and" joined to the next word
        if token[0] == "و" and token[1:] in self.numbers:
            return [token[1:]]
        if len(token) >= _RUN_ON and (parts := self._parted(token)):
            return parts
        return [UNKNOWN]

    def _numbered(self, token: str) -> list[str]:
        digits = 0
        while digits < len(token) and token[digits].isdigit():
            digits += 1
        number = [NUMBER if digits > 1 and token[0] != "0" else UNKNOWN]
        rest = token[digits:]
        return number + (self._known(rest) if rest and not rest[0].isdigit() else [])

    def _parted(self, token: str) -> list[str]:
        """The fewest known words that were run together into this one, or nothing."""
        ends: dict[int, tuple[float, list[str]]] = {0: (0, [])}
        for start in range(len(token)):
            if start not in ends:
                continue
            cost, before = ends[start]
            for size in range(1, min(_WORD, len(token) - start) + 1):
                part = token[start : start + size]
                if part not in self.numbers or (size == 1 and part != "i"):
                    continue
                # "wanttodie" has lost one of its two t when doubled letters became one.
                for end, price in ((start + size, 1), (start + size - 1, 1.5))[: 1 + (size > 2)]:
                    if end not in ends or cost + price < ends[end][0]:
                        ends[end] = (cost + price, [*before, part])
        return ends.get(len(token), (0, []))[1]


def _together(match: re.Match[str]) -> str:
    return re.sub(r"[ .\-_*]", "", match.group())
