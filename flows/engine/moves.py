"""Moves through a flow: leaves a step, and goes on to the next that is needed.

`walk` decides what an input means; this is where it leads.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from transitions import Machine

from flows.engine import flow as f
from flows.engine.flow import Flow
from flows.engine.machine import ON, Position, compile_flow, still_applies
from flows.engine.prompting import Facts, prompt_of
from flows.engine.session import Answer, Session
from flows.engine.turn import Note, Prompt, Turn

MOVES_IN_A_TURN = 50
"""More moves than this without a question is a loop in a data file, and fails that turn."""


class EndlessFlow(Exception):
    """A flow looped without asking anything."""


@lru_cache(maxsize=64)
def _machine(flow: Flow) -> Machine:
    return compile_flow(flow)


def fire(flow: Flow, event: str, place: Position) -> bool:
    """Moves the position. It is passed twice: as the row to move and as what conditions look at."""
    return bool(_machine(flow).events[event].trigger(place, place))


def onward(
    flow: Flow,
    session: Session,
    place: Position,
    facts: Facts,
    *,
    answer: Answer | None = None,
    note: Note | None = None,
    chosen: str | None = None,
    leaving: bool = True,
) -> Turn:
    """Leaves the open step with its answer and goes on to the next that is needed."""
    step = flow.by_id[session.step]
    kept: tuple[Answer, ...] = ()
    if answer is not None:
        place.answers[step.id] = answer
        kept = (answer,)
    elif leaving and not step.keeps_answer:
        place.passed = (*place.passed, step.id)
    dropped = no_longer_belongs(flow, place)
    if leaving:
        place.trail = (*place.trail, step.id)
    place.chosen = chosen
    turn = travel(flow, session, place, facts)
    return replace(turn, note=note, answers=kept, dropped_answers=dropped)


def no_longer_belongs(flow: Flow, place: Position) -> tuple[str, ...]:
    """Removes the answers whose `when` no longer holds, also from the trail."""
    dropped: list[str] = []
    steps = [s for s in flow.steps if s.when]
    while gone := [s.id for s in steps if s.id in place.answers and not still_applies(place, s)]:
        for step_id in gone:
            del place.answers[step_id]
        dropped += gone
    place.trail = tuple(t for t in place.trail if t not in dropped)
    return tuple(dropped)


def travel(flow: Flow, session: Session, place: Position, facts: Facts) -> Turn:
    prompts: list[Prompt] = []
    for _ in range(MOVES_IN_A_TURN):
        fire(flow, ON, place)
        place.chosen = None
        if place.state == f.END:
            return Turn(_session(session, place), tuple(prompts), ended=True)
        step = flow.by_id[place.state]
        if step.asks:
            return arrive(flow, session, place, facts, prompts)
        prompts.append(prompt_of(flow, _session(session, place), step, facts))
        place.passed = (*place.passed, step.id)
    raise EndlessFlow(flow.name, session.step)


def arrive(
    flow: Flow, session: Session, place: Position, facts: Facts, prompts: list[Prompt]
) -> Turn:
    step = flow.by_id[place.state]
    if not step.asks:
        prompts.append(prompt_of(flow, session, step, facts))
        place.passed = (*place.passed, step.id)
        turn = travel(flow, session, place, facts)
        return replace(turn, prompts=(*prompts, *turn.prompts))
    answer = place.answers.get(step.id)
    picks = answer.choices if answer is not None and step.kind.traits.several else ()
    moved = _session(session, place, turn=session.turn + 1, picks=picks)
    return Turn(moved, (*prompts, prompt_of(flow, moved, step, facts)))


def _session(
    session: Session, place: Position, *, turn: int | None = None, picks: tuple[str, ...] = ()
) -> Session:
    return replace(
        session,
        turn=session.turn if turn is None else turn,
        step=place.state,
        answers=place.answers,
        passed=tuple(dict.fromkeys(place.passed)),
        trail=place.trail,
        picks=picks,
        begun=False,
    )
