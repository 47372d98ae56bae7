"""A mistake in a question file is named where it was made, with what to do about it.

Each is planted into every line of the real files where it can be made.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.authors.suggestions import suggest_fix
from bot.settings import ROOT
from flows.engine import BrokenFlow, load


def planted(lines: list[str]) -> Iterator[tuple[str, int, str]]:
    """What was harmed, in which line, and the line as it is then."""
    for number, line in enumerate(lines):
        bare = line.rstrip()
        if bare.endswith('"') and ': "' in line:
            yield "a quote left open", number, bare[:-1]
        if bare.endswith('"}'):
            yield "a quote left open in a bracket", number, f"{bare[:-2]}}}"
        if bare.endswith("}") and ": {" in line:
            yield "a bracket left open", number, bare[:-1]
        if line.startswith("- id"):
            yield "a dash lost", number, line[2:]
            if number > 10:
                yield "a dash lost, the rest in place", number, f"  {line[2:]}"
        if line.startswith("  kind"):
            yield "a tab", number, f"\t{line[2:]}"
            yield "further in", number, f"  {line}"
        if line.startswith("  why: We ask so"):
            yield "a colon in words", number, line.replace("We ask so", "We ask: so")


@pytest.mark.parametrize("name", ["after", "after_young", "before", "before_young", "welcome"])
def test_a_mistake_is_named_at_its_line(name: str) -> None:
    lines = (ROOT / "flows" / f"{name}.yaml").read_text("utf-8").splitlines()
    wrong, tried = [], 0
    for what, number, harmed in planted(lines):
        tried += 1
        source = "\n".join([*lines[:number], harmed, *lines[number + 1 :], ""])
        with pytest.raises(BrokenFlow) as broken:
            load(source)
        first = broken.value.problems[0]
        if first.line != number + 1 or not suggest_fix(first):
            wrong.append((what, number + 1, str(first)))
    assert wrong == []
    assert tried > 20
