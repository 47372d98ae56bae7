"""Matches keywords for stop, start and help, in every language at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.engine.flow import RATHER_NOT_SAY
from flows.engine.load import BrokenFlow, open_or_refuse
from flows.engine.normalise import normalise

KEYWORDS = ("stop", "start", "help")
GO_ON = "go_on"


@dataclass(frozen=True, slots=True)
class Keywords:
    """The meanings of keywords, in every language at once, by their form without spaces."""

    meanings: Mapping[str, str]

    def __call__(self, text: str) -> str | None:
        """The meaning of a whole message, if it is a keyword: the name of its list in the file.

        Spaces do not matter: Persian and Urdu words are joined by a space, a half-space or nothing.
        """
        return self.meanings.get(_joined(text))


def load_stop_words(path: Path) -> Keywords:
    """Reads `stop_words.yaml`.

    Raises:
        BrokenFlow: with every mistake at once, such as a word that would mean two things.
    """
    reader, root = open_or_refuse(path)
    top = reader.mapping(root, "this file", (*KEYWORDS, RATHER_NOT_SAY, GO_ON))
    meant: dict[str, str] = {}
    for name in (*KEYWORDS, RATHER_NOT_SAY, GO_ON):
        if name not in top:
            if name in KEYWORDS:
                reader.note(root, f"`{name}:` is missing")
            continue
        for language, (_, value) in reader.mapping(top[name][1], f"`{name}`").items():
            for node in reader.items(value, f"`{name}` in {language}"):
                word = _joined(reader.text(node, "a word"))
                if not word:
                    reader.note(node, "a word without letters")
                elif meant.setdefault(word, name) != name:
                    reader.note(node, f"`{node.value}` means both {meant[word]} and {name}")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return Keywords(meant)


def _joined(text: str) -> str:
    return normalise(text).replace(" ", "")
