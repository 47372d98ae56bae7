"""Makes a QR code of a link, for a screen, paper or a terminal."""

from __future__ import annotations

import io
from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import segno

QUIET = 8
"""Modules of white around a code on a screen, where a dark theme may begin right beside it. Four
are enough on white paper."""
LEAST_PIXELS = 640


def modules(link: str) -> list[list[bool]]:
    """The code as rows of dark and light, without any white around it."""
    return [[bool(module) for module in row] for row in _code(link).matrix]


def picture(link: str) -> bytes:
    """The code as a PNG in black and white, large enough for a small and dim screen."""
    code = _code(link)
    scale = ceil(LEAST_PIXELS / code.symbol_size(border=QUIET)[0])
    file = io.BytesIO()
    code.save(file, kind="png", scale=scale, border=QUIET)
    return file.getvalue()


def blocks(link: str) -> str:
    """The code in half-blocks, to be printed in white on black."""
    file = io.StringIO()
    _code(link).terminal(file, border=2, compact=True)
    return file.getvalue().rstrip("\n")


def _code(link: str) -> segno.QRCode:
    import segno  # imported here: few bots draw a code between two starts

    # Few and large modules rather than much redundancy: a dim screen is the trouble, not a torn
    # corner. What fits without growing is added all the same.
    return segno.make_qr(link, error="m")
