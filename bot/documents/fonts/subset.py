"""Builds the small font files beside it from whole fonts: only the letters documents need.

It fetches nothing: the whole fonts are in Debian's fonts-noto-core, fonts-noto-extra and
fonts-droid-fallback. Run it as `python -m bot.documents.fonts.subset FOLDER`, a folder that holds
them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent

# Ranges of code points, and single ones.
MARKS = "200B-200F 2010-2027 2030 2032-2033 2039-203A 2066-2069 25CC"
LATIN = f"20-7E A0-17F 192 218-21B 259 2BC 300-304 306-30C 323 326-328 1E80-1E9E {MARKS} 2044 20AC"
CYRILLIC = "400-45F 490-491 2116 2122 2190-2193 2212"
ARABIC = f"20 28-29 2D-2E 30-39 A0 AB BB 600-6FF {MARKS} FDF2"
BENGALI = f"20 28-29 2D-2E 30-39 A0 964-965 980-9FF {MARKS}"
CHINESE = "3000-3017 FF01-FF5E"
MOVED = {"，": -80, "：": -80, "；": -80, "！": -80, "？": -50}
"""Units to the left: this font sets these amid their square, and mainland China at its start."""


def _points(ranges: str) -> set[int]:
    ends = (part.partition("-") for part in ranges.split())
    return {
        point for low, _, high in ends for point in range(int(low, 16), int(high or low, 16) + 1)
    }


def _gb2312() -> set[int]:
    """The 6,763 characters that ordinary simplified Chinese is written with."""
    found = set()
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            found |= {ord(c) for c in bytes((row, cell)).decode("gb2312", "ignore")}
    return found


def _make(whole: Path, small: str, points: set[int]) -> None:
    options = subset.Options(hinting=False, notdef_outline=True, layout_features=["*"])
    options.name_IDs = [*range(8), 13, 14]  # its name and its licence
    if small == "sans":
        options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    font = subset.load_font(str(whole), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(font)
    if small == "chinese":
        _shift(font)
    font.recalcTimestamp = False  # so that the same fonts give the same files
    subset.save_font(font, str(HERE / f"{small}.ttf"), options)


def _shift(font: TTFont) -> None:
    names, glyphs, widths = font.getBestCmap(), font["glyf"], font["hmtx"].metrics
    for character, units in MOVED.items():
        name = names[ord(character)]
        glyph = glyphs[name]
        glyph.coordinates.translate((units, 0))
        glyph.recalcBounds(glyphs)
        widths[name] = (widths[name][0], glyph.xMin)


def main(folder: Path) -> None:
    """Writes the font files."""
    for whole, small, points in (
        ("NotoSans-Regular", "sans", _points(f"{LATIN} {CYRILLIC}")),
        ("NotoSansMono-Medium", "mono", _points("20-7E")),
        ("NotoNaskhArabic-Regular", "arabic", _points(ARABIC)),
        ("NotoSansBengali-Regular", "bengali", _points(BENGALI)),
        ("DroidSansFallbackFull", "chinese", _points(CHINESE) | _gb2312()),
    ):
        _make(next(folder.rglob(f"{whole}.ttf")), small, points)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
