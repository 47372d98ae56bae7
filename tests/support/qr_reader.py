"""Reads QR codes and ink as a phone's camera and a printer's paper would show them.

It knows nothing of what they should say.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2
import zxingcpp
from PIL import Image

DOTS = 3.0
"""Pixels for each point of paper, 216 to the inch: less than any printer."""


def codes(picture: Image.Image) -> list[str]:
    """What every code in a picture says, row by row from the top, each from the left."""
    found = zxingcpp.read_barcodes(picture)
    height = picture.height / 16
    return [
        code.text
        for code in sorted(
            found, key=lambda c: (round(c.position.top_left.y / height), c.position.top_left.x)
        )
    ]


def photo(data: bytes) -> Image.Image:
    """A picture from its file."""
    return Image.open(io.BytesIO(data)).convert("L")


@contextmanager
def printed(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """A PDF, open for reading."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        yield document
    finally:
        document.close()


def pages(pdf: bytes, dots: float = DOTS) -> list[Image.Image]:
    """Every sheet of a PDF, as a printer would draw it."""
    with printed(pdf) as document:
        return [page.render(scale=dots).to_pil().convert("L") for page in document]


def lines(pdf: bytes) -> list[str]:
    """The words of a PDF's first sheet, line by line."""
    with printed(pdf) as document:
        text = document[0].get_textpage().get_text_range()
    return [line for line in text.splitlines() if line.strip()]


def ink(picture: Image.Image, box: tuple[float, float, float, float]) -> tuple[float, ...] | None:
    """The smallest rectangle around all ink within one, given and told in millimetres."""
    per_mm = picture.width / 210
    cut = picture.crop(tuple(round(side * per_mm) for side in box))  # type: ignore[arg-type]
    found = cut.point(lambda grey: 255 if grey < 160 else 0).getbbox()
    if found is None:
        return None
    left, top = box[0], box[1]
    return tuple(
        side / per_mm + start for side, start in zip(found, (left, top, left, top), strict=True)
    )
