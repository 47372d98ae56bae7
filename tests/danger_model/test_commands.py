"""`checkin danger`: measures a list that somebody else keeps, and stores or prints none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.authors.danger_trial import read_list
from flows.engine import BrokenFlow
from flows.engine.danger import line_files, model_file
from tests.danger_model.model_folder import SOUNDS_LIKE_DANGER, with_model
from tests.support.cli_process import checkin

CANARY = "zebrafinch"
LIST = f"""text,language,kind,how
I want to die {CANARY},en,self_harm,direct
"{SOUNDS_LIKE_DANGER}, {CANARY}",en,abuse_now,indirect
the curtain moves {CANARY},en,abuse_now,indirect
a warm room {CANARY},en,none,ordinary
"""


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    return with_model(tmp_path / "questions")


def files(folder: Path) -> set[Path]:
    """All files below a folder."""
    return {path for path in folder.rglob("*") if path.is_file()}


async def test_a_list_is_measured_and_not_shown(flows: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    before = files(tmp_path)
    done = await checkin(tmp_path, "danger", "try", str(file), "--misses", flows=flows)
    assert (done.code, done.err) == (0, "")
    rows = {line[:28].strip(): line[28:].split() for line in done.out.splitlines()}
    assert rows["danger"] == ["3", "1", "1", "66.7%"]
    assert rows["danger, indirect"] == ["2", "0", "1", "50.0%"]
    assert rows["self_harm"] == ["1", "1", "0", "100.0%"]
    assert rows["no danger"] == ["1", "0", "0", "0.0%"]
    assert "missed, by line: 4" in done.out
    assert CANARY not in done.out
    after = files(tmp_path) - before
    assert not any(CANARY.encode() in path.read_bytes() for path in after)


async def test_a_broken_model_is_named_beside_the_figures(flows: Path, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(LIST)
    (flows / "danger" / model_file.NAME).write_text("broken")
    done = await checkin(tmp_path, "danger", "try", str(file), flows=flows)
    assert done.code == 0
    assert "flows/danger/model.txt:1: it is cut off" in done.out


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "list.csv:1: a column `text` is missing"),
        ("text,language\na,en\n", "list.csv:1: a column `kind` is missing"),
        ("text,language,kind\na,en,sad\n", "list.csv:2: the kind is one of"),
        ("text,language,kind\n,en,none\n", "list.csv:2: there is no text"),
    ],
)
def test_a_list_that_cannot_be_used_is_named(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "list.csv"
    file.write_text(content)
    with pytest.raises(BrokenFlow) as error:
        read_list(file)
    assert str(error.value.problems[0]).startswith(named)


def test_a_list_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    with pytest.raises(BrokenFlow, match=r"list\.csv:1: cannot be read"):
        read_list(file)
    file.write_bytes(b"text,language,kind\n\xff,en,none\n")
    with pytest.raises(BrokenFlow, match="not UTF-8"):
        read_list(file)


async def test_training_by_command_writes_the_file(flows: Path, tmp_path: Path) -> None:
    ordinary = flows / "danger" / "en" / "ordinary.txt"
    ordinary.write_text("# answers\na warm room\n\nthe bus\n\nmy sister\n\nhot soup\n")
    done = await checkin(tmp_path, "danger", "train", flows=flows)
    assert (done.code, done.err) == (0, "")
    assert model_file.NAME in done.out
    model_file.read(flows / "danger" / model_file.NAME)
    for path in line_files.line_files(flows / "danger"):
        path.unlink()
    done = await checkin(tmp_path, "danger", "train", flows=flows)
    assert done.code == 2
    assert "there is no sounds_like.txt" in done.err


async def test_too_few_lines_are_not_learnt_from(flows: Path, tmp_path: Path) -> None:
    done = await checkin(tmp_path, "danger", "train", flows=flows)
    assert done.code == 2
    assert "too few lines to learn from" in done.err
