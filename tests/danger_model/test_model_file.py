"""The file of the model: what is written is read, and what was harmed is never used."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine import BrokenFlow
from flows.engine.danger import model_file
from flows.engine.danger.model import DangerModel, pieces_of

WEIGHTS = {" no way out ": 2.5, "way ou": 0.5, "fin": -1.25, "غم": 1.0, " 0 ": -0.5}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    text, _ = model_file.written(WEIGHTS, -0.3, 1.5, "a" * 64)
    path = tmp_path / model_file.NAME
    path.write_text(text, encoding="utf-8")
    return path


def test_it_is_read_as_it_was_written(file: Path) -> None:
    text, model = model_file.written(WEIGHTS, -0.3, 1.5, "a" * 64)
    found = model_file.read(file)
    assert (found.model, found.lines) == (model, "a" * 64)
    assert found.model.weights == pytest.approx(WEIGHTS, abs=0.02)
    assert model_file.written(dict(reversed(WEIGHTS.items())), -0.3, 1.5, "a" * 64)[0] == text


def test_no_harm_to_it_goes_unseen(file: Path) -> None:
    whole = file.read_bytes()
    for place in range(whole.index(b"\n") + 1, len(whole)):  # after the line for who opens it
        for harmed in (whole[:place], whole[:place] + b"7" + whole[place + 1 :]):
            if harmed == whole:
                continue
            file.write_bytes(harmed)
            with pytest.raises(BrokenFlow) as error:
                model_file.read(file)
            (problem,) = error.value.problems
            assert problem.file == model_file.NAME
            assert "`checkin danger train` makes it anew" in problem.message


def test_a_missing_file_and_another_format_are_named(file: Path) -> None:
    file.write_text(file.read_text().replace("format 1", "format 2"))
    with pytest.raises(BrokenFlow, match="of another version of the program"):
        model_file.read(file)
    file.unlink()
    with pytest.raises(BrokenFlow, match="cannot be read"):
        model_file.read(file)


@given(st.text())
def test_every_text_has_a_score_and_its_reasons(text: str) -> None:
    model = DangerModel(WEIGHTS, -0.3, 1.5)
    score = model.score(text)
    assert not model.may_be_danger(text) or score >= 1.5
    assert all(sum(model.weights.get(p, 0) for p in pieces_of(w)) > 0 for w in model.reasons(text))
    assert model.score(text) == score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("No way out", "  no   WAY out!"),
        ("noo way out", "no way out"),
        ("كتبتُ لهم", "كتبت لهم"),
        ("৫ দিন", "7 দিন"),
        ("没办法了", "没 办 法 了"),
        ("a–b", "a b"),
    ],
)
def test_keyboards_do_not_matter(one: str, other: str) -> None:
    assert pieces_of(one) == pieces_of(other)


def test_a_sentence_counts_though_others_stand_around_it() -> None:
    model = DangerModel({" way out ": 9.0}, 0.0, 1.0)
    around = "The bus was late again and it rained on all of us. " * 8
    assert model.may_be_danger("There is no way out")
    assert model.may_be_danger(f"{around}There is no way out. {around}")
    assert DangerModel({" way ": 2.0, "ou": 1.0}, 0.0, 1.0).reasons("No way out") == ["way", "out"]
