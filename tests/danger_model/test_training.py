"""Training: the same lines give the same file, patterns kept apart are not learnt from."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.authors import danger_training
from bot.authors.danger_training import ALARMS, train
from flows.engine import BrokenFlow
from flows.engine.danger import line_files, model_file

WHO = ("he", "she", "my mum", "the man next door", "my uncle", "our lodger")
DOES = ("locks the door", "takes my phone", "waits outside", "shouts all night", "hides the keys")
LIKES = ("a warm room", "a bus pass", "the language class", "a doctor", "my own key", "some quiet")
SAYS = ("i would like", "it helped to have", "please more of", "we talked about", "nothing but")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lines of two patterns each, as many as a training needs."""
    danger = [f"{who} {does}\n" for who, does in itertools.product(WHO, DOES)]
    ordinary = [f"{says} {what}\n" for says, what in itertools.product(SAYS, LIKES)]
    language = tmp_path / "en"
    language.mkdir()
    (language / line_files.DANGER).write_text("# abuse_now\n" + "\n".join(danger))
    (language / line_files.ORDINARY).write_text("# answers\n" + "\n".join(ordinary))
    return tmp_path


def test_it_learns_what_the_lines_share_and_the_same_each_time(folder: Path) -> None:
    one, other = train(folder), train(folder)
    assert one.text == other.text
    assert one.model.score("my brother takes my phone") > one.model.threshold
    assert one.model.score("i would like a sandwich") < one.model.threshold
    path = folder / model_file.NAME
    path.write_text(one.text, encoding="utf-8")
    assert model_file.read(path).model == one.model
    assert model_file.read(path).lines == line_files.digest_of(folder)


def test_it_is_measured_on_what_it_did_not_learn(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[int] = []
    fit = danger_training._Regression.fit

    def counting(
        self: danger_training._Regression, rows: Sequence[int]
    ) -> tuple[dict[str, float], float]:
        learnt.append(len(rows))
        return fit(self, rows)

    monkeypatch.setattr(danger_training._Regression, "fit", counting)
    found = train(folder)
    held = found.found_of.total() + found.alarms_of.total()
    assert 0 < held < 30
    assert learnt == [60 - held, 60]
    assert found.alarms.total() <= max(1, ALARMS * found.alarms_of.total())


def test_lines_that_are_wrong_are_not_learnt(folder: Path) -> None:
    with (folder / "en" / line_files.DANGER).open("a") as file:
        file.write("# nonsense\n")
    with pytest.raises(BrokenFlow, match="no heading here"):
        train(folder)
