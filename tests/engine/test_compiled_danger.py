"""Compiled danger phrases are kept beside their files, and are never older than these."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import pytest

from bot.content.danger_cache import KEPT_AS, compiled
from bot.content.loading import read_danger
from flows.engine.danger import compiled_danger
from flows.engine.danger.detector import DangerKind
from flows.engine.danger.phrase_files import load_danger
from flows.engine.load import BrokenFlow
from tests.support.flow_explorer import FOLDER

PHRASES = """\
language: en
status: draft
reviewer: ""
fillers: [really]
turns: [but]
not_typos: [water]
same:
  want to: [wanna]
words:
  soon: [today, tonight]
self_harm:
  - want to end it … <soon>
unless:
  - the film … end it
examples:
  self_harm: [wanna end it tonight]
  none: [in the film they want to end it today]
"""


WRITTEN = "I really wanna end it tonigt"
CHANGED = PHRASES.replace("want to end it …", "want to finish it …")


def one() -> bytes:
    """A hash of the phrases."""
    return b"one"


def another() -> bytes:
    """A hash of other phrases."""
    return b"another"


@pytest.fixture(autouse=True)
def _may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of phrases in one language."""
    (tmp_path / "en.yaml").write_text(PHRASES)
    return tmp_path


def test_restored_phrases_find_what_the_compiled_ones_found() -> None:
    made = load_danger(FOLDER / "danger")
    restored = compiled_danger.restored(compiled_danger.stored(made))
    assert [*restored.examples] == [*made.examples]
    assert restored.reviews == made.reviews
    texts = [example.text for example in made.examples]
    assert [restored.find(text) for text in texts] == [made.find(text) for text in texts]
    assert restored.steps == made.steps


def test_phrases_are_restored_from_the_file_beside_them_while_they_are_the_same(
    folder: Path,
) -> None:
    compiled(folder, one)
    assert (folder / KEPT_AS).stat().st_mode & 0o777 == 0o644
    (folder / "en.yaml").write_text(CHANGED)
    same, changed = compiled(folder, one), compiled(folder, another)
    found = same.find(WRITTEN)
    assert found is not None
    assert (found.kind, found.phrase) == (DangerKind.SELF_HARM, "en.yaml:12")
    assert same.find("in the film they want to end it today") is None
    assert changed.find(WRITTEN) is None
    assert compiled(folder, another).find(WRITTEN) is None


def test_a_changed_phrase_is_heard_at_once(tmp_path: Path) -> None:
    (tmp_path / "danger").mkdir()
    phrases = tmp_path / "danger" / "en.yaml"
    for text in (PHRASES, CHANGED, PHRASES):
        phrases.write_text(text)
        heard = read_danger(tmp_path).find(WRITTEN) is not None
        assert heard is (text == PHRASES)


@pytest.mark.parametrize("damage", ["cut", "one byte", "empty"])
def test_a_damaged_file_is_made_again(folder: Path, damage: str) -> None:
    compiled(folder, one)
    kept = folder / KEPT_AS
    whole = kept.read_bytes()
    middle = len(whole) // 2
    kept.write_bytes(
        {
            "cut": whole[:middle],
            "one byte": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
        }[damage]
    )
    assert compiled(folder, one).find(WRITTEN) is not None
    assert kept.read_bytes() == whole


def test_a_file_of_another_layout_is_made_again(folder: Path) -> None:
    compiled(folder, one)
    kept = folder / KEPT_AS
    whole = kept.read_bytes()
    other = b'{"words": []}\n'
    kept.write_bytes(whole[:32] + sha256(other).digest() + other)
    assert compiled(folder, one).find(WRITTEN) is not None
    assert kept.read_bytes() == whole


def test_phrases_saved_while_they_are_compiled_are_not_kept(folder: Path) -> None:
    digests = iter([b"before", b"after"])
    assert compiled(folder, lambda: next(digests)).find(WRITTEN) is not None
    assert [file.name for file in folder.iterdir()] == ["en.yaml"]


def test_nothing_is_kept_of_phrases_with_a_mistake(folder: Path) -> None:
    (folder / "en.yaml").write_text(PHRASES.replace("<soon>", "<sooner>"))
    with pytest.raises(BrokenFlow, match=r"en\.yaml"):
        compiled(folder, one)
    assert [file.name for file in folder.iterdir()] == ["en.yaml"]


def test_nothing_is_written_where_python_keeps_nothing_either(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert compiled(folder, one).find(WRITTEN) is not None
    assert [file.name for file in folder.iterdir()] == ["en.yaml"]


def test_phrases_are_heard_where_nothing_can_be_written(folder: Path) -> None:
    (folder / KEPT_AS).mkdir()  # also for root, whom no permission stops
    for _ in range(2):
        assert compiled(folder, one).find(WRITTEN) is not None
    assert {file.name for file in folder.iterdir()} == {"en.yaml", KEPT_AS}
