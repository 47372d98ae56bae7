"""Laws that hold in every place of every flow, whatever a person does there.

Does not judge the wording (see `test_wording`) and sends nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import pytest

from flows.engine import (
    Flow,
    Incoming,
    Turn,
)
from flows.engine.machine import STOPPED, compile_flow
from tests.engine.flow_laws import (
    ENDS,
    LAWS,
    LAWS_OF_MOVES,
    LAWS_OF_PLACES,
    NEVER_TO_THE_YOUNG,
    tapped,
)
from tests.support.flow_explorer import (
    FLOWS,
    NAMES,
    Place,
    look_everywhere,
)


class Look(NamedTuple):
    """What was seen of one flow."""

    places: int
    moves: int
    waited: set[str]
    broken: Mapping[str, list[str]]


@cache
def look(name: str) -> Look:
    """The places and moves of a flow, and for each law the places where it does not hold."""
    broken: dict[str, list[str]] = defaultdict(list)
    onward: dict[int, Place | None] = {}
    moves = 0

    def see(place: Place, move: Incoming, turn: Turn, there: Place | None) -> None:
        nonlocal moves
        moves += 1
        for law in LAWS_OF_MOVES:
            if not law(place, move, turn):
                broken[law.__name__].append(f"{place.world.name}: {place.session}: {move}")
        if tapped(move) == _easiest(place):
            onward[id(place)] = there if there or turn.ended else replace(place, turn=turn)

    places = look_everywhere(FLOWS[name], see)
    for place in places:
        for law in LAWS_OF_PLACES:
            if not law(place):
                broken[law.__name__].append(f"{place.world.name}: {place.session}")
        if not _ends(place, onward):
            broken[ENDS].append(f"{place.world.name}: {place.session}")
    return Look(len(places), moves, {p.step.id for p in places}, broken)


def _ends(place: Place, onward: Mapping[int, Place | None]) -> bool:
    """Whether someone who declines everything, and else taps what is first, comes to the end."""
    at: Place | None = place
    seen = set[int]()
    while at is not None and id(at) in onward:
        if id(at) in seen:
            return False
        seen.add(id(at))
        at = onward[id(at)]
    turn = at.turn if at is not None else None
    for _ in range(len(place.flow.steps)):
        # The search did not follow this far round a circle; it is gone on foot.
        if at is None or turn is None or turn.ended:
            return True
        at = replace(at, session=turn.session)
        turn = at.tap(_easiest(at))
    return False


def _easiest(place: Place) -> str:
    return place.step.decline if place.step.can_decline else place.offered[0]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", NAMES)
def test_holds_everywhere(name: str, law: str) -> None:
    assert look(name).broken.get(law, [])[:3] == []


def test_everywhere_is_many_places() -> None:
    """The counts, so that they can be quoted: `pytest -rP -k many_places` shows them."""
    counts = {name: (look(name).places, look(name).moves) for name in NAMES}
    assert set(counts) >= {"before", "after", "before_young", "after_young", "welcome"}
    assert all(places > len(FLOWS[name].steps) for name, (places, _) in counts.items())
    assert all(moves > places * 5 for places, moves in counts.values())
    print("\n", counts, "in all", tuple(map(sum, zip(*counts.values(), strict=True))))  # noqa: T201


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_come_to(name: str) -> None:
    flow = FLOWS[name]
    assert look(name).waited == {s.id for s in flow.steps if s.asks}


@pytest.mark.parametrize("name", NAMES)
def test_the_machine_only_goes_where_the_flow_says(name: str) -> None:
    flow = FLOWS[name]
    machine = compile_flow(flow)
    assert not any(event.startswith("to_") for event in machine.events)
    assert set(machine.events) <= {"on", "back", "stop"}
    for step in flow.steps:
        (stop,) = machine.events["stop"].transitions[step.id]
        assert stop.dest == STOPPED
        assert stop.conditions == []


@pytest.mark.parametrize("flow", [f for f in FLOWS.values() if f.audience == "young"])
def test_the_young_are_not_asked_of_hard_things_by_name(flow: Flow) -> None:
    texts = [text.source.casefold() for step in flow.steps for text in step.texts]
    assert texts
    assert [(w, t) for t in texts for w in NEVER_TO_THE_YOUNG if w in t] == []


def test_under_13_nothing_is_asked() -> None:
    """However they came to say it, the next words are the last, and nothing is kept for later."""
    seen = 0

    def see(place: Place, move: Incoming, turn: Turn, there: Place | None) -> None:
        nonlocal seen
        if tapped(move) == "under13":
            seen += 1
            assert turn.ended
            assert [p.step for p in turn.prompts] == ["under13"]
            assert {a.step for a in turn.answers} == {"age"}
            assert not turn.session.answers.keys() & {"keep", "message"}

    look_everywhere(FLOWS["welcome"], see)
    assert seen > 0
