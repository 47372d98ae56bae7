"""One word is the same on every keyboard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine.normalise import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("I\u2019d rather not", "i'd rather not"),
        ("de l\u02bcaide", "de l'aide"),
        ("OPT\u2011OUT", "opt out"),
        ("\u0628\u0633\u200c\u06a9\u0646", "\u0628\u0633 \u06a9\u0646"),
        ("\u06f1\u06f2", "12"),
        ("\u0661\u0662", "12"),
        ("\u09e7\u09e8", "12"),
    ],
)
def test_one_word_is_the_same_on_every_keyboard(typed: str, meant: str) -> None:
    assert normalise(typed) == normalise(meant)


def test_a_mark_that_shapes_a_letter_parts_no_word() -> None:
    assert normalise("\u0989\u09a6\u09cd\u200c\u09af\u09cb\u0997") == normalise(
        "\u0989\u09a6\u09cd\u09af\u09cb\u0997"
    )


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)
