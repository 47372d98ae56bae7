"""A small linear model that says when words may mean danger though no phrase of ours is in them.

It adds the weights of the pieces of a text, and only ever makes the bot ask gently. `model_file`
reads and writes it; `checkin danger train` learns it from the lines in `flows/danger/`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from flows.engine.normalise import normalise

SIZES = (2, 3, 4, 5)
"""The lengths of pieces, in letters; a space stands for the edge of a word."""
MOST_WORDS = 2
"""Whole words in a row that are a piece too."""
FEWEST_WORDS = 3
"""A message of fewer words says too little: those that mean danger are phrases."""
LONGEST = 5_000
"""Characters that are read of a message: more than Telegram lets anybody send at once."""
_SENTENCE = re.compile(r"[.!?…;\n।۔。؟！？]+")
_TWICE = re.compile(r"([^\W\d])\1+")
_HAN = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff])")


class _Signs(dict[int, str]):
    """Maps what is no letter to a space, and any digit to 0, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        if len(self) > 20_000:  # a sender uses every character there is
            self.clear()
        kind = unicodedata.category(chr(code))[0]
        self[code] = found = chr(code) if kind in "LM" else "0" if kind == "N" else " "
        return found


_SIGNS = _Signs()


@dataclass(frozen=True, slots=True)
class DangerModel:
    """The weights of pieces. A text may mean danger where one of its sentences has `threshold`."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def may_be_danger(self, text: str) -> bool:
        """Whether the bot should ask gently."""
        if len(_words_of(text[:LONGEST])) < FEWEST_WORDS:
            return False
        return any(self._score(pieces) >= self.threshold for pieces in sentences(text))

    def score(self, text: str) -> float:
        """The score of the sentence that sounds most like danger."""
        return max(map(self._score, sentences(text)), default=self.bias)

    def reasons(self, text: str, most: int = 5) -> list[str]:
        """The words of a text whose pieces speak most for danger, the strongest first."""
        words = dict.fromkeys(_words_of(text[:LONGEST]))
        said = {word: sum(self.weights.get(p, 0.0) for p in _pieces([word])) for word in words}
        strong = sorted(said, key=lambda word: -said[word])
        return [word for word in strong[:most] if said[word] > 0]

    def _score(self, pieces: frozenset[str]) -> float:
        weights = self.weights
        total = sum([weights[piece] for piece in pieces if piece in weights])
        return self.bias + total / sqrt(len(pieces) or 1)


def sentences(text: str) -> Iterator[frozenset[str]]:
    """The pieces of each sentence of a text, and of the whole where it has several."""
    read = text[:LONGEST]
    parts = [part for part in _SENTENCE.split(read) if part.strip()]
    if len(parts) != 1:
        parts.append(read)
    for part in parts:
        if found := pieces_of(part):
            yield found


def pieces_of(text: str) -> frozenset[str]:
    """The pieces of a text: runs of letters, and whole words, folded as keywords are."""
    words = _words_of(text)
    return _pieces(words) if len(words) > 1 else frozenset()


def _words_of(text: str) -> list[str]:
    folded = _TWICE.sub(r"\1", normalise(text).translate(_SIGNS))
    return _HAN.sub(r" \1 ", folded).split()


def _pieces(words: Sequence[str]) -> frozenset[str]:
    padded = f" {' '.join(words)} "
    length = len(padded)
    found = {padded[at : at + size] for size in SIZES for at in range(length - size + 1)}
    for count in range(1, MOST_WORDS + 1):
        found.update(
            f" {' '.join(run)} " for run in zip(*(words[n:] for n in range(count)), strict=False)
        )
    return frozenset(found)
