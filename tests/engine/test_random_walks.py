"""Whatever people do in a flow, its session stays sound."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.engine import (
    Incoming,
    Note,
    Tap,
    Turn,
    Voice,
    Words,
    stop,
)
from flows.engine.flow import CONTROLS
from tests.engine.small_walks import Walk
from tests.support.flow_explorer import (
    FLOWS,
    NAMES,
    SOUND,
    World,
    faults,
    offered,
    worlds,
)

# Random people.

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "",
            " \n ",
            "\x00\x07\x1b[2J\x7f",
            "\u202eright to left\u202c \u2066 \u200f",
            "{answers} {before.b1} {} %s \\N",
            "x" * 10_000,
            "Z\u0351\u036b\u0343" * 200,
            "دهنده ی ١٢٣ 中文 🧑🏽‍🚒🏳️‍🌈",
            "skip",
            "stop",
            "q:0:b1:1:stop",
        ]
    ),
)
ANY_CHOICE = st.one_of(
    st.sampled_from([*CONTROLS, "end", "stopped", "", "+", "-", "y", "+home", "start", "agree"]),
    st.text(max_size=8),
)
ANY_STEP = st.one_of(st.sampled_from([s.id for f in FLOWS.values() for s in f.steps]), st.text())
MOVES = st.one_of(
    # Mostly they go on, or press what is there, by its place; Stop is tried by the test itself.
    st.tuples(st.just("go on"), st.integers(0, 1)),
    st.tuples(st.just("go on"), st.integers(0, 2)),
    st.tuples(st.just("go on"), st.integers(0, 3)),
    st.tuples(st.just("press"), st.integers(0, 20)),
    st.tuples(st.just("press again"), st.integers(0, 30)),
    st.tuples(st.just("forge"), st.tuples(ANY_STEP, st.integers(-2, 2000), ANY_CHOICE)),
    st.tuples(st.just("forge here"), ANY_CHOICE),
    st.tuples(st.just("say"), st.builds(Words, TEXTS, st.booleans())),
    st.tuples(st.just("say"), st.builds(Voice, st.just(SOUND), st.booleans())),
)


def what(move: tuple[str, Any], walk: Walk, pressed: list[Tap]) -> Incoming:
    """The input a random move means, where the person is."""
    kind, value = move
    if kind == "say":
        words: Words | Voice = value
        return words
    buttons = [b for b in offered(walk.prompt) if b != "stop"]
    onward = [b for b in buttons if b not in {"back", "not_now"} and b[0] not in "+-"]
    here, turn = walk.session.step, walk.session.turn
    if kind == "press again" and pressed:
        return pressed[int(value) % len(pressed)]
    if kind == "forge":
        return Tap(*value)
    if kind == "forge here":
        return Tap(here, turn, value)
    there = onward if kind == "go on" else buttons
    pressed.append(Tap(here, turn, there[value % len(there)]))
    return pressed[-1]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_people_do_the_session_is_sound(name: str) -> None:
    flow = FLOWS[name]
    ends: list[bool] = []

    @settings(max_examples=120, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from(worlds(flow)), st.lists(MOVES, min_size=10, max_size=80))
    def live(world: World, moves: list[tuple[str, Any]]) -> None:
        walk = Walk(flow, world.facts, world.earlier)
        pressed: list[Tap] = []
        for move in moves:
            before = walk.session
            turn = walk.hear(what(move, walk, pressed))
            assert len(turn.prompts) <= 3
            if turn.ended:
                break
            assert faults(flow, walk.session) == []
            assert walk.session.turn - before.turn in {0, 1}
            assert {a.step for a in turn.answers} - {
                *turn.dropped_answers
            } <= walk.session.answers.keys()
            if turn.note is Note.STALE:
                assert turn == Turn(before, note=Note.STALE)
            assert stop(flow, walk.session).stopped
            assert "stop" in offered(walk.prompt)
        ends.append(walk.turn.ended and not walk.turn.stopped)

    live()
    assert any(ends), "nobody came to the end: these people are too random to show anything"
