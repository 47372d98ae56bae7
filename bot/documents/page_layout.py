"""Draws a page of text: as one tall picture for a phone, or as A4 paper to print.

The document gets no text, name or date of its own. A sign that no font of ours has, such as an
emoji, is left out.
"""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue

from bot.documents.font_scripts import breakable
from bot.documents.typesetting import LINES, Typesetting, drawable
from bot.i18n import bidi
from bot.messages.reply import Document, DocumentLine

NO_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The creation date written into every file: it reveals nothing, and the same page stays the
same."""

# Millimetres: as wide as a phone, where it is a picture.
WIDTH, EDGE, INSIDE = 108.0, 6.0, 5.0
PAPER_WIDTH, PAPER_HEIGHT, MARGIN = 210.0, 297.0, 22.0
PIXELS = 1080
TALLEST = 8
"""Height as a multiple of the width; Telegram accepts twenty, which cannot be read."""
MOST_PIXELS = 9_800
"""Telegram accepts a photo whose width and height together are at most 10,000."""
_MM = 25.4 / 72

BACKGROUND, PANEL = (233, 240, 242), (255, 255, 255)
INK, FAINT, CALM = (34, 34, 34), (86, 96, 102), (0, 92, 128)


@dataclass(frozen=True, slots=True)
class TextStyle:
    """A text style: points, colour, and the space above, in millimetres."""

    size: float
    colour: tuple[int, int, int]
    above: float


HANDS = {
    "head": TextStyle(15, CALM, 0),
    "asked": TextStyle(9.5, FAINT, 4.2),
    "said": TextStyle(13, INK, 0.9),
    "note": TextStyle(9, FAINT, 4.2),
}


def picture(page: Document) -> bytes:
    """A PNG of the page. The same page gives the same bytes."""
    import pypdfium2

    width, height = _size(page)
    drawing = _Drawing(page, width, EDGE + INSIDE)
    drawing.sheet(height)
    drawing.panels()
    document = pypdfium2.PdfDocument(bytes(drawing.pdf.output()))
    try:
        across = PIXELS / (WIDTH / _MM)
        most = MOST_PIXELS / ((width + height) / _MM)
        image = document[0].render(scale=min(across, most)).to_pil()
    finally:
        document.close()
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _size(page: Document) -> tuple[float, float]:
    """As wide as a phone; a very long story is wider, or else its letters would get too small."""
    for width in (WIDTH, 2 * WIDTH):
        if (height := _height(page, width)) < TALLEST * width:
            return width, height
    return 4 * WIDTH, _height(page, 4 * WIDTH)


def _height(page: Document, width: float) -> float:
    measuring = _Drawing(page, width, EDGE + INSIDE)
    measuring.pdf.add_page()
    height = measuring.panels(dry=True)
    measuring.close()
    return height


def paper(page: Document) -> bytes:
    """A PDF of the page on A4, as many sheets as it needs. The same page gives the same bytes."""
    drawing = _Drawing(page, PAPER_WIDTH, MARGIN)
    drawing.pdf.set_auto_page_break(True, MARGIN)
    drawing.pdf.set_top_margin(MARGIN)
    drawing.pdf.add_page(format="A4")
    drawing.flow()
    return bytes(drawing.pdf.output())


class _Drawing:
    def __init__(self, page: Document, width: float, margin: float) -> None:
        self.page, self._whole = page, width
        self._left, self._width = margin, width - 2 * margin
        self.pdf = FPDF(unit="mm", format="A4")
        self.pdf.set_creation_date(NO_DAY)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        self._letters = Typesetting(self.pdf)

    def close(self) -> None:
        """Releases the fonts of a PDF used only for measuring."""
        self._letters.close()

    def sheet(self, height: float) -> None:
        """Begins the one sheet of a picture."""
        self.pdf.add_page(format=(self._whole, height))
        self.pdf.set_fill_color(*BACKGROUND)
        self.pdf.rect(0, 0, self._whole, height, style="F")

    def panels(self, *, dry: bool = False) -> float:
        """Draws each part, from one heading to the next, on a panel; returns the total height."""
        y = EDGE
        for part in self._parts():
            height = sum(self._line(line, y, dry=True) for line in part) + 2 * INSIDE
            if not dry:
                self.pdf.set_fill_color(*PANEL)
                self.pdf.rect(
                    EDGE,
                    y,
                    self._whole - 2 * EDGE,
                    height,
                    style="F",
                    round_corners=True,
                    corner_radius=3,
                )
                below = y + INSIDE
                for line in part:
                    below += self._line(line, below)
            y += height + EDGE
        return y

    def flow(self) -> None:
        """Writes everything down the pages."""
        for place, line in enumerate(self.page.lines):
            if line.kind == "head" and place:
                self.pdf.set_y(self.pdf.get_y() + 7)
            y = self.pdf.get_y()
            self._line(line, y)

    def _parts(self) -> list[list[DocumentLine]]:
        parts: list[list[DocumentLine]] = []
        for line in self.page.lines:
            if line.kind == "head" or not parts:
                parts.append([])
            parts[-1].append(line)
        return parts

    def _line(self, line: DocumentLine, y: float, *, dry: bool = False) -> float:
        """Writes a line at a height; returns how much of it was used."""
        hand, words = HANDS[line.kind], drawable(bidi.clean(line.words))
        font = self._letters.choose(words, hand.size)
        # Each in its own direction; a right-to-left page has all of it on that side.
        right_to_left = _begins_right(words, or_else=self.page.right_to_left)
        self._letters.shape(self.page.language, right_to_left=right_to_left)
        self.pdf.set_text_color(*hand.colour)
        self.pdf.set_xy(self._left, y + hand.above)
        height = self.pdf.multi_cell(
            self._width,
            self.pdf.font_size * LINES[font],
            breakable(words),
            align="R" if right_to_left or self.page.right_to_left else "L",
            dry_run=dry,
            new_x="LMARGIN",
            new_y="NEXT",
            output=MethodReturnValue.HEIGHT,
        )
        return hand.above + cast("float", height)


def _begins_right(words: str, *, or_else: bool) -> bool:
    """Whether the first letter that has a direction is right-to-left."""
    import unicodedata

    for letter in words:
        if (kind := unicodedata.bidirectional(letter)) in ("L", "R", "AL"):
            return kind != "L"
    return or_else
