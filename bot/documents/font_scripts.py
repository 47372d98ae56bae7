"""The supported scripts, the font for each, and where a line may be broken."""

from __future__ import annotations

import re
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
SCRIPTS = {
    "arabic": re.compile(r"[\u0600-\u06ff]"),
    "bengali": re.compile(r"[\u0980-\u09ff]"),
    "chinese": re.compile(r"[\u3000-\u9fff\uff00-\uffef]"),
}
"""The font for a script, and how to recognise it; `sans` has the rest."""
LARGER = {"arabic": 1.15}
"""Letters that look small beside others of the same size."""

# Chinese may be broken between any two characters, but not before a mark that ends something or
# after one that begins it. The library breaks at a space without width.
_CHINESE_BREAK = re.compile(
    r"(?<=[\u3001-\u9fff\uff00-\uffef])(?<![《（“‘「【])(?=[\u3400-\u9fff《（“‘「【])"
)


def breakable(words: str) -> str:
    """The text with places to break a line at, for scripts that write no spaces."""
    return _CHINESE_BREAK.sub("\u200b", words)
