"""Loads `flows/replies/controls.yaml`: other words for the buttons under every question."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from flows.engine.flow import CONTROLS
from flows.engine.load import BrokenFlow
from flows.engine.normalise import normalise
from flows.engine.yaml_reader import open_yaml

FILE = "controls.yaml"


class ControlWord(NamedTuple):
    """The control that a word stands for, and the languages in which it does."""

    control: str
    languages: frozenset[str]


def load_control_words(folder: Path) -> Mapping[str, ControlWord]:
    """The controls by their words without blanks; without the file there are none.

    Raises:
        BrokenFlow: with every mistake at once, such as a word that stands for two controls.
    """
    if not (folder / FILE).is_file():
        return {}
    reader, root = open_yaml(folder / FILE)
    found: dict[str, ControlWord] = {}
    top = reader.mapping(root, "this file", CONTROLS) if root is not None else {}
    for control, (_, node) in top.items():
        for code, (_, part) in reader.mapping(node, f"`{control}`").items():
            for item in reader.items(part, f"`{control}` in {code}"):
                text = reader.text(item, "a word")
                word = joined(text)
                known = found.get(word, ControlWord(control, frozenset()))
                if text and not word:
                    reader.note(item, "a word without letters")
                elif known.control != control:
                    reader.note(item, f"`{text}` means both {known.control} and {control}")
                else:
                    found[word] = ControlWord(control, known.languages | {code})
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return found


def joined(text: str) -> str:
    """A text as it is compared: folded, without blanks."""
    return normalise(text).replace(" ", "")
