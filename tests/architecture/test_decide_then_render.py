"""Handlers decide what is said; `bot/messages/renderer.py` renders it, once, after them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.import_graph import REPOSITORY

ROOMS = ("conversation", "workers", "dispatch")
RENDERS = {
    "bot/conversation/context.py": "renders the whole reply, after the handler",
    "bot/conversation/my_data/data_copy.py": "writes a file, when it is sent",
    "bot/conversation/onboarding/replay.py": "the wording of a consent, as it was shown",
    "bot/conversation/safety/help.py": "answers from memory, without a handler",
    "bot/conversation/safety/helpline_text.py": "the same, for help and danger",
    "bot/conversation/safety/opening_line.py": "a follow-up, and a reply that is late",
    "bot/workers/invitations.py": "the words on a printed card",
}
"""The modules that put something into a language themselves, and why."""
RENDERING = {"phrase", "question", "format_value"}


def found_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "bot.messages.renderer":
            yield node.lineno, "imports the renderer"
        if isinstance(node, ast.alias) and node.name == "InlineButton":
            yield node.lineno, "makes rendered buttons"
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id == "Message":
            yield node.lineno, "makes a rendered message"
        if isinstance(called, ast.Attribute) and called.attr in RENDERING:
            owner = called.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if name.endswith("localizer"):
                yield node.lineno, f"renders with `{called.attr}`"


def test_only_the_modules_listed_render() -> None:
    renders: dict[str, list[tuple[int, str]]] = {}
    for room in ROOMS:
        for path in sorted((REPOSITORY / "bot" / room).rglob("*.py")):
            if found := list(found_in(ast.parse(path.read_text()))):
                renders[path.relative_to(REPOSITORY).as_posix()] = found
    assert renders.keys() == RENDERS.keys(), renders.keys() ^ RENDERS.keys()


def test_a_handler_that_renders_is_found() -> None:
    tree = ast.parse(
        "from bot.messages.reply import InlineButton\n"
        "def show(ctx):\n"
        "    ctx.parts.append(Message(ctx.localizer.phrase('news')))\n"
    )
    assert [line for line, _ in found_in(tree)] == [1, 3, 3]
