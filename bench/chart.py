"""Draws updates a second as bars, in SVG.

Measures nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDTH, LABEL, BAR, GAP, HEAD = 760, 250, 18, 6, 34
PLOT = WIDTH - LABEL - 140
"""How long the longest bar is; all that are not cut are drawn to one scale, in every group."""
CEILING = "no bot"
OURS, OTHERS, BEYOND = "#1a6b5c", "#9aa5a2", "#e3e7e6"


def picture(figures: Mapping[int, Mapping[str, float]]) -> str:
    """The bars of each number of people talking, one group below the other."""
    # What no bot at all would bear is far beyond the rest: its bar is cut, and says so.
    rates = [r for bars in figures.values() for name, r in bars.items() if CEILING not in name]
    longest = max(rates, default=1.0) or 1.0
    parts: list[str] = []
    top = 0
    for talking, bars in figures.items():
        parts.append(_text(0, top + 22, f"Updates a second, {talking} talking", bold=True))
        top += HEAD
        for name, rate in bars.items():
            cut = rate > longest
            wide = PLOT + 30 if cut else max(1.0, rate / longest * PLOT)
            colour = OURS if name.startswith("ours") else BEYOND if CEILING in name else OTHERS
            parts.append(_text(LABEL - 8, top + 14, name, end=True))
            parts.append(
                f'<rect x="{LABEL}" y="{top}" width="{wide:.0f}" height="{BAR}" fill="{colour}"/>'
            )
            if cut:
                parts.append(_break(LABEL + PLOT + 8, top))
            said = f"{rate:,.0f}{' (bar cut)' if cut else ''}"
            parts.append(_text(LABEL + wide + 6, top + 14, said))
            top += BAR + GAP
        top += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}"'
        ' font-family="sans-serif" font-size="13" fill="#1d2523">'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _break(x: float, y: float) -> str:
    """Two slanted lines across a bar that is longer than it is drawn."""
    return (
        f'<path d="M{x} {y + BAR + 2}l6 -{BAR + 4}h6l-6 {BAR + 4}z" fill="#fff"/>'
        f'<path d="M{x} {y + BAR + 2}l6 -{BAR + 4}m6 0l-6 {BAR + 4}" stroke="#1d2523"/>'
    )


def _text(x: float, y: float, words: str, *, bold: bool = False, end: bool = False) -> str:
    style = (' font-weight="bold"' if bold else "") + (' text-anchor="end"' if end else "")
    return f'<text x="{x:.0f}" y="{y:.0f}"{style}>{escape(words)}</text>'
