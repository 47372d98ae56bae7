"""Chooses answers on the way to a step: the first that fits, or one that leads there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.preview.scenario import ActionKind, PreviewAction
from flows.engine import Flow, Meaning, Step
from flows.engine.flow import DONE, KEEP_IT, NOT_SURE, RATHER_NOT_SAY, SKIP

WORDS = "•••"
"""Placeholder for free text, the same in any language."""

_CONTROLS = {"skipped": SKIP, "rather_not_say": RATHER_NOT_SAY}

Wanted = Mapping[str, tuple[str, ...]]
"""The answers required at a step, as the choices or states that fit."""


@dataclass(frozen=True, slots=True)
class AnswerPath:
    """The target, as "before/b3" or empty, for whom, and the answers required on the way.

    A `short` route takes a choice that leads right there, where there is one.
    """

    language: str
    young: bool
    to: str = ""
    wanted: Wanted = field(default_factory=dict)
    short: bool = False


def required_answers(
    flows: Mapping[str, Flow], flow: Flow, step: Step
) -> dict[str, tuple[str, ...]]:
    """The answers a step depends on, by step; what cannot be chosen is left out."""
    found: dict[str, tuple[str, ...]] = {}
    look = [(flow, step)]
    while look:
        at, one = look.pop()
        for condition in one.when:
            name, dot, ref = condition.ref.rpartition(".")
            other = flows.get(name) if dot else at
            target = other.by_id.get(ref) if other else None
            if other is None or target is None:
                continue  # a fact is no answer
            place = f"{other.name}/{target.id}"
            if place not in found:
                found[place] = tuple(sorted(condition.any_of))
                look.append((other, target))
    return found


def find_route(
    flow: Flow, step: Step, offered: Iterable[str], way: AnswerPath
) -> list[PreviewAction]:
    """The actions at an open step, with the buttons that are offered there."""
    names = set(offered)
    wanted = way.wanted.get(f"{flow.name}/{step.id}", ())
    for state, control in _CONTROLS.items():
        if state in wanted and control in names:
            return [PreviewAction(ActionKind.TAP, control)]
    if KEEP_IT in names and not wanted:
        return [PreviewAction(ActionKind.TAP, KEEP_IT)]
    choices = [c.id for c in step.choices if c.id in names]
    sure = [name for name in choices if name != NOT_SURE]
    fitting = [name for name in choices if name in wanted]
    if step.kind.traits.several:
        picks = fitting[:1] or sure[:2]
        return [PreviewAction(ActionKind.TAP, name) for name in (*picks, DONE)]
    if step.kind.traits.types or (not fitting and not sure):
        return [PreviewAction(ActionKind.SAYS, step.kind.traits.example or WORDS)]
    return [
        PreviewAction(ActionKind.TAP, fitting[0] if fitting else _chosen(flow, step, sure, way))
    ]


def _chosen(flow: Flow, step: Step, names: list[str], way: AnswerPath) -> str:
    meant = {
        Meaning.LANGUAGE: way.language,
        Meaning.AGE: "teen" if way.young else "adult",
        Meaning.KEEP: "agree",
        Meaning.MESSAGE: "agree",
    }
    if there := [name for name in names if _detour(flow, step, name, way) == 0]:
        return there[0]
    if step.meaning in meant and meant[step.meaning] in names:
        return meant[step.meaning]
    return min(names, key=lambda name: _detour(flow, step, name, way))


def _detour(flow: Flow, step: Step, name: str, way: AnswerPath) -> int:
    """How far a choice leads away from the target; 0 leads right there."""
    choice = step.choice(name)
    flow_name, _, target = way.to.partition("/")
    if choice is None or choice.does is not None:
        return 9
    if way.short and flow_name == flow.name and choice.next == target:
        return 0
    if choice.next is None:
        return 1
    order = [s.id for s in flow.steps]
    to = order.index(target) if flow_name == flow.name and target in order else len(order)
    at = order.index(choice.next) if choice.next in order else len(order)
    return 2 if order.index(step.id) < at <= to else 3
