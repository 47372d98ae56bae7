"""Draws bars with their numbers beside them, as SVG and PNG, with no browser and no network.

Chooses no numbers. The scale of every chart begins at nothing; one colour says whose view it is,
from a palette that people who are colour-blind can tell apart, and words say it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PEOPLE, OFFICE, FACTS = "#0072B2", "#D55E00", "#56707c"
"""Blue is what people say, vermilion what the service wrote down (Okabe and Ito's palette)."""
INK, FAINT = "#222222", "#5a5a5a"
WIDTH, LABELS, BAR, ABOVE = 420, 215, 24, 34
ROOM = 52
"""For the number behind the longest bar."""
FONT = "Noto Sans, DejaVu Sans, Liberation Sans, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, and its number; None where that is hidden."""

    label: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars below each other. `most` is where the scale ends, the same for charts to compare."""

    name: str
    title: str
    bars: Sequence[Bar]
    most: int
    colour: str = PEOPLE

    def svg(self, hidden: str) -> str:
        """The picture; `hidden` is written where a number is not shown."""
        import vl_convert

        return vl_convert.vegalite_to_svg(self._spec(hidden), allowed_base_urls=[])

    def _spec(self, hidden: str) -> dict[str, Any]:
        rows = [
            {
                "label": bar.label,
                "number": bar.number or 0,
                "said": hidden if bar.number is None else str(bar.number),
            }
            for bar in self.bars
        ]
        title = _lines(self.title, 52)
        text = {"font": FONT, "fontSize": 13}
        number = {"field": "number", "type": "quantitative"}
        scale = {"domain": [0, max(self.most, 5)], "nice": False}
        return {
            "data": {"values": rows},
            "title": {"text": title, "anchor": "start", "frame": "bounds"},
            # All charts are as wide as each other, so that their letters are of one size too.
            "width": WIDTH,
            "height": BAR * len(self.bars) + ABOVE + 18 * len(title),
            "autosize": {"type": "fit", "contains": "padding"},
            "padding": {"left": 2, "right": ROOM, "top": 4, "bottom": 4},
            "encoding": {
                "y": {
                    "field": "label",
                    "type": "nominal",
                    "sort": None,
                    "axis": {"title": None, "labelLimit": LABELS, "ticks": False, "domain": True},
                },
                "x": {**number, "scale": scale, "axis": None},
            },
            "layer": [
                {"mark": {"type": "bar", "color": self.colour, "height": 15}},
                {
                    "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, **text},
                    "encoding": {"text": {"field": "said"}},
                },
            ],
            "config": {
                "background": "white",
                "font": FONT,
                "view": {"stroke": None},
                "axis": {"labelColor": INK, "labelFontSize": 13, "domainColor": FAINT},
                "title": {"color": INK, "fontSize": 14, "fontWeight": 600, "offset": 8},
            },
        }


def png(svg: str) -> bytes:
    """The same picture for where SVG cannot be used, twice as sharp as it is large."""
    import vl_convert

    return vl_convert.svg_to_png(svg, scale=2)


def _lines(words: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(words, width) or [""]
