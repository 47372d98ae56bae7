"""Finds words that would reveal the service on a lock screen: those of `flows/lock_screen.yaml`.

Used by the tests and `checkin doctor`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flows.engine import BrokenFlow
from flows.engine.normalise import normalise
from flows.engine.yaml_reader import open_yaml

FILE = "lock_screen.yaml"
_WITHOUT_ENDINGS = frozenset({"zh_hans", "ar", "fa", "ur"})
"""Languages whose words have no spaces between them, or are joined with others before them."""


class SensitiveWords:
    """The words that reveal too much, by language."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        self._words = {
            code: {normalise(word) for word in listed} - {""} for code, listed in words.items()
        }

    @property
    def languages(self) -> frozenset[str]:
        """The codes of the languages that have words."""
        return frozenset(self._words)

    def find(self, text: str, language: str, also: Iterable[str] = ()) -> list[str]:
        """The sensitive words in a text of a language, and those of `also`, such as names."""
        said = f" {_parted(text)}"
        first = "" if language in _WITHOUT_ENDINGS else " "
        words = [w for w in self._words.get(language, ()) if f"{first}{_parted(w)}" in said]
        return sorted(words) + [name for name in also if name and f"{_parted(name)}" in said]

    def find_in_any_language(self, text: str) -> list[str]:
        """The sensitive words of any language in a text."""
        return sorted({word for code in self._words for word in self.find(text, code)})


def _parted(text: str) -> str:
    """Normalised, with a space for whatever is neither letter nor number: a name may be joined."""
    return " ".join("".join(c if _is_written(c) else " " for c in normalise(text)).split())


def _is_written(character: str) -> bool:
    # The vowel signs of Bengali are no letters to Python, but split a word if removed.
    return character.isalnum() or "\u0900" <= character <= "\u0dff"


def read_lock_screen(folder: Path) -> SensitiveWords:
    """Reads the sensitive words.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader, root = open_yaml(folder / FILE)
    words: dict[str, list[str]] = {}
    if root is not None:
        for code, (_, node) in reader.mapping(root, "this file").items():
            words[code] = [reader.text(w, "a word") for w in reader.items(node, f"`{code}`")]
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return SensitiveWords(words)
