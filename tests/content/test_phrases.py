"""Every phrase the bot says is in the file, and every phrase in the file is said.

What the words are is for `test_wording`.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from bot.content.library import REQUIRED_PHRASES, FlowLibrary
from bot.settings import ROOT
from flows.engine import (
    WORDS_TO_SEND,
    BrokenFlow,
    load_folder,
    load_phrases,
    load_stop_words,
)

FLOWS = ROOT / "flows"
PHRASES = load_phrases(FLOWS / "phrases.yaml")


@cache
def quoted() -> set[str]:
    """Every string that stands by itself in the bot's code, but not in the list of phrases."""
    found: set[str] = set()
    for path in (ROOT / "bot").rglob("*.py"):
        tree = ast.parse(path.read_text())
        found |= {
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
    return found


def test_the_file_and_the_list_are_one() -> None:
    assert set(load_phrases(FLOWS / "phrases.yaml").said) == REQUIRED_PHRASES


@pytest.mark.parametrize("name", sorted(REQUIRED_PHRASES))
def test_each_is_said_somewhere(name: str) -> None:
    filled = any(f"{{{name}}}" in p.text.source for p in PHRASES.said.values())
    assert name in quoted() or (name in WORDS_TO_SEND and filled)


def test_one_that_is_missing_is_named_at_the_start(tmp_path: Path) -> None:
    text = (FLOWS / "phrases.yaml").read_text().replace("  skipped:", "  skipt:")
    (tmp_path / "phrases.yaml").write_text(text)
    phrases = load_phrases(tmp_path / "phrases.yaml")
    listened = load_stop_words(FLOWS / "stop_words.yaml")
    with pytest.raises(BrokenFlow, match="`skipped:` is missing"):
        FlowLibrary(load_folder(FLOWS), phrases, listened)
