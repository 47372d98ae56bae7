"""Walks a check-in that waits once more, on other questions, and says where it would stand then.

Moves nobody: everyone finishes on the version they began.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from flows import engine
from flows.engine import Answer, EndlessFlow, Flow, Kind, Session, State, Step, Tap, Turn, Words
from flows.engine.flow import DONE

SAID = "…"
"""Stands for words that somebody gave; what they were is not read."""
MOST_TURNS = 200
FACTS: Mapping[str, str | int] = {"org_name": "", "keep_months": 12, "language": "en"}


class Effect(StrEnum):
    """What a move to other questions would do to somebody."""

    NONE = "would see the same"
    REWORDED = "would see the question in other words"
    ELSEWHERE = "would stand at another question"
    LOSES = "would lose an answer"
    ENDS = "would be at the end"
    GONE = "could not go on: the questions are gone"


def effect(session: Session, old: Flow, new: Flow | None) -> tuple[Effect, str]:
    """What would become of a session on `new`, and the step or answers it is about."""
    if new is None:
        return Effect.GONE, session.flow
    if lost := [a.step for a in session.answers.values() if not _fits(a, new)]:
        return Effect.LOSES, ", ".join(lost)
    try:
        turn = replay(session, new)
    except EndlessFlow:
        return Effect.GONE, session.flow
    if turn.ended:
        return Effect.ENDS, session.step
    if turn.session.step != session.step:
        return Effect.ELSEWHERE, f"{turn.session.step}, not {session.step}"
    was, now = old.by_id.get(session.step), new.by_id[session.step]
    same = was is not None and _shown(was) == _shown(now)
    return (Effect.NONE if same else Effect.REWORDED), session.step


def replay(session: Session, flow: Flow) -> Turn:
    """Goes the way they went once more, as far as it leads on this flow; gives the last turn."""
    ahead = [s for s in (*session.trail, session.step) if s in flow.by_id]
    turn = engine.begin(flow, facts=FACTS, earlier=session.earlier)
    for _ in range(MOST_TURNS):
        at = turn.session.step
        if turn.ended or (len(ahead) < 2 and at in (*ahead, session.step)):
            break
        if ahead and at == ahead[0]:
            ahead.pop(0)
        moved = _next(flow, turn, session, ahead[0] if ahead else session.step)
        if moved is None or moved.session.turn == turn.session.turn:
            break
        turn = moved
    return turn


def _fits(answer: Answer, flow: Flow) -> bool:
    """Whether there is a question that could keep this answer."""
    step = flow.by_id.get(answer.step)
    if step is None or not step.keeps_answer:
        return False
    return all(step.choice(choice) is not None for choice in answer.choices)


def _next(flow: Flow, turn: Turn, session: Session, aim: str) -> Turn | None:
    """The turn after what they gave here; None where they have not been."""
    step = flow.by_id[turn.session.step]
    if step.gate:
        return _through(flow, turn, step, session, aim)
    answer = session.answers.get(step.id)
    return _given(flow, turn, step, answer) if answer is not None else None


def _through(flow: Flow, turn: Turn, step: Step, session: Session, aim: str) -> Turn | None:
    """Which button of a gate they took is not kept: it is the one that leads where they went."""
    if step.id not in session.passed:
        return None
    ways = [_tap(flow, turn, choice.id) for choice in step.choices if not choice.does]
    ways = [way for way in ways if way.note is None]
    said = {p for p in session.passed if p in flow.by_id}

    def strays(way: Turn) -> tuple[bool, int]:
        met = {p.step for p in way.prompts if not flow.by_id[p.step].asks}
        return way.session.step != aim, len(met ^ (said & _sayings(flow)))

    return min(ways, key=strays, default=None)


def _sayings(flow: Flow) -> set[str]:
    return {s.id for s in flow.steps if not s.asks}


def _given(flow: Flow, turn: Turn, step: Step, answer: Answer) -> Turn | None:
    if answer.state in (State.SKIPPED, State.RATHER_NOT_SAY) and not answer.choices:
        return _tap(flow, turn, step.decline) if step.can_decline else None
    known = [c for c in answer.choices if step.choice(c) is not None]
    if step.kind is Kind.CHOICES and known:
        for choice in known:
            turn = _tap(flow, turn, f"+{choice}")
        return _tap(flow, turn, DONE)
    if known:
        return _tap(flow, turn, known[0])
    if answer.choices or not step.can_decline:
        return None  # the choice they made is gone
    heard = engine.hear(flow, turn.session, Words(SAID), facts=FACTS)
    return heard if step.takes_words else _tap(flow, heard, DONE)


def _tap(flow: Flow, turn: Turn, choice: str) -> Turn:
    at = turn.session
    return engine.hear(flow, at, Tap(at.step, at.turn, choice), facts=FACTS)


def _shown(step: Step) -> list[tuple[str | None, str]]:
    return [(text.one, text.source) for text in step.texts]
