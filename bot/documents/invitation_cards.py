"""Draws cards to print on A4 and cut: each a QR code, plain text, and a code to type instead."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from fpdf import FPDF
from fpdf.enums import MethodReturnValue, WrapMode, XPos, YPos

from bot.documents import qr_code
from bot.documents.font_scripts import FONTS, breakable
from bot.documents.typesetting import LINES, Typesetting
from bot.messages.reply import CardSheet, InvitationCard

__all__ = ["FONTS", "sheets"]

# Millimetres. Two columns and four rows: as many as stay easy to read.
COLUMNS, ROWS = 2, 4
WIDTH, HEIGHT = 95.0, 68.0
LEFT, TOP = (210 - COLUMNS * WIDTH) / 2, (297 - ROWS * HEIGHT) / 2
INSIDE = 5.0
"""White space around a card's content; a code needs four modules, which is about as much."""
CODE = 38.0
MARK_SIZE = 8.0
LINK_SIZE, LINK_LINE, LINK_LINES = 10.0, 4.2, 3
NAME_SIZE, CODE_SIZE = 11.0, 17.0

TITLE, WORDS = 15.0, 11.0
"""Points, where the text leaves room for them."""
SMALLEST = 0.4
GREY = 110
NO_DAY = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The creation date written into every file: it reveals nothing, and the same cards stay the
same."""
_MM = 25.4 / 72


@dataclass(frozen=True, slots=True)
class CardBox:
    """A rectangle on the sheet, in millimetres."""

    x: float
    y: float
    width: float
    height: float


def sheets(cards: CardSheet) -> bytes:
    """A PDF with as many sheets as the cards need. The same cards give the same bytes."""
    return _Sheets().drawn(cards)


class _Sheets:
    def __init__(self) -> None:
        self.pdf = FPDF(unit="mm", format="A4")
        self.pdf.set_creation_date(NO_DAY)
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        self._letters = Typesetting(self.pdf)
        self._scales: dict[tuple[str, tuple[str, ...]], float] = {}

    def drawn(self, cards: CardSheet) -> bytes:
        for card, box in zip(cards.items, self._places(cards), strict=False):
            self._card(card, box)
        return bytes(self.pdf.output())

    def _places(self, cards: CardSheet) -> Iterator[CardBox]:
        while True:
            self.pdf.add_page()
            self._cut_lines()
            for row in range(ROWS):
                for column in range(COLUMNS):
                    across = COLUMNS - 1 - column if cards.right_to_left else column
                    yield CardBox(LEFT + across * WIDTH, TOP + row * HEIGHT, WIDTH, HEIGHT)

    def _cut_lines(self) -> None:
        self.pdf.set_draw_color(GREY)
        self.pdf.set_line_width(0.1)
        self.pdf.set_dash_pattern(1, 1)
        for column in range(COLUMNS + 1):
            x = LEFT + column * WIDTH
            self.pdf.line(x, TOP, x, TOP + ROWS * HEIGHT)
        for row in range(ROWS + 1):
            y = TOP + row * HEIGHT
            self.pdf.line(LEFT, y, LEFT + COLUMNS * WIDTH, y)

    def _card(self, card: InvitationCard, box: CardBox) -> None:
        inner = CardBox(
            box.x + INSIDE, box.y + INSIDE, box.width - 2 * INSIDE, box.height - 2 * INSIDE
        )
        beside = inner.width - CODE - INSIDE
        if card.right_to_left:
            code, words = inner.x + beside + INSIDE, inner.x
        else:
            code, words = inner.x, inner.x + CODE + INSIDE
        self._code(card.link, code, inner.y)
        self._words(card, CardBox(words, inner.y, beside, CODE))
        below = inner.y + CODE + 0.9 * INSIDE
        box = CardBox(inner.x, below, inner.width, LINK_LINES * LINK_LINE)
        if card.digits:
            self._typed(card, box)
        else:
            self._link(card, box)
        if card.mark:
            high = MARK_SIZE * _MM
            self._mark(
                card, card.mark, CardBox(inner.x, inner.y + inner.height - high, inner.width, high)
            )

    def _code(self, link: str, x: float, y: float) -> None:
        rows = qr_code.modules(link)
        side = CODE / len(rows)
        self.pdf.set_fill_color(0)
        for down, row in enumerate(rows):
            for start, end in _runs(row):
                self.pdf.rect(
                    x + start * side,
                    y + down * side,
                    (end - start) * side,
                    side * 1.02,  # a hair over, or else some viewers show lines between the rows
                    style="F",
                )

    def _words(self, card: InvitationCard, box: CardBox) -> None:
        key = (card.language, card.words)
        self.pdf.set_text_color(0)
        if key not in self._scales:
            scale = 1.0
            while scale > SMALLEST and self._set(card, box, scale, dry=True) > box.height:
                scale -= 0.05
            self._scales[key] = scale
        self._set(card, box, self._scales[key])

    def _set(self, card: InvitationCard, box: CardBox, scale: float, *, dry: bool = False) -> float:
        """Sets the text in a box; returns its height, which may be more than the box's."""
        y = box.y
        for place, words in enumerate(card.words):
            size = (WORDS if place else TITLE) * scale
            y += size * _MM * 0.4 if place else 0
            self.pdf.set_xy(box.x, y)
            y += self._write(words, card, box.width, size, dry=dry)
        return y - box.y

    def _write(
        self, words: str, card: InvitationCard, width: float, size: float, *, dry: bool = False
    ) -> float:
        font = self._letters.choose(words, size)
        self._shape(card)
        height = self.pdf.multi_cell(
            width,
            self.pdf.font_size * LINES[font],
            breakable(words),
            align="R" if card.right_to_left else "L",
            dry_run=dry,
            output=MethodReturnValue.HEIGHT,
        )
        return cast("float", height)

    def _shape(self, card: InvitationCard) -> None:
        self._letters.shape(card.language, right_to_left=card.right_to_left)

    def _link(self, card: InvitationCard, box: CardBox) -> None:
        """The link to type, in letters that cannot be confused with each other."""
        short = re.sub(r"^https?://(www\.)?", "", card.link)
        self._letters.add("mono")
        self.pdf.set_text_color(0)
        self.pdf.set_text_shaping(False)
        size = LINK_SIZE
        self.pdf.set_font("mono", size=size)
        while self.pdf.get_string_width(short) > LINK_LINES * box.width * 0.97 and size > 1:
            size -= 0.5
            self.pdf.set_font("mono", size=size)
        one_line = self.pdf.get_string_width(short) < box.width
        self.pdf.set_xy(box.x, box.y)
        self.pdf.multi_cell(
            box.width,
            LINK_LINE,
            short,
            align="R" if card.right_to_left and one_line else "L",
            wrapmode=WrapMode.CHAR,
        )

    def _typed(self, card: InvitationCard, box: CardBox) -> None:
        """The bot's name, and below it the digits to send it, as large as there is room for."""
        self._letters.add("mono")
        self.pdf.set_text_color(0)
        self.pdf.set_text_shaping(False)
        for place, (words, wanted) in enumerate(((card.bot, NAME_SIZE), (card.digits, CODE_SIZE))):
            size = wanted
            self.pdf.set_font("mono", size=size)
            while self.pdf.get_string_width(words) > box.width * 0.97 and size > 1:
                size -= 0.5
                self.pdf.set_font("mono", size=size)
            high = box.height / 2
            self.pdf.set_xy(box.x, box.y + place * high)
            align = "R" if card.right_to_left else "L"
            self.pdf.cell(box.width, high, words, align=align, new_x=XPos.LEFT, new_y=YPos.TOP)

    def _mark(self, card: InvitationCard, mark: str, box: CardBox) -> None:
        """The mark in the corner opposite to where reading begins, on one line."""
        self.pdf.set_text_color(GREY)
        size = MARK_SIZE
        self._letters.choose(mark, size)
        self._shape(card)
        while self.pdf.get_string_width(mark) > box.width and size > 1:
            size -= 0.5
            self.pdf.set_font_size(size)
        self.pdf.set_xy(box.x, box.y)
        align = "L" if card.right_to_left else "R"
        self.pdf.cell(box.width, box.height, mark, align=align, new_x=XPos.LEFT, new_y=YPos.TOP)


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """The start and end of each dark run in a row, so that it is drawn in one piece."""
    edges = [at for at in range(len(row) + 1) if _dark(row, at) != _dark(row, at - 1)]
    return zip(edges[::2], edges[1::2], strict=True)


def _dark(row: list[bool], at: int) -> bool:
    return 0 <= at < len(row) and row[at]
