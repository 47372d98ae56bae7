"""Loads the texts sent outside a flow, and the keywords for stop, start and help.

When each is sent is up to the bot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from flows.engine.flow import CONTROLS, RATHER_NOT_SAY, Text
from flows.engine.load import BrokenFlow
from flows.engine.normalise import normalise
from flows.engine.text_nodes import label_at, text_at
from flows.engine.yaml_reader import Reader, open_yaml

KEYWORDS = ("stop", "start", "help")
GO_ON = "go_on"
_TOP = ("org_name", "controls", "menu", "about", "phrases")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A message with the buttons under it, by id."""

    text: Text
    choices: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Phrases:
    """All of `phrases.yaml`."""

    org_name: Text
    controls: Mapping[str, Text]
    menu: Mapping[str, Text]
    about: Mapping[str, Text]
    said: Mapping[str, Phrase]

    def __getitem__(self, name: str) -> Phrase:
        return self.said[name]


def load_phrases(path: Path) -> Phrases:
    """Reads `phrases.yaml`.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader, root = _open(path)
    top = reader.mapping(root, "this file", _TOP)
    for key in _TOP:
        if key not in top:
            reader.note(root, f"`{key}:` is missing")
    if len(top) < len(_TOP):
        raise BrokenFlow(reader.problems)
    found = Phrases(
        label_at(reader, top["org_name"][1], "`org_name`", "phrases/org_name"),
        _texts(reader, top["controls"][1], "controls"),
        _texts(reader, top["menu"][1], "menu"),
        _texts(reader, top["about"][1], "about"),
        _said(reader, top["phrases"][1]),
    )
    for control in CONTROLS:
        if control not in found.controls:
            reader.note(top["controls"][0], f"control `{control}` has no words")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return found


def load_said(path: Path) -> dict[str, Phrase]:
    """Loads a file that has nothing but `phrases:`, such as `workers.yaml`.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader, root = _open(path)
    top = reader.mapping(root, "this file", ("phrases",))
    said = _said(reader, top["phrases"][1], path.stem) if "phrases" in top else {}
    if "phrases" not in top:
        reader.note(root, "`phrases:` is missing")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return said


def _open(path: Path) -> tuple[Reader, yaml.Node]:
    reader, root = open_yaml(path)
    if root is None:
        raise BrokenFlow(reader.problems)
    return reader, root


def _texts(reader: Reader, node: yaml.Node, where: str) -> dict[str, Text]:
    return {
        name: label_at(reader, value, f"`{name}`", f"{where}/{name}")
        for name, (_, value) in reader.mapping(node, f"`{where}`").items()
    }


def _said(reader: Reader, node: yaml.Node, file: str = "phrases") -> dict[str, Phrase]:
    said: dict[str, Phrase] = {}
    for name, (_, value) in reader.mapping(node, "`phrases`").items():
        here = f"{file}/{name}"
        if isinstance(value, yaml.ScalarNode):
            said[name] = Phrase(label_at(reader, value, f"`{name}`", f"{here}/text"), {})
            continue
        parts = reader.mapping(value, f"`{name}`", ("text", "choices"))
        if "text" not in parts:
            reader.note(value, f"`{name}` needs `text:`")
            continue
        choices = _texts(reader, parts["choices"][1], here) if "choices" in parts else {}
        text = text_at(reader, parts["text"][1], "`text`", f"{here}/text")
        said[name] = Phrase(text, choices)
    return said


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
    reader, root = _open(path)
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
