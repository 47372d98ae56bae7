"""The kinds of steps, a row each with its traits; everything else asks for a trait, not a kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self


@dataclass(frozen=True, slots=True)
class KindTraits:
    """What a kind of step is like.

    asks: The walk waits here for an answer.
    taps: The author writes choices, which become buttons.
    several: More than one choice can be picked.
    types: Typed text, or a voice note where any text will do, is a whole answer.
    read: Gives typed text in the form it is kept in, or None to ask again; without it, any text
        is kept as it is, and what comes later is added to it.
    example: Text that answers such a question, for practice and previews.
    xlsform: The type of an XLSForm's row.
    shape: How a diagram draws it: "box", "hexagon" or "slanted".
    """

    asks: bool = True
    taps: bool = False
    several: bool = False
    types: bool = False
    read: Callable[[str], str | None] | None = None
    example: str | None = None
    xlsform: str = "text"
    shape: str = "slanted"


_USUAL = KindTraits()


class StepKind(StrEnum):
    """The things a step can do."""

    traits: KindTraits

    def __new__(cls, name: str, traits: KindTraits = _USUAL) -> Self:
        member = str.__new__(cls, name)
        member._value_ = name
        member.traits = traits
        return member

    SAY = "say", KindTraits(asks=False, xlsform="note", shape="box")
    CHOICE = "choice", KindTraits(taps=True, xlsform="select_one", shape="hexagon")
    CHOICES = (
        "choices",
        KindTraits(taps=True, several=True, xlsform="select_multiple", shape="hexagon"),
    )
    WORDS = "words", KindTraits(types=True, xlsform="text")

    @property
    def is_free_text(self) -> bool:
        """Whether the answer is text in the participant's own words."""
        return self.traits.types and self.traits.read is None
