"""Draws a flow as a picture, from the machine that participants are walked through.

The layout is simple: steps one under another, as in the file, with arcs beside them for transitions
that do not go straight on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import shorten, wrap
from xml.sax.saxutils import escape

from flows.engine import Condition, Flow, Step
from flows.engine.flow import END
from flows.engine.machine import ON, compile_flow

WIDE, HIGH, GAP, LEFT = 380, 50, 22, 24
"""Sizes of a box, in pixels; arcs are to its right."""
NEAREST, APART = 26, 13
"""How far out the first arc reaches, and each further one."""

_FILL = {
    "box": ("#f4f1ea", "#8a7f6a"),
    "hexagon": ("#e8f1fb", "#3b6ea5"),
    "slanted": ("#eaf5ea", "#3f7d4e"),
}
_SHAPE = {"box": ('["', '"]'), "hexagon": ('{{"', '"}}'), "slanted": ('[/"', '"/]')}


@dataclass(frozen=True, slots=True)
class DiagramEdge:
    """A transition. `label` is the button that leads there; empty where it is simply the next step.

    `past` marks a transition past a step that is only asked in some cases.
    """

    source: str
    target: str
    label: str = ""
    past: bool = False


@dataclass(frozen=True)
class FlowDiagram:
    """A flow with the transitions between its steps."""

    flow: Flow

    @cached_property
    def edges(self) -> tuple[DiagramEdge, ...]:
        """Every transition of the compiled machine, in its order; stop and back are everywhere.

        The machine also has transitions past answered steps, which are invisible: left out.
        """
        machine = compile_flow(self.flow)
        found: dict[DiagramEdge, None] = {}
        for step in self.flow.steps:
            jumps = [c for c in step.choices if c.next is not None]
            ways = [str(way.dest) for way in machine.events[ON].transitions.get(step.id, [])]
            for target, choice in zip(ways, jumps, strict=False):
                found[DiagramEdge(step.id, target, choice.label.source)] = None
            if step.gate and len(jumps) == len(step.choices):
                continue  # each of its buttons leads elsewhere
            past = False
            for target in ways[len(jumps) :]:
                found[DiagramEdge(step.id, target, past=past)] = None
                past = True
                if target == END or not self.flow.by_id[target].when:
                    break
        return tuple(found)

    def mermaid(self) -> str:
        """The diagram in Mermaid's syntax, for a page that renders it by itself."""
        lines = ["flowchart TD"]
        for step in self.flow.steps:
            opens, closes = _SHAPE[step.kind.traits.shape]
            words = "<br>".join(_mermaid(part) for part in _said(step) if part)
            lines.append(f"  {_node(step.id)}{opens}{words}{closes}")
        lines.append(f'  {_node(END)}(["the end"])')
        for edge in self.edges:
            label = f'|"{_mermaid(edge.label)}"|' if edge.label else ""
            arrow = "-.->" if edge.past else "-->"
            lines.append(f"  {_node(edge.source)} {arrow}{label} {_node(edge.target)}")
        return "\n".join(lines) + "\n"

    def svg(self) -> str:
        """The picture itself, which needs no program to be seen."""
        top = {name: 16 + n * (HIGH + GAP) for n, name in enumerate(self._rows)}
        height = 16 + len(top) * (HIGH + GAP)
        arcs = self._lanes(top)
        width = LEFT + WIDE + NEAREST + APART * (1 + max(arcs.values(), default=0)) + 150
        parts = [_head(self.flow.name, width, height)]
        parts += [
            _straight(top[edge.source] + HIGH, top[edge.target], edge.label)
            for edge in self.edges
            if edge not in arcs
        ]
        drawn = [_arc(top[e.source], top[e.target], lane, e) for e, lane in arcs.items()]
        # Labels come last, so that no line runs over them.
        parts += [line for line, _ in drawn] + [words for _, words in drawn if words]
        parts += [_box(step, top[step.id]) for step in self.flow.steps]
        parts.append(_end(top[END]))
        return "\n".join([*parts, "</svg>"]) + "\n"

    @property
    def _rows(self) -> list[str]:
        return [*(s.id for s in self.flow.steps), END]

    def _lanes(self, top: Mapping[str, int]) -> dict[DiagramEdge, int]:
        """How far out each arc runs: the shortest nearest, and no two over one another."""
        rows = self._rows
        arcs = [e for e in self.edges if rows.index(e.target) != rows.index(e.source) + 1]
        taken: list[list[range]] = []
        lanes: dict[DiagramEdge, int] = {}
        for edge in sorted(arcs, key=lambda e: abs(top[e.target] - top[e.source])):
            first, last = sorted((top[edge.source], top[edge.target]))
            free = (n for n, lane in enumerate(taken) if all(_apart(r, first, last) for r in lane))
            lane = next(free, len(taken))
            if lane == len(taken):
                taken.append([])
            taken[lane].append(range(first, last))
            lanes[edge] = lane
        return lanes


def _apart(taken: range, first: int, last: int) -> bool:
    return last < taken.start or first > taken.stop


