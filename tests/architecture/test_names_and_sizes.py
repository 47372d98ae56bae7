"""Holds the code, its tests and benchmarks to their sizes; names of the code stand once."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.import_graph import REPOSITORY, sources

LONGEST_FILE = 350
FULLEST_FOLDER = 20
LOOSE_FILES = 10
ROOMS = ("bot", "flows", "tests", "bench")
SPECIAL = ("__init__.py", "__main__.py")


def modules_twice(root: Path) -> Iterator[str]:
    """Yields every module name that two files have."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for file, _ in sources(root):
        name = file.rpartition("/")[2]
        if name not in SPECIAL:
            places[name].append(file)
    yield from (f"{name}: {', '.join(files)}" for name, files in places.items() if files[1:])


def classes_twice(root: Path) -> Iterator[str]:
    """Yields every public class name that two modules define."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for file, tree in sources(root):
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(file)
    yield from (f"{name}: {', '.join(files)}" for name, files in places.items() if files[1:])


def crowded_folders(root: Path) -> Iterator[str]:
    """Yields every folder with too many files of its own, and `bot/` with too many loose ones."""
    counts = Counter(
        path.parent.relative_to(root).as_posix()
        for room in ROOMS
        for path in (root / room).rglob("*.py")
    )
    for folder, count in counts.items():
        most = LOOSE_FILES if folder == "bot" else FULLEST_FOLDER
        if count > most:
            yield f"{folder}: {count} files, at most {most}"


def long_files(root: Path) -> Iterator[str]:
    """Yields every module with more lines than it may have."""
    for path in (path for room in ROOMS for path in (root / room).rglob("*.py")):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LONGEST_FILE:
            yield f"{path.relative_to(root).as_posix()}: {lines} lines, at most {LONGEST_FILE}"


def test_no_two_modules_have_one_name() -> None:
    assert list(modules_twice(REPOSITORY)) == []


def test_no_two_public_classes_have_one_name() -> None:
    assert list(classes_twice(REPOSITORY)) == []


def test_no_folder_is_crowded() -> None:
    assert list(crowded_folders(REPOSITORY)) == []


def test_no_file_is_long() -> None:
    assert list(long_files(REPOSITORY)) == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "bot" / "a").mkdir(parents=True)
    (tmp_path / "bot" / "b").mkdir()
    (tmp_path / "flows").mkdir()
    for folder in ("a", "b"):
        (tmp_path / "bot" / folder / "__init__.py").touch()
    (tmp_path / "bot" / "a" / "one.py").write_text("class Here: ...\nclass _Own: ...\n")
    (tmp_path / "bot" / "b" / "two.py").write_text("class There: ...\nclass _Own: ...\n")
    return tmp_path


def test_a_tree_in_order_has_no_fault(tree: Path) -> None:
    (tree / "bot" / "a" / "long.py").write_text("x = 1\n" * LONGEST_FILE)
    found = [*modules_twice(tree), *classes_twice(tree), *crowded_folders(tree)]
    assert found + list(long_files(tree)) == []


def test_each_fault_is_found(tree: Path) -> None:
    (tree / "flows" / "one.py").write_text("class There: ...\n")
    assert list(modules_twice(tree)) == ["one.py: flows/one.py, bot/a/one.py"]
    assert list(classes_twice(tree)) == ["There: flows/one.py, bot/b/two.py"]
    (tree / "bot" / "a" / "long.py").write_text("x = 1\n" * (LONGEST_FILE + 1))
    for room in ("tests", "bench"):
        (tree / room).mkdir()
        (tree / room / "long.py").write_text("x = 1\n" * (LONGEST_FILE + 1))
    assert list(long_files(tree)) == [
        "bot/a/long.py: 351 lines, at most 350",
        "tests/long.py: 351 lines, at most 350",
        "bench/long.py: 351 lines, at most 350",
    ]
    for number in range(FULLEST_FOLDER):
        (tree / "bot" / "b" / f"n{number}.py").touch()
    for number in range(LOOSE_FILES + 1):
        (tree / "bot" / f"l{number}.py").touch()
    assert sorted(crowded_folders(tree)) == [
        "bot/b: 22 files, at most 20",
        "bot: 11 files, at most 10",
    ]
