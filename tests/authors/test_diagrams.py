"""The drawings show the ways people are really walked, and those in the docs are of today's files.

`DRAW=write pytest tests/authors/test_diagrams.py` draws them anew, as `checkin flows draw` does.
"""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from bot.authors.diagrams import FlowDiagram, draw, page
from bot.settings import ROOT
from flows.engine import load
from flows.engine.flow import BACK, END, NOT_NOW, STOP
from tests.support.flow_explorer import FLOWS, NAMES, reachable

DOCS = ROOT / "docs" / "flows"


@pytest.mark.parametrize("name", NAMES)
def test_the_drawings_in_the_docs_are_current(name: str) -> None:
    if os.environ.get("DRAW") == "write":
        draw([FLOWS[name]], DOCS)
    assert (DOCS / f"{name}.md").read_text(encoding="utf-8") == page(FLOWS[name])
    assert (DOCS / f"{name}.svg").read_text(encoding="utf-8") == FlowDiagram(FLOWS[name]).svg()


@pytest.mark.parametrize("name", NAMES)
def test_every_way_that_people_go_is_drawn(name: str) -> None:
    """Everything is tried from everywhere; whoever goes on for the first time goes a drawn way."""
    flow = FLOWS[name]
    drawn: defaultdict[str, set[str]] = defaultdict(set)
    for edge in FlowDiagram(flow).edges:
        drawn[edge.source].add(edge.target)
    rows = [*(s.id for s in flow.steps), END]
    missing = set()
    for place in reachable(flow):
        here = place.session.step
        later = set(rows[rows.index(here) + 1 :])
        if later & {*place.session.answers, *place.session.passed}:
            continue  # they were further on, and have come back to change something
        for choice in set(place.offered) - {BACK, NOT_NOW, STOP}:
            turn = place.tap(choice)
            way = [here, *(p.step for p in turn.prompts), *([END] if turn.ended else [])]
            missing |= {(a, b) for a, b in pairwise(way) if a != b and b not in drawn[a]}
    assert missing == set()


def test_a_branch_is_drawn_with_the_way_past_it() -> None:
    before = FlowDiagram(FLOWS["before"])
    ways = {(e.source, e.target, e.label, e.past) for e in before.edges}
    assert {
        ("first", "first_more", "", False),
        ("first", "strength", "", True),
        ("change", "b2", "What feels wrong", False),
        ("who_may_read", "change", "Change something", False),
        ("finish", "end", "", False),
    } <= ways
    assert "s_first -.-> s_strength" in before.mermaid()
    assert 's_change -->|"What feels wrong"| s_b2' in before.mermaid()


def test_words_that_would_break_a_picture_do_not() -> None:
    source = (
        "flow: odd\nfor: adult\nsteps:\n- {id: a, kind: say, text: '<b> & \"quotes\" ]] -->'}\n"
        "- {id: q, kind: choice, text: 'A]', why: So., choices: {y: {text: '|\"<>', next: end}}}\n"
    )
    picture = FlowDiagram(load(source))
    shown = "".join(ET.fromstring(picture.svg()).itertext())  # noqa: S314 - our own words
    assert '<b> & "quotes" ]] -->' in shown
    assert 's_a["a<br>#lt;b> #amp; #quot;quotes#quot; ]] -->"]' in picture.mermaid()


def test_nothing_is_written_twice(tmp_path: Path) -> None:
    assert len(draw(FLOWS.values(), tmp_path)) == 2 * len(FLOWS)
    assert draw(FLOWS.values(), tmp_path) == []
