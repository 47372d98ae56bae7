"""The benchmarks run: they name programs and modules that no type checker follows."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.import_graph import REPOSITORY

BENCH = REPOSITORY / "bench"
SCRIPTS = sorted(path.stem for path in BENCH.glob("*.py"))


@pytest.fixture
def beside_bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCH))
    yield BENCH / "bots"
    for name in set(sys.modules) - before:
        if name in SCRIPTS:
            del sys.modules[name]


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_imported(script: str, beside_bench: Path) -> None:
    importlib.import_module(script)


def test_every_program_that_is_measured_is_there(beside_bench: Path) -> None:
    columns = importlib.import_module("throughput").COLUMNS
    named = {column.program for column in columns}
    assert {name for name in named if not (beside_bench / f"{name}.py").exists()} == set()


def test_our_bot_is_measured(beside_bench: Path) -> None:
    one_run = importlib.import_module("one_run")
    asked = one_run.Asked("checkin_bot", "sqlite", talking=1, warm=0.5, seconds=0.5)
    assert one_run.run(asked)["turns"] > 0
