"""Chooses and shapes the letters of a PDF: a font for every supported script, joined correctly."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from fpdf import FPDF
from fpdf.fonts import TTFFont

from bot.documents.font_scripts import FONTS, LARGER, SCRIPTS

LINES = {"sans": 1.3, "arabic": 1.5, "bengali": 1.45, "chinese": 1.4}
"""Line height as a multiple of the font size: some scripts reach further up and down."""

_JOINERS = "\u200c\u200d"


class Typesetting:
    """The fonts of one PDF."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._added: set[str] = set()

    def choose(self, words: str, size: float) -> str:
        """Chooses the font that covers most of the text, with fallback fonts for the rest."""
        counts = {name: len(script.findall(words)) for name, script in SCRIPTS.items()}
        found = [name for name, count in counts.items() if count]
        main = max(found, key=lambda name: counts[name], default="sans")
        for name in ("sans", *found):
            self.add(name)
        self._pdf.set_fallback_fonts(
            [name for name in ("sans", *found) if name != main], exact_match=False
        )
        self._pdf.set_font(main, size=size * LARGER.get(main, 1))
        return main

    def add(self, name: str) -> None:
        """Adds a font by its name, once."""
        if name not in self._added:
            self._added.add(name)
            self._pdf.add_font(name, fname=FONTS / f"{name}.ttf")

    def close(self) -> None:
        """Releases the fonts of a PDF used only for measuring; writing one does it too."""
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def shape(self, language: str, *, right_to_left: bool) -> None:
        """Sets language and direction for shaping."""
        direction = "rtl" if right_to_left else "ltr"
        self._pdf.set_text_shaping(True, direction=direction, language=language.partition("_")[0])


def drawable(words: str) -> str:
    """The text without signs that no font of ours has; a letter it lacks becomes "?"."""
    return "".join(filter(None, map(_drawable, words)))


@lru_cache(maxsize=4096)
def _drawable(letter: str) -> str:
    if letter in " \n" or letter in _JOINERS or ord(letter) in _letters():
        return letter
    kind = unicodedata.category(letter)
    if kind in ("Zs", "Cc"):
        return " "
    return "?" if kind.startswith(("L", "N")) else ""


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    found: set[int] = set()
    for name in ("sans", *SCRIPTS):
        with TTFont(FONTS / f"{name}.ttf", lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)
