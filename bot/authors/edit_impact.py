"""Replays an open check-in on changed questions, and reports where it would be then.

The check-in itself stays on the version it began with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flows import engine
from flows.engine import (
    Answer,
    AnswerState,
    EndlessFlow,
    Flow,
    Session,
    Step,
    Tap,
    Turn,
    Words,
)
from flows.engine.flow import DONE

SAID = "…"
"""Replaces free text in a replay; the participant's own is not read."""
MOST_TURNS = 200
ALWAYS: Mapping[str, str | int] = {"org_name": "", "keep_months": 12, "language": "en"}
FACT_SETS = ({**ALWAYS, "worker_name": ""}, ALWAYS)
"""The facts that may hold for a participant: with a worker, and without."""


Facts = Mapping[str, str | int]


class EditImpact(StrEnum):
    """What a move to changed questions would do to a check-in."""

    NONE = "would see the same"
    REWORDED = "would see the question in other words"
    ELSEWHERE = "would stand at another question"
    LOSES = "would lose an answer"
    ENDS = "would be at the end"
    GONE = "could not go on: the questions are gone"


def impact_of(session: Session, old: Flow, new: Flow | None) -> tuple[EditImpact, str]:
    """The impact of a move on a session, and the step or answers it is about."""
    if new is None:
        return EditImpact.GONE, session.flow
    if lost := [a.step for a in session.answers.values() if not _fits(a, new)]:
        return EditImpact.LOSES, ", ".join(lost)
    try:
        turns = [replay(session, new, facts) for facts in FACT_SETS]
    except EndlessFlow:
        return EditImpact.GONE, session.flow
    # Whether the participant had a worker is not read here: any position they can have counts.
    turn = next((t for t in turns if t.session.step == session.step and not t.ended), turns[0])
    if turn.ended:
        return EditImpact.ENDS, session.step
    if turn.session.step != session.step:
        return EditImpact.ELSEWHERE, f"{turn.session.step}, not {session.step}"
    was, now = old.by_id.get(session.step), new.by_id[session.step]
    same = was is not None and _shown(was) == _shown(now)
    return (EditImpact.NONE if same else EditImpact.REWORDED), session.step


def replay(session: Session, flow: Flow, facts: Facts) -> Turn:
    """Replays a session's path as far as it leads on this flow; returns the last turn."""
    ahead = [s for s in (*session.trail, session.step) if s in flow.by_id]
    turn = engine.begin(flow, facts=facts, earlier=session.earlier)
    for _ in range(MOST_TURNS):
        at = turn.session.step
        if turn.ended or (len(ahead) < 2 and at in (*ahead, session.step)):
            break
        if ahead and at == ahead[0]:
            ahead.pop(0)
        moved = _Replay(flow, turn, facts).on(session, ahead[0] if ahead else session.step)
        if moved is None or moved.session.turn == turn.session.turn:
            break
        turn = moved
    return turn


def _fits(answer: Answer, flow: Flow) -> bool:
    """Whether there is a question that could hold this answer."""
    step = flow.by_id.get(answer.step)
    if step is None or not step.keeps_answer:
        return False
    return all(step.choice(choice) is not None for choice in answer.choices)


@dataclass(frozen=True)
class _Replay:
    """One question of the path, about to be answered as before."""

    flow: Flow
    turn: Turn
    facts: Facts

    def on(self, session: Session, aim: str) -> Turn | None:
        """The turn after the recorded answer; None where there is none."""
        step = self.flow.by_id[self.turn.session.step]
        if step.gate:
            return self._through(step, session, aim)
        answer = session.answers.get(step.id)
        return self._given(step, answer) if answer is not None else None

    def _through(self, step: Step, session: Session, aim: str) -> Turn | None:
        """The tapped button of a gate is not stored: it is the one that leads along the path."""
        if step.id not in session.passed:
            return None
        ways = [self._tap(self.turn, choice.id) for choice in step.choices if not choice.does]
        sayings = {s.id for s in self.flow.steps if not s.asks}
        heard = sayings & set(session.passed)

        def strays(way: Turn) -> tuple[bool, int]:
            met = sayings & {p.step for p in way.prompts}
            return way.session.step != aim, len(met ^ heard)

        return min((way for way in ways if way.note is None), key=strays, default=None)

    def _given(self, step: Step, answer: Answer) -> Turn | None:
        if answer.state in (AnswerState.SKIPPED, AnswerState.RATHER_NOT_SAY) and not answer.choices:
            return self._tap(self.turn, step.decline) if step.can_decline else None
        if step.kind.traits.several and answer.choices:
            turn = self.turn
            for choice in answer.choices:
                turn = self._tap(turn, f"+{choice}")
            return self._tap(turn, DONE)
        if answer.choices:
            return self._tap(self.turn, answer.choices[0])
        if not step.can_decline:
            return None
        said = Words(step.kind.traits.example or SAID)
        heard = engine.hear(self.flow, self.turn.session, said, facts=self.facts)
        return heard if step.takes_words else self._tap(heard, DONE)

    def _tap(self, turn: Turn, choice: str) -> Turn:
        at = turn.session
        return engine.hear(self.flow, at, Tap(at.step, at.turn, choice), facts=self.facts)


def _shown(step: Step) -> list[tuple[str | None, str]]:
    return [(text.one, text.source) for text in step.texts]
