"""Reads a page of documentation: its links, headings, and what it sets as code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import typer

ROOT = Path(__file__).resolve().parents[2]

_FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4,}(?![-*|]|\d+\. )\S[^\n]*\n)+", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_IMAGE = re.compile(r"\b(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page in Markdown, as GitHub shows it."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """The page without its code blocks."""
        return _FENCED.sub("", self.text)

    @property
    def links(self) -> list[str]:
        """Where the page leads, outside of code."""
        shown = _INLINE.sub("``", self.prose)
        return [*_LINK.findall(shown), *_IMAGE.findall(shown)]

    @property
    def anchors(self) -> set[str]:
        """What `#…` may name on the page, by GitHub's rule: doubles get a number."""
        found: dict[str, int] = {}
        anchors = set()
        for heading in _HEADING.findall(self.prose):
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
            slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
            anchors.add(f"{slug}-{found[slug]}" if slug in found else slug)
            found[slug] = found.get(slug, 0) + 1
        return anchors

    @property
    def code(self) -> Iterator[str]:
        """Each line of a code block, and each piece of code within a sentence."""
        for block in (*_FENCED.findall(self.text), *_INDENTED.findall(self.prose)):
            yield from block.splitlines()
        for piece in _INLINE.findall(self.prose):
            yield " ".join(piece.split())


def pages(root: Path = ROOT) -> list[Page]:
    """The pages that people read, but not the changelog: that says what was."""
    found = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    for folder in ("docs", "flows", "locales", "bench", "bot", "tests"):
        found += sorted((root / folder).rglob("*.md"))
    return [Page(path) for path in found if path.is_file()]


def program() -> Any:
    """The `checkin` command as its help lists it, by the entry point of an installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, _ = project["scripts"]["checkin"].partition(":")
    cli: Any = import_module(module).cli
    return typer.main.get_command(cli)
