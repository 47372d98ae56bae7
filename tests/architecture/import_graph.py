"""Measures the import graph of the rooms: run it with `python -m tests.architecture.import_graph`.

A room is a package directly under `bot/`, or one of its loose files. Imports count wherever they
stand: within functions, and those for type checkers only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

FLOORS = (
    "flows.engine",
    "ground",
    "domain",
    "schedule",
    "i18n",
    "store",
    "messages",
    "content",
    "languages",
    "documents",
    "conversation",
    "workers",
    "dispatch",
    "telegram",
    "authors",
    "jobs",
    "app",
    "terminal",
    "preview",
    "reports",
    "cli",
)
"""From the ground up."""
GROUND = {
    "",
    "clock",
    "concurrency",
    "config",
    "errors",
    "http_server",
    "logging_setup",
    "metrics",
    "optional_imports",
    "settings",
    "version",
}
"""What every room may import, with the package `bot` itself."""
MAY_IMPORT = {room: set(FLOORS[:floor]) for floor, room in enumerate(FLOORS)}
MAY_IMPORT["ground"] = set()
for _room in FLOORS[FLOORS.index("app") + 1 :]:
    MAY_IMPORT[_room] -= {"app"}
for _room in ("preview", "cli"):
    MAY_IMPORT[_room] |= {"app"}


@dataclass(frozen=True, order=True)
class Use:
    """One import, from a file to a module or to a name of one."""

    file: str
    line: int
    name: str

    @property
    def arrow(self) -> tuple[str, str]:
        return room_of_file(self.file), room_of_name(self.name)


def imports(file: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields the line and full dotted name of everything that a module imports."""
    package = list(Path(file).parent.parts)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{origin}.{alias.name}"


def sources(root: Path = REPOSITORY) -> Iterator[tuple[str, ast.Module]]:
    """Yields every module of flows/ and bot/ with its syntax."""
    for room in ("flows", "bot"):
        for path in sorted((root / room).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            yield file, ast.parse(path.read_text(encoding="utf-8"), file)


def room_of_file(file: str) -> str:
    return room_of_name(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))


def room_of_name(name: str) -> str:
    """The room that a dotted name lies in; empty where it is of another package."""
    parts = name.split(".")
    if parts[:2] == ["flows", "engine"]:
        return "flows.engine"
    if parts[0] != "bot":
        return ""
    room = parts[1] if len(parts) > 1 else ""
    if room == "__main__":
        return "cli"
    return "ground" if room in GROUND or not room.islower() else room


def uses(root: Path = REPOSITORY) -> list[Use]:
    """Every import between two rooms."""
    found = [
        Use(file, line, name)
        for file, tree in sources(root)
        for line, name in imports(file, tree)
        if room_of_name(name)
    ]
    return [use for use in found if use.arrow[0] != use.arrow[1]]


def forbidden(found: Iterable[Use]) -> list[Use]:
    """The imports that `MAY_IMPORT` has no line for."""
    return [use for use in found if use.arrow[1] not in MAY_IMPORT.get(use.arrow[0], set())]


def circles(arrows: Iterable[tuple[str, str]]) -> list[set[str]]:
    """The groups of rooms that reach each other."""
    straight: dict[str, set[str]] = {}
    for above, below in arrows:
        straight.setdefault(above, set()).add(below)
    reached = {room: _reached(room, straight) for room in straight}
    found: list[set[str]] = []
    for room in sorted(straight):
        group = {other for other in reached[room] if room in reached.get(other, set())}
        if group and group not in found:
            found.append(group)
    return found


def _reached(room: str, straight: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    following = [room]
    while following:
        for below in straight.get(following.pop(), set()) - seen:
            seen.add(below)
            following.append(below)
    return seen


def main() -> None:
    found = uses()
    arrows = {use.arrow for use in found}
    up = forbidden(found)
    print(f"arrows {len(arrows)}, up {len({use.arrow for use in up})}, by {len(up)} imports")
    for use in sorted(up, key=lambda use: (use.arrow, use)):
        print(f"  {use.arrow[0]} -> {use.arrow[1]}: {use.file}:{use.line}: {use.name}")
    print(f"circles {[sorted(group) for group in circles(arrows)]}")


if __name__ == "__main__":
    main()
