"""Measures and outlines text with the bundled fonts, so that a machine's own do not matter.

Lengths are in ems. The caller breaks lines and places them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.documents.font_scripts import FONTS, LARGER, SCRIPTS, breakable

if TYPE_CHECKING:
    import uharfbuzz

UNKNOWN = 1.0
"""The width assumed for a sign that no font of ours has, such as an emoji."""
_WORD = re.compile("([ \u200b]*)([^ \u200b]+)")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph of a shaped text: its font, its number there, and its position."""

    font: str
    number: int
    x: float
    y: float
    size: float


@lru_cache(maxsize=8192)  # the buttons of all languages, and names
def width(text: str) -> float:
    """The width of a text in ems; vowel signs and joined letters as they are drawn."""
    return _shape(text)[1]


def glyphs(text: str) -> list[Glyph]:
    """The glyphs of a text from left to right, each with its place."""
    return _shape(text)[0]


def lines(text: str, most: float) -> list[str]:
    """The text in lines no wider than `most`; a word wider than a line is broken within it."""
    found = [""]
    for blank, word in _WORD.findall(breakable(text)):
        joined = found[-1] + " " * (" " in blank) + word if found[-1] else word
        if width(joined) <= most:
            found[-1] = joined
            continue
        pieces = list(_pieces(word, most))
        found = [*found, *pieces] if found[-1] else pieces
    return found


def outline(font: str, number: int) -> str:
    """The outline of a glyph as an SVG path, in the font's units, upwards."""
    parts: list[str] = []
    _font(font).draw_glyph_with_pen(number, _Pen(parts))
    return "".join(parts)


def units(font: str) -> int:
    """How many units of a font make an em."""
    return int(_font(font).face.upem)


class _Pen:
    """Writes what HarfBuzz draws as the commands of an SVG path."""

    def __init__(self, parts: list[str]) -> None:
        self._parts = parts

    def moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools' own names
        self._add("M", point)

    def lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._add("L", point)

    def qCurveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("Q", *points)

    def curveTo(self, *points: tuple[float, float]) -> None:  # noqa: N802
        self._add("C", *points)

    def closePath(self) -> None:  # noqa: N802
        self._parts.append("Z")

    def endPath(self) -> None:  # noqa: N802
        """An open path needs no end."""

    def _add(self, command: str, *points: tuple[float, float]) -> None:
        self._parts.append(command + " ".join(f"{x:.0f} {y:.0f}" for x, y in points))


def _pieces(word: str, most: float) -> Iterator[str]:
    while width(word) > most and len(word) > 1:
        fits = next((n for n in range(len(word) - 1, 1, -1) if width(word[:n]) <= most), 1)
        yield word[:fits]
        word = word[fits:]
    yield word


def _shape(text: str) -> tuple[list[Glyph], float]:
    import uharfbuzz as hb

    placed: list[Glyph] = []
    x = 0.0
    for name, words in _runs(text):
        font, size = _font(name), LARGER.get(name, 1.0)
        scale = size / font.face.upem
        buffer = hb.Buffer()
        buffer.add_str(words)
        buffer.guess_segment_properties()
        hb.shape(font, buffer)
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            if info.codepoint == 0:
                x += UNKNOWN
                continue
            glyph = Glyph(name, info.codepoint, x + at.x_offset * scale, at.y_offset * scale, size)
            placed.append(glyph)
            x += at.x_advance * scale
    return placed, x


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """The text in runs of one font; spaces and signs stay with what they follow."""
    now, run = "", ""
    for letter in text:
        own = next((name for name, script in SCRIPTS.items() if script.match(letter)), "sans")
        stays = now and not letter.isalpha() and _font(now).get_nominal_glyph(ord(letter))
        if now and own != now and not stays:
            yield now, run
            run = ""
        if not stays:
            now = own
        run += letter
    if run:
        yield now, run


@lru_cache(maxsize=8)
def _font(name: str) -> uharfbuzz.Font:
    import uharfbuzz as hb

    return hb.Font(hb.Face(hb.Blob.from_file_path(FONTS / f"{name}.ttf")))
