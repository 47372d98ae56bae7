"""Which questions belong together before and after, as `story.yaml` lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.engine import BrokenFlow, Flow, Problem
from flows.engine.yaml_reader import open_yaml

HOPED, WRONG, GOOD, CHANGE = "hoped", "wrong", "good", "change"
NAMES = (HOPED, WRONG, GOOD, CHANGE)


@dataclass(frozen=True, slots=True)
class StoryThreads:
    """For each thread its questions, each as flow and step, in the order they are shown."""

    steps: Mapping[str, tuple[tuple[str, str], ...]]

    def of(self, thread: str, flow: str) -> tuple[str, ...]:
        """The questions of a flow that belong to a thread."""
        return tuple(step for name, step in self.steps.get(thread, ()) if name == flow)


NONE = StoryThreads({})


def load_threads(path: Path) -> StoryThreads:
    """Reads `story.yaml`.

    Raises:
        BrokenFlow: with every mistake at once.
    """
    reader, root = open_yaml(path)
    steps: dict[str, tuple[tuple[str, str], ...]] = {}
    if root is not None:
        for name, (_, node) in reader.mapping(root, "this file", NAMES).items():
            refs = [reader.text(ref, "a question") for ref in reader.items(node, f"`{name}`")]
            steps[name] = tuple((ref.partition(".")[0], ref.partition(".")[2]) for ref in refs)
    if reader.problems:
        raise BrokenFlow(reader.problems)
    return StoryThreads(steps)


def unknown(threads: StoryThreads, flows: Mapping[str, Flow]) -> Iterator[Problem]:
    """Flows and steps in `story.yaml` that do not exist."""
    for refs in threads.steps.values():
        for flow, step in refs:
            if flow not in flows or step not in flows[flow].by_id:
                yield Problem("story.yaml", 1, f"there is no question `{flow}.{step}`")
