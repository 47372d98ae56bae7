"""What an `unless` of the danger phrases takes back, and how far it reaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.engine.danger.phrase_files import load_danger

GUARDED = """\
language: en
status: draft
reviewer: ""
fillers: [really, today]
turns: [but, today]
self_harm: [afraid of myself]
unless:
  - not afraid of myself
  - used to be …4 of myself
  - as a child …4, of myself
  - as a teen so afraid of myself
  - as a teen …4, zebra
  - afraid of myself . not
  - . never afraid of myself
examples:
  self_harm: [I am afraid of myself]
"""


@pytest.mark.parametrize(
    ("text", "is_danger"),
    [
        ("I am really afraid of myself", True),
        ("I am not really afraid of myself", False),
        ("No, not that, I am afraid of myself", True),
        ("Not, I mean it, afraid of myself", True),
        ("Are they angry? Not. Afraid of myself", True),
        ("I used to be so afraid of myself", False),
        ("I used to be fine, afraid of myself", True),
        ("I used to be fine today afraid of myself", True),
        ("I used to be fine but afraid of myself", True),
        ("As a child, so afraid of myself", False),
        ("As a child but afraid of myself", True),
        ("As a child, I was afraid of myself", False),
        ("As a teen so afraid of myself", False),
        ("As a teen, so afraid of myself", True),  # the other guard with that beginning may
        ("Afraid of myself. Not", False),
        ("Afraid of myself...\nNot!", False),
        ("- Never afraid of myself", False),
        ("Well, never afraid of myself", True),
    ],
)
def test_a_guard_reaches_over_no_turn_and_no_comma(
    tmp_path: Path, text: str, is_danger: bool
) -> None:
    (tmp_path / "en.yaml").write_text(GUARDED, encoding="utf-8")
    assert (load_danger(tmp_path).find(text) is not None) is is_danger
