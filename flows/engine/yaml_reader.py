"""Reads a YAML file as text with line numbers, collecting every mistake instead of the first.

All values are text as typed: `yes:` stays "yes", not a truth value.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from yaml.reader import ReaderError

from flows.engine.yaml_mistakes import mistake


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake in one place of one file."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def _composed(source: str) -> yaml.Node | None:
    try:
        # A tenth of the time; but its error messages are less plain.
        return yaml.compose(source, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        return yaml.compose(source, Loader=yaml.SafeLoader)


class Reader:
    """Parses a file's nodes; what does not fit is noted in `problems` and skipped."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._last = 1

    def root(self, source: str) -> yaml.Node | None:
        """The file's top node, or None with the problem noted."""
        self._last = max(1, len(source.splitlines()))
        try:
            node = _composed(source)
        except yaml.MarkedYAMLError as error:
            line, wrong = mistake(source, error)
            self._note(line, f"this is not YAML: {wrong}")
            return None
        except ReaderError as error:
            line = source.count("\n", 0, error.position) + 1
            self._note(line, f"this is not YAML: {str(error).splitlines()[0]}")
            return None
        except (ValueError, OverflowError, RecursionError) as error:
            # PyYAML lets these through: "\\UFFFFFFFF", and a thousand brackets.
            self._note(1, f"this is not YAML: {type(error).__name__}")
            return None
        if node is None:
            self._note(1, "the file is empty")
        return node

    def note(self, node: yaml.Node | int, message: str) -> None:
        """Notes a mistake at a node or line."""
        self._note(node if isinstance(node, int) else line_of(node), message)

    def _note(self, line: int, message: str) -> None:
        problem = Problem(self.file, min(line, self._last), message)
        if problem not in self.problems:
            self.problems.append(problem)

    def mapping(
        self, node: yaml.Node, what: str, known: Collection[str] | None = None
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Key to (key node, value node); doubled and unknown keys are noted."""
        if not isinstance(node, yaml.MappingNode):
            self.note(node, f"{what} must be `name: value` lines")
            return {}
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self.note(key_node, f"a name in {what} must be a plain word")
                continue
            key = key_node.value
            if key in found:
                self.note(key_node, f"`{key}` stands twice in {what}")
            elif known is not None and key not in known:
                self.note(key_node, f"{what} has no `{key}`{suggest(key, known)}")
            else:
                found[key] = (key_node, value)
        return found

    def items(self, node: yaml.Node, what: str) -> Iterator[yaml.Node]:
        """The entries of a list; a single value counts as a list of one."""
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        elif isinstance(node, yaml.ScalarNode):
            yield node
        else:
            self.note(node, f"{what} must be a list")

    def text(self, node: yaml.Node, what: str) -> str:
        """The text of a single value, white space trimmed; empty is a mistake."""
        if not isinstance(node, yaml.ScalarNode):
            self.note(node, f"{what} must be plain words")
            return ""
        value = str(node.value).strip()
        if not value:
            self.note(node, f"{what} is empty")
        return value

    def flag(self, node: yaml.Node, what: str) -> bool:
        """A truth value, which must be written true or false."""
        value = self.text(node, what)
        if value not in {"true", "false"}:
            self.note(node, f"{what} must be true or false, not `{value}`")
        return value == "true"


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files of a folder, in order of their names.

    What editors and macOS leave beside them (`._en.yaml`, `.#en.yaml`, `.en.yaml.swp`) begins with
    a dot or ends otherwise, and is skipped.
    """
    return sorted(p for p in folder.glob("*.yaml") if p.name[0] != "." and p.is_file())


def line_of(node: yaml.Node) -> int:
    """The line a node begins on, from 1."""
    return int(node.start_mark.line) + 1


def suggest(word: str, known: Collection[str]) -> str:
    """A suggestion of the nearest known word, or the empty string."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def open_yaml(path: Path) -> tuple[Reader, yaml.Node | None]:
    """A reader for a file, and its top node; None and a problem noted where it cannot be read."""
    reader = Reader(path.name)
    try:
        return reader, reader.root(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        reader.note(1, "this file is missing")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        reader.note(line, "this is not UTF-8 text")
    return reader, None
