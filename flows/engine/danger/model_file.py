"""Reads and writes the file of the small model: text with a hash, its pieces grouped by weight."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.engine.danger.model import DangerModel
from flows.engine.load import BrokenFlow
from flows.engine.yaml_reader import Problem

NAME = "model.txt"
_FIRST = "# Learnt from the lines beside it by `checkin danger train`; not to be changed by hand."
_FORMAT = "1"
_FIELDS = ("format", "lines", "scale", "bias", "threshold", "sha256")
_STEPS = 127
"""A weight is stored as a whole number from -127 to 127, times `scale`."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model, and the hash of the lines it was learnt from."""

    model: DangerModel
    lines: str


def written(
    weights: Mapping[str, float], bias: float, threshold: float, lines: str
) -> tuple[str, DangerModel]:
    """The text of a file, and the model as it will be read from it: weights are rounded."""
    largest = max(map(abs, weights.values()), default=1.0)
    scale = max(round(largest / _STEPS + 5e-7, 6), 1e-6)  # so that no step is above the last
    groups: dict[int, list[str]] = {}
    for piece, weight in weights.items():
        if step := round(weight / scale):
            groups.setdefault(step, []).append(piece)
    rows = ([str(step), *sorted(groups[step])] for step in sorted(groups, reverse=True))
    body = "".join("\t".join(row) + "\n" for row in rows)
    numbers = {"format": _FORMAT, "lines": lines, "scale": f"{scale:.6f}"}
    numbers |= {"bias": f"{bias:.4f}", "threshold": f"{threshold:.4f}"}
    head = "".join(f"{name} {value}\n" for name, value in numbers.items())
    text = f"{_FIRST}\n{head}sha256 {_hash(head + body)}\n\n{body}"
    return text, _model(numbers, groups)


def read(path: Path) -> ModelFile:
    """The model of a file.

    Raises:
        BrokenFlow: with the line that is wrong; without a file too.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(path, 1, f"it cannot be read ({type(error).__name__})") from error
    head, gap, body = text.partition("\n\n")
    if not gap:
        raise _broken(path, 1, "it is cut off")
    numbers: dict[str, str] = {}
    for number, line in enumerate(head.splitlines(), 1):
        name, _, value = line.partition(" ")
        if name in _FIELDS:
            numbers[name] = value
        elif not line.startswith("#"):
            raise _broken(path, number, f"`{name[:40]}` is not known here")
    if missing := [name for name in _FIELDS if name not in numbers]:
        raise _broken(path, 1, f"`{missing[0]}` is missing")
    if numbers["format"] != _FORMAT:
        raise _broken(path, 2, f"format {numbers['format']} is of another version of the program")
    hashed = "".join(f"{name} {numbers[name]}\n" for name in _FIELDS if name != "sha256")
    if _hash(hashed + body) != numbers["sha256"]:
        raise _broken(path, 1, "it was changed by hand or is cut off: its hash is another")
    return ModelFile(
        _model(numbers, dict(_groups(path, head.count("\n") + 3, body))), numbers["lines"]
    )


def _groups(path: Path, first: int, body: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(body.split("\n")[:-1], first):
        step, *pieces = line.split("\t")
        try:
            yield int(step), pieces
        except ValueError as error:
            raise _broken(path, number, f"`{step[:20]}` is no weight") from error


def _model(numbers: Mapping[str, str], groups: Mapping[int, list[str]]) -> DangerModel:
    scale = float(numbers["scale"])
    weights = {piece: step * scale for step, pieces in groups.items() for piece in pieces}
    return DangerModel(weights, float(numbers["bias"]), float(numbers["threshold"]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _broken(path: Path, line: int, message: str) -> BrokenFlow:
    again = "`checkin danger train` makes it anew"
    return BrokenFlow([Problem(path.name, line, f"{message}; {again}")])
