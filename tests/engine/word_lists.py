"""Lists of texts that strangers wrote, as they stand in their files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml


def name_of(path: Path) -> str:
    """The author and language of a list."""
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> Mapping[str, list[str]]:
    """A list as it stands: `no` is a word."""
    text = path.read_text(encoding="utf-8")
    found: Mapping[str, list[str]] = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - text
    return found
