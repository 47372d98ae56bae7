"""The lines that the model learns from: what is wrong with them is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.engine import BrokenFlow
from flows.engine.danger.line_files import (
    ANSWERS,
    DANGER,
    LONGEST,
    ORDINARY,
    SOUNDS,
    digest_of,
    line_files,
    read_lines,
)


def folder_of(path: Path, danger: str, ordinary: str = "# answers\nfine\n") -> Path:
    """A folder of lines in one language."""
    (path / "en").mkdir(exist_ok=True)
    (path / "en" / DANGER).write_text(danger, encoding="utf-8")
    (path / "en" / ORDINARY).write_text(ordinary, encoding="utf-8")
    return path


def test_lines_know_their_heading_and_their_pattern(tmp_path: Path) -> None:
    danger = "# Drafts: nobody's words.\n\n# self_harm\none\ntwo\n\nthree\n# abuse_now\nfour\n"
    ordinary = "plain\n\n# sounds\nalmost\n"
    lines = read_lines(folder_of(tmp_path, danger, ordinary))
    found = {line.text: line for line in lines}
    assert [*found] == ["plain", "almost", "one", "two", "three", "four"]
    assert {line.heading for line in lines} == {ANSWERS, SOUNDS, "self_harm", "abuse_now"}
    assert found["one"].pattern == found["two"].pattern
    others = {found[name].pattern for name in ("one", "three", "four", "plain", "almost")}
    assert len(others) == 5
    assert [line.text for line in lines if line.is_danger] == ["one", "two", "three", "four"]
    assert {line.language for line in lines} == {"en"}


@pytest.mark.parametrize(
    ("danger", "place", "why"),
    [
        ("one\n", "en/sounds_like.txt:1", "a heading such as `# self_harm` comes first"),
        ("# selfharm\none\n", "en/sounds_like.txt:1", "did you mean `self_harm`?"),
        ("# maybe\none\n", "en/sounds_like.txt:1", "it is one of"),
        ("# self_harm\none\nONE\n", "en/sounds_like.txt:3", "en/sounds_like.txt:2 already"),
        ("# self_harm\nfine\n", "en/sounds_like.txt:2", "en/ordinary.txt:2 already"),
        (f"# self_harm\n{'a' * (LONGEST + 1)}\n", "en/sounds_like.txt:2", "longer than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, danger: str, place: str, why: str) -> None:
    with pytest.raises(BrokenFlow) as error:
        read_lines(folder_of(tmp_path, danger))
    assert any(str(p).startswith(f"{place}: ") and why in str(p) for p in error.value.problems)


def test_what_is_no_text_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "# self_harm\none\n")
    (folder / "en" / ORDINARY).write_bytes(b"# answers\nfine\n" + "é\n".encode("latin-1"))
    with pytest.raises(BrokenFlow, match=r"en/ordinary\.txt:3: this is not UTF-8"):
        read_lines(folder)


def test_a_folder_without_lines_is_named(tmp_path: Path) -> None:
    assert line_files(tmp_path) == []
    with pytest.raises(BrokenFlow, match=r"there is no sounds_like\.txt"):
        read_lines(tmp_path)


def test_any_change_of_a_line_is_another_digest(tmp_path: Path) -> None:
    found = set()
    for danger in ("# self_harm\none\n", "# self_harm\none \n", "# self_harm\nTwo\n"):
        found.add(digest_of(folder_of(tmp_path, danger)))
    (tmp_path / "en").rename(tmp_path / "fr")
    found.add(digest_of(tmp_path))
    assert len(found) == 4
