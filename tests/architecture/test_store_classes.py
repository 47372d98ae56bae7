"""Proves that the store's repositories are put together, not derived from one another.

Tables, exceptions and drivers are derived from what SQLAlchemy, Python and aiosqlite give.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.import_graph import REPOSITORY, sources


def derived_classes(root: Path) -> Iterator[str]:
    """Yields every class of the store, besides tables and exceptions, that has a parent there."""
    parents: dict[str, list[str]] = {}
    for file, tree in sources(root):
        if file.startswith("bot/store/") and not file.startswith("bot/store/tables/"):
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    parents[node.name] = [ast.unparse(base) for base in node.bases]

    def is_exception(name: str) -> bool:
        return name == "Exception" or any(map(is_exception, parents.get(name, ())))

    for name, above in parents.items():
        for parent in above:
            if parent in parents and not is_exception(parent):
                yield f"{name}({parent})"


def test_no_repository_is_derived_from_another() -> None:
    assert list(derived_classes(REPOSITORY)) == []


def test_a_derived_repository_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "bot" / "store"
    folder.mkdir(parents=True)
    (folder / "a.py").write_text(
        "class Rows:\n    pass\n\n\nclass Cases(Rows):\n    pass\n\n\n"
        "class Gone(Exception):\n    pass\n\n\nclass Locked(Gone):\n    pass\n"
    )
    assert list(derived_classes(tmp_path)) == ["Cases(Rows)"]
