"""Draws bar charts with their numbers, as SVG and PNG, with no browser and no network.

Every chart is as wide as every other and its bars begin at zero, so charts of one `most` have one
scale: pixels per person. Letters are outlines, so a machine without fonts shows them too. One
colour tells whose view it is, and text tells it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from bot.documents.text_measuring import glyphs, lines, outline, units, width

PEOPLE, OFFICE, FACTS = "#0072B2", "#D55E00", "#56707c"
"""Blue is the participants' view, vermilion the service's record (Okabe and Ito's palette)."""
INK, FAINT = "#222222", "#5a5a5a"
WIDTH, PLOT, EDGE = 440, 285, 2
"""All charts have the same width, and so has the area for their bars."""
TITLE, LABEL = 15.0, 13.0
BAR, LINE, BETWEEN = 14, 17, 8
PERCENT_FROM = 20
"""Of fewer people than this, a percentage would suggest more than is known."""


@dataclass(frozen=True, slots=True)
class ChartBar:
    """One bar: its label, its number (None where suppressed), and of how many people it is."""

    label: str
    number: int | None
    of: int | None = None

    def said(self, hidden: str) -> str:
        """The text beside it: the number, of how many, and a percentage where that is fair."""
        return said(self.number, self.of, hidden)


def said(number: int | None, of: int | None, hidden: str) -> str:
    """A number, of how many, and a percentage where there are enough people for one."""
    if number is None:
        return hidden
    if of is None:
        return str(number)
    percent = f" ({min(100, round(100 * number / of))}%)" if of >= PERCENT_FROM else ""
    return f"{number} of {of}{percent}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart. `most` is where the scale ends, the same for charts to compare."""

    name: str
    title: str
    bars: Sequence[ChartBar]
    most: int
    colour: str = PEOPLE

    def svg(self, hidden: str) -> str:
        """The SVG; `hidden` is written where a number is suppressed."""
        drawing = _Drawing()
        y = drawing.paragraph(self.title, TITLE, 4, bold=True) + BETWEEN
        for bar in self.bars:
            y = drawing.paragraph(bar.label, LABEL, y)
            length = PLOT * (bar.number or 0) / max(self.most, 5)
            drawing.bar(length, y + 3, self.colour)
            drawing.line(bar.said(hidden), LABEL, EDGE + length + 6, y + BAR)
            y += BAR + BETWEEN + 3
        numbers = "; ".join(f"{bar.label}, {bar.said(hidden)}" for bar in self.bars)
        return drawing.svg(y, self.title, numbers)


@dataclass
class _Drawing:
    """The parts of a picture, and the outline of each glyph once."""

    parts: list[str] = field(default_factory=list)
    outlines: dict[str, str] = field(default_factory=dict)

    def paragraph(self, words: str, size: float, y: float, *, bold: bool = False) -> float:
        """Writes text in lines as wide as the picture; returns where the next thing begins."""
        for text in lines(words, (WIDTH - 2 * EDGE) / size):
            y += LINE
            self.line(text, size, EDGE, y - 4, bold=bold)
        return y

    def line(self, words: str, size: float, x: float, y: float, *, bold: bool = False) -> None:
        """Writes one line."""
        x = min(x, WIDTH - EDGE - width(words) * size)
        weight = f' stroke="{INK}" stroke-width="30"' if bold else ""
        self.parts.append(f'<g aria-label="{escape(words)}" fill="{INK}"{weight}>')
        for (font, scale), run in groupby(glyphs(words), lambda g: (g.font, g.size)):
            times, per = size * scale / units(font), units(font) / scale
            uses = (self._use(font, g.number, g.x * per, g.y * per) for g in run)
            self.parts.append(
                f'<g transform="translate({x:.1f} {y:.1f}) scale({times:.4f} {-times:.4f})">'
                f"{''.join(uses)}</g>"
            )
        self.parts.append("</g>")

    def bar(self, length: float, y: float, colour: str) -> None:
        """Draws a bar, and a line where it begins."""
        self.parts.append(
            f'<path d="M{EDGE} {y - 2:.1f}v{BAR + 4}" stroke="{FAINT}"/>'
            f'<rect class="bar" x="{EDGE}" y="{y:.1f}" width="{length:.2f}" '
            f'height="{BAR}" fill="{colour}"/>'
        )

    def svg(self, height: float, title: str, numbers: str) -> str:
        """The whole SVG, with its text for screen readers."""
        defs = "".join(f'<path id="{name}" d="{d}"/>' for name, d in self.outlines.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
            f'viewBox="0 0 {WIDTH} {height:.0f}" role="img">'
            f"<title>{escape(title)}</title><desc>{escape(numbers)}.</desc><defs>{defs}</defs>"
            f'<rect width="100%" height="100%" fill="white"/>{"".join(self.parts)}</svg>'
        )

    def _use(self, font: str, number: int, x: float, y: float) -> str:
        name = f"{font[0]}{number}"
        if name not in self.outlines:
            self.outlines[name] = outline(font, number)
        if not self.outlines[name]:
            return ""  # a blank
        up = f' y="{y:.0f}"' if y else ""
        return f'<use href="#{name}" x="{x:.0f}"{up}/>'


def png(svg: str) -> bytes:
    """The chart as PNG, for where SVG cannot be used, at twice its size."""
    import vl_convert

    return vl_convert.svg_to_png(svg, scale=2)
