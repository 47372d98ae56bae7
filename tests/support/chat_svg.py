"""Draws a piece of a conversation as a phone would show it, as SVG for the docs.

Measures letters with the fonts we carry; it is a picture, not a screenshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bot.documents.text_measuring import lines as broken
from bot.documents.text_measuring import width as wide
from tests.support.telegram_fake import Bubble

WIDTH, PAD, LINE, FONT = 400, 12, 19, 14
SLACK = 1.12
"""The reader's own font may be wider than ours, as DejaVu Sans is."""
EMS = (WIDTH - 60 - 2 * PAD) / FONT / SLACK
"""How wide the words in a bubble may be."""


def phone(parts: Sequence[Bubble | str]) -> str:
    """An SVG of bubbles; a plain string is a line between them, such as "Two weeks later"."""
    y, drawn = 16, list[str]()
    for part in parts:
        if isinstance(part, str):
            drawn.append(_text(WIDTH / 2, y + 14, part, "#5b6b73", anchor="middle"))
            y += 34
            continue
        lines = [line for words in part.text.split("\n") for line in broken(words, EMS)]
        width = max(wide(line) for line in lines) * FONT * SLACK + 2 * PAD
        height = len(lines) * LINE + 2 * PAD - 4
        x = 14 if part.from_bot else WIDTH - width - 14
        fill = "#ffffff" if part.from_bot else "#dcf5d4"
        drawn.append(_box(x, y, width, height, fill))
        for number, line in enumerate(lines):
            drawn.append(_text(x + PAD, y + PAD + 10 + number * LINE, line, "#14212b"))
        y += height + 5
        for row in part.buttons:
            each = (WIDTH - 60 - 5 * (len(row) - 1)) / len(row)
            for place, label in enumerate(row):
                left = 14 + place * (each + 5)
                drawn.append(_box(left, y, each, 30, "#c9dbe3"))
                drawn.append(_text(left + each / 2, y + 20, label, "#1d3d4f", anchor="middle"))
            y += 35
        y += 9
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y + 6}" '
        f'viewBox="0 0 {WIDTH} {y + 6}" font-family="system-ui, sans-serif" font-size="{FONT}">\n'
        f'<rect width="{WIDTH}" height="{y + 6}" rx="22" fill="#e6ebee"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _box(x: float, y: float, width: float, height: float, fill: str) -> str:
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'rx="11" fill="{fill}"/>'
    )


def _text(x: float, y: float, words: str, colour: str, *, anchor: str = "start") -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(words, quote=False)}</text>"
    )
