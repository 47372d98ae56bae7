"""No button is cut: two share a row only where both fit; and nothing that is read is slanted.

Widths are measured by another way than the bot's own: as the PDF of the cards is set.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.text_measuring import lines, width
from bot.documents.typesetting import Typesetting, drawable
from bot.messages.reply import InlineButton, Message
from bot.settings import ROOT
from bot.telegram.sending.keyboard_layout import layout_rows, share
from bot.telegram.sending.rendering import html
from flows.engine import load_folder

EM = 100.0
HALF = share(2)
LONGEST_LABEL = 40
CODES = sorted(path.parent.parent.name for path in (ROOT / "locales").glob("*/*/messages.po"))
LETTERS = st.text(st.sampled_from("aWilধারনাক্ি একটسلامہع你好，。żółć .,…"), max_size=60)


@contextmanager
def printed(language: str) -> Iterator[Callable[[str], float]]:
    """Tells how wide the cards' fonts draw a label, in ems."""
    pdf = FPDF(unit="pt")
    lettering = Typesetting(pdf)

    def wide(label: str) -> float:
        lettering.choose(label, EM)
        lettering.shape(language, right_to_left=language in ("ar", "fa", "ur"))
        return float(pdf.get_string_width(drawable(label))) / EM

    try:
        yield wide
    finally:
        lettering.close()


def labels_of(code: str) -> list[str]:
    """Every text of a language that is short enough to stand on a button."""
    from babel.messages.pofile import read_po

    if code == "en":
        flows = load_folder(ROOT / "flows").values()
        return sorted({c.label.source for f in flows for s in f.steps for c in s.choices})
    with (ROOT / "locales" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        found = {m.string for m in read_po(file) if m.id and isinstance(m.string, str)}
    return sorted(t for t in found if t and len(t) <= LONGEST_LABEL and "{" not in t)


@pytest.mark.parametrize("code", ["en", *CODES])
def test_no_label_of_any_language_is_wider_than_its_share_of_a_row(code: str) -> None:
    labels = labels_of(code)
    assert len(labels) > 20
    # Beside a short one every label that may stand in half a row does.
    both = [label for label in labels if _beside(label, "A")]
    assert both
    with printed(code) as wide:
        cut = [label for label in both if wide(label) > HALF * 1.05]
    assert cut == []
    together = [row for a, b in pairwise(labels) if len(row := _rows(a, b)[0]) == 2]
    assert all(width(label) <= HALF for row in together for label in row)


def _rows(*labels: str) -> list[list[str]]:
    keys = tuple(InlineButton(label, "x") for label in labels)
    return [[key.label for key in row] for row in layout_rows(Message("?", choices=keys))]


def _beside(label: str, other: str) -> bool:
    return len(_rows(label, other)) == 1


@given(st.lists(LETTERS.filter(str.strip), min_size=1, max_size=7))
@settings(max_examples=50)
def test_every_key_is_there_once_in_order_and_fits(labels: list[str]) -> None:
    found = _rows(*labels)
    assert [label for row in found for label in row] == labels
    assert all(len(row) == 1 or all(width(label) <= HALF for label in row) for row in found)


@given(LETTERS, st.floats(2, 20))
@settings(max_examples=50)
def test_lines_lose_nothing_and_none_is_wider(text: str, most: float) -> None:
    found = lines(text, most)
    assert re.sub(r"\s", "", "".join(found)).replace("\u200b", "") == re.sub(r"\s", "", text)
    assert all(width(line) <= most or len(line) == 1 for line in found)


def test_nothing_is_slanted() -> None:
    assert html(Message("Why <i>?", reason="Because & so")) == "Why &lt;i&gt;?\nBecause &amp; so"
    shown = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "bot").rglob("*.css")]
    shown += [*(ROOT / "bot").rglob("*.j2"), *(ROOT / "docs").rglob("*.svg")]
    slanted = re.compile(r"font-style: ?(italic|oblique)|font-style=.italic|<i>|<em>|\bitalic cyan")
    assert [str(p) for p in shown if slanted.search(p.read_text(encoding="utf-8"))] == []
