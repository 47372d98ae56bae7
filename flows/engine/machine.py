"""A flow compiled into one `transitions` machine: steps are states, branches are conditions.

Walking it is in `walk`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from transitions import Machine

from flows.engine.flow import END, Condition, Flow, Step
from flows.engine.session import Answer

STOPPED = "stopped"
ON, BACK_UP, STOP_EVENT = "on", "back", "stop"


@dataclass(slots=True)
class Position:
    """The row the machine moves: the current step, and what a branch may look at.

    Never registered with the machine (`add_model` of `transitions` would reset its state); it lives
    for one turn.
    """

    state: str
    answers: dict[str, Answer]
    passed: tuple[str, ...]
    trail: tuple[str, ...]
    earlier: Mapping[str, Mapping[str, Answer]]
    facts: Mapping[str, object]
    chosen: str | None = None

    def meets(self, condition: Condition) -> bool:
        """Whether an answer, earlier or now, is among those the condition names."""
        return bool(self._tokens(condition.ref) & condition.any_of)

    def meets_all(self, conditions: tuple[Condition, ...]) -> bool:
        """Whether every one of the conditions holds; none at all holds."""
        return not conditions or all(self.meets(c) for c in conditions)

    def _tokens(self, ref: str) -> set[str]:
        head, dot, tail = ref.partition(".")
        if head == "fact":
            fact = self.facts.get(tail)
            if fact is None:
                return {"unknown"}
            return {"known", *(fact if isinstance(fact, tuple) else (str(fact),))}
        answers = self.earlier.get(head, {}) if dot else self.answers
        answer = answers.get(tail if dot else head)
        if answer is not None:
            return answer.tokens()
        return {"met"} if not dot and head in self.passed else {"unreached"}


def compile_flow(flow: Flow) -> Machine:
    """The machine of a flow. Auto-transitions are off: nothing can jump between steps."""
    machine = Machine(
        model=None,
        states=[*(s.id for s in flow.steps), END, STOPPED],
        initial=flow.steps[0].id,
        auto_transitions=False,
    )
    backward: list[tuple[str, str]] = []
    for step in flow.steps:
        for choice in step.choices:
            if choice.next is not None:
                machine.add_transition(
                    ON, step.id, choice.next, conditions=partial(_chose, choice=choice.id)
                )
        for target in following(flow, step):
            needed = partial(_needed, step=target) if target else None
            machine.add_transition(ON, step.id, target.id if target else END, conditions=needed)
        machine.add_transition(STOP_EVENT, step.id, STOPPED)
        if step.asks:
            backward.extend((later, step.id) for later in _asked_after(flow, step))
    for later, earlier in dict.fromkeys(backward):
        machine.add_transition(
            BACK_UP, later, earlier, conditions=partial(_came_from, step=earlier)
        )
    return machine


def following(flow: Flow, step: Step) -> Iterator[Step | None]:
    """The steps that may come after `step` if no choice jumps, in order; None is the end.

    The walk takes the first that is needed. A step that is not needed passes on to its own next, so
    a branch costs an author nothing but its `when`.
    """
    seen = {step.id}
    current: Step | None = step
    while current is not None:
        current = _next(flow, current)
        if current is not None and current.id in seen:
            return
        yield current
        if current is None or (current.again and not current.when):
            return
        seen.add(current.id)


def _next(flow: Flow, step: Step) -> Step | None:
    if step.next == END:
        return None
    if step.next is not None:
        return flow.by_id[step.next]
    place = flow.steps.index(step) + 1
    return flow.steps[place] if place < len(flow.steps) else None


def edges(flow: Flow, step: Step) -> list[Step | None]:
    """Every step that can come directly after this one, jumps first; None is the end."""
    jumps = [
        None if c.next == END else flow.by_id[c.next] for c in step.choices if c.next is not None
    ]
    return [*jumps, *following(flow, step)]


def _asked_after(flow: Flow, step: Step) -> set[str]:
    """The next questions that can be open after `step`.

    Looks through sayings, and through questions that may be skipped: an answer that no longer
    applies leaves the trail too.
    """
    found: set[str] = set()
    seen: set[str] = set()
    look = edges(flow, step)
    while look:
        target = look.pop()
        if target is None or target.id in seen:
            continue
        seen.add(target.id)
        if target.asks:
            found.add(target.id)
        if target.when or not target.asks:
            look.extend(edges(flow, target))
    return found - {step.id}


def _chose(place: Position, *, choice: str) -> bool:
    return place.chosen == choice


def _needed(place: Position, *, step: Step) -> bool:
    if not place.meets_all(step.when):
        return False
    return step.again or (step.id not in place.answers and step.id not in place.passed)


def _came_from(place: Position, *, step: str) -> bool:
    return bool(place.trail) and place.trail[-1] == step


def still_applies(place: Position, step: Step) -> bool:
    """Whether an answer already given to `step` still applies, now that others changed."""
    return place.meets_all(step.when)