def draw(flows: Iterable[Flow], folder: Path) -> list[Path]:
    """Writes a page and a picture for each flow; returns the files that are new or have changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for flow in flows:
        for ending, words in ((".svg", FlowDiagram(flow).svg()), (".md", page(flow))):
            file = folder / f"{flow.name}{ending}"
            if not file.is_file() or file.read_text(encoding="utf-8") != words:
                file.write_text(words, encoding="utf-8")
                changed.append(file)
    return changed


def page(flow: Flow) -> str:
    """A page about one flow: the picture, and the same in Mermaid's syntax."""
    name = flow.name
    return (
        f"# {name}\n\nMade by `checkin flows draw` from `flows/{name}.yaml`; do not change it here."
        " A step with a dashed border is only met in some cases; a dashed way leads past it.\n"
        "**Back** and **Stop** lead away from every question and are not drawn.\n\n"
        f"![The way through {name}]({name}.svg)\n\n"
        f"```mermaid\n{FlowDiagram(flow).mermaid()}```\n"
    )


def _said(step: Step) -> tuple[str, str, str]:
    text = " ".join(step.text.source.replace("{number} of {total}. ", "").split())
    return step.id, shorten(text, 90, placeholder=" …"), _when(step.when)


def _when(conditions: tuple[Condition, ...]) -> str:
    said = [f"{c.ref}: {', '.join(sorted(c.any_of))}" for c in conditions]
    return f"only when {' and '.join(said)}" if said else ""


def _node(name: str) -> str:
    return f"s_{name}"  # `end` alone is a keyword of Mermaid


def _mermaid(words: str) -> str:
    return words.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;")


# --- the parts of the SVG ------------------------------------------------------------------------


def _head(name: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" aria-label="The way through {escape(name)}"'
        ' font-family="Helvetica, Arial, sans-serif" font-size="12">\n'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>\n'
        '<rect width="100%" height="100%" fill="#fff"/>'
    )


def _box(step: Step, top: int) -> str:
    fill, line = _FILL[step.kind.traits.shape]
    name, text, when = _said(step)
    dashed = ' stroke-dasharray="5 4"' if when else ""
    lines = wrap(text, 62)[:2] if not when else [shorten(text, 62, placeholder=" …")]
    below = [(words, "#222") for words in lines]
    below += [(shorten(when, 70, placeholder=" …"), "#666")] if when else []
    kind = f"{step.kind}{', opens the next part' if step.gate else ''}"
    parts = [
        f'<rect x="{LEFT}" y="{top}" width="{WIDE}" height="{HIGH}" rx="7" fill="{fill}"'
        f' stroke="{line}"{dashed}/>',
        f'<text x="{LEFT + 10}" y="{top + 15}" font-weight="bold" fill="{line}">{escape(name)}'
        f'<tspan dx="8" font-weight="normal" fill="#777">{escape(kind)}</tspan></text>',
    ]
    for number, (words, colour) in enumerate(below):
        at = f'x="{LEFT + 10}" y="{top + 30 + 14 * number}"'
        parts.append(f'<text {at} fill="{colour}" font-size="11">{escape(words)}</text>')
    return "\n".join(parts)


def _end(top: int) -> str:
    return (
        f'<rect x="{LEFT + WIDE // 2 - 45}" y="{top}" width="90" height="28" rx="14" fill="#eee"'
        f' stroke="#777"/><text x="{LEFT + WIDE // 2}" y="{top + 18}" text-anchor="middle"'
        ' fill="#333">the end</text>'
    )


def _straight(start: int, end: int, label: str) -> str:
    middle = LEFT + WIDE // 2
    words = _label(middle + 6, (start + end) // 2 + 3, label) if label else ""
    path = f'<path d="M{middle} {start}V{end - 1}" stroke="#555" marker-end="url(#tip)"/>'
    return f"{path}{words}"


def _arc(start: int, end: int, place: int, edge: DiagramEdge) -> tuple[str, str]:
    right, out = LEFT + WIDE, LEFT + WIDE + NEAREST + APART * place
    # Arcs leave a box in its lower half and arrive in its upper half, so that both can be told
    # apart.
    here, there = start + 34 - place % 3 * 4, end + 12 + place % 2 * 5
    turn = 8 if there > here else -8
    path = (
        f"M{right} {here}H{out - 8}Q{out} {here} {out} {here + turn}V{there - turn}"
        f"Q{out} {there} {out - 8} {there}H{right + 1}"
    )
    words = _label(right + 10, there - 4, edge.label) if edge.label else ""
    dashed = ' stroke-dasharray="4 4"' if edge.past else ""
    line = f'<path d="{path}" fill="none" stroke="#555"{dashed} marker-end="url(#tip)"/>'
    return line, words


def _label(x: int, y: int, words: str) -> str:
    said = escape(shorten(words, 30, placeholder=" …"))
    return (
        f'<text x="{x}" y="{y}" font-size="10" fill="#333" stroke="#fff" stroke-width="3"'
        f' paint-order="stroke">{said}</text>'
    )
