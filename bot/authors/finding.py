"""One thing to put right in one place of one question file, with a suggestion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from flows.engine import Text


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A style rule that a text breaks."""

    file: str
    line: int
    context: str
    law: str
    wrong: str
    suggestion: str

    @classmethod
    def at(cls, text: Text, law: str, wrong: str, idea: str) -> Self:
        """A finding about a text."""
        return cls(text.file, text.line, text.context, law, wrong, idea)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.context}: {self.wrong}. Plainer: {self.suggestion}"
