"""Loads the texts sent outside a flow; when each is sent is up to the bot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from flows.engine.flow import CONTROLS, Text
from flows.engine.load import BrokenFlow, open_or_refuse
from flows.engine.text_nodes import label_at, text_at
from flows.engine.yaml_reader import Reader

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
    reader, root = open_or_refuse(path)
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
    reader, root = open_or_refuse(path)
    top = reader.mapping(root, "this file", ("phrases",))
    said = _said(reader, top["phrases"][1], path.stem) if "phrases" in top else {}
    if "phrases" not in top:
        reader.note(root, "`phrases:` is missing")
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return said


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
