"""The rules a flow file must satisfy before any participant is asked from it.

Style is not checked here; only what would break a conversation.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from flows.engine.flow import (
    AT_THE_END,
    CONTROLS,
    END,
    NOT_QUOTED,
    RATHER_NOT_SAY,
    WORDS_TO_SEND,
    Condition,
    Flow,
    Meaning,
    Step,
    Text,
    placeholders,
)
from flows.engine.machine import edges
from flows.engine.session import AnswerState
from flows.engine.yaml_reader import Problem, Reader, suggest

LONGEST_TEXT = 1500
"""Characters; leaves room for a reason, a hint, quotes and a longer language under 4096."""
LONGEST_LABEL = 60
MOST_CHOICES = 12
"""Except for the languages, of which people look for one they know by sight."""
MOST_SAID_IN_A_ROW = 2
"""Sayings before a question; with the question that is three messages, and no more."""

FACTS = (
    "org_name",
    "keep_months",
    "hello_date",
    "worker_name",
    "language",
    "offered",
    "may_message",
    "others_see",
    "org_details",
    "told_age",
)
"""The facts the bot provides to a flow; a placeholder or a reference `fact.…` beyond these is a
slip."""
_ALWAYS = frozenset({"org_name", "keep_months"})
"""Facts the bot always has; any other may be in a text only where it is certain to be known."""
_OWN = ("number", "total", "answers", *WORDS_TO_SEND)
_BRACED = re.compile(r"\{[^{}]*\}")


def check_step(step: Step, reader: Reader) -> None:
    """Checks a step by itself."""
    at = step.line
    if step.id in {END, "stopped", *CONTROLS}:
        reader.note(at, f"a step cannot be called `{step.id}`")
    for text in step.texts:
        if max(len(text.source), len(text.one or "")) > LONGEST_TEXT:
            reader.note(at, f"{text.context} is longer than {LONGEST_TEXT} characters")
        if set("{}") & set(_BRACED.sub("", text.source)):
            reader.note(at, f"{text.context} has a brace without its partner")
    _choices_alone(step, reader)
    for condition in step.conditions:
        if not condition.any_of:
            reader.note(at, f"`when` names nothing that `{condition.ref}` could be")
    for broken, law in _laws(step):
        if broken:
            reader.note(at, f"`{step.id}` {law}")


def _choices_alone(step: Step, reader: Reader) -> None:
    for choice in step.choices:
        if len(choice.label.source) > LONGEST_LABEL:
            reader.note(
                step.line, f"choice `{choice.id}` is longer than {LONGEST_LABEL} characters"
            )
        if "\n" in choice.label.source:
            reader.note(step.line, f"choice `{choice.id}` must be one line")
        if placeholders(choice.label.source) and step.meaning not in NOT_QUOTED:
            reader.note(
                step.line, f"choice `{choice.id}` may be quoted later, so it cannot hold {{...}}"
            )


def _laws(step: Step) -> list[tuple[bool, str]]:
    """What a step of its kind must and must not have: broken or not, and the rule as text."""
    kind = step.kind.traits
    taps, said = kind.taps, not kind.asks
    jumps = any(c.next or c.does not in (None, *AT_THE_END) for c in step.choices)
    unexplained = step.why is None and not step.gate and step.meaning not in _SELF_EVIDENT
    return [
        (taps and not step.choices, f"is a {step.kind} and needs `choices:`"),
        (not taps and bool(step.choices), f"is {step.kind} and cannot have `choices:`"),
        (
            len(step.choices) > MOST_CHOICES and step.meaning is not Meaning.LANGUAGE,
            f"has more than {MOST_CHOICES} choices",
        ),
        (
            kind.several and jumps,
            "lets several be chosen, so no choice can have `next` or `does`, but help or contact",
        ),
        (
            any(c.gate for c in step.choices)
            and (kind.several or step.gate or all(c.gate for c in step.choices)),
            "keeps the answer of one choice, so only some of its choices can be a `gate`",
        ),
        (step.gate and (not taps or kind.several), "is a gate, so it must be a choice"),
        (
            step.gate and bool(step.choices) and all(c.when for c in step.choices),
            "is a gate, so one choice must always be there, without a `when`",
        ),
        (
            step.can_decline
            and step.decline == RATHER_NOT_SAY
            and step.choice(RATHER_NOT_SAY) is not None,
            "would say Rather not say twice",
        ),
        (step.typed and (not taps or step.gate), "has no choices to tap, so `typed` says nothing"),
        (not said and unexplained, "asks something, so it must say `why:` we ask"),
        (
            said and bool(step.why or step.hint or step.name or step.meaning or step.gate),
            "only says something, so it has no why, hint, name, meaning or gate",
        ),
    ]


_SELF_EVIDENT = frozenset(
    {
        Meaning.AGE,
        Meaning.PHONE,
        Meaning.KEEP,
        Meaning.MESSAGE,
        Meaning.LANGUAGE,
        Meaning.SAFETY,
        Meaning.SHARING,
        Meaning.FELT,
    }
)


def check_flow(flow: Flow, reader: Reader) -> None:
    """Checks a flow's steps together."""
    seen: set[str] = set()
    for step in flow.steps:
        if step.id in seen:
            reader.note(step.line, f"two steps are called `{step.id}`")
        seen.add(step.id)
        _targets(flow, step, reader)
        _conditions(flow, step, reader)
        _placeholders(flow, step, reader)
    if not reader.problems:
        _reach(flow, reader)


def check_flows(flows: Mapping[str, Flow], unsure: Collection[str] = ()) -> list[Problem]:
    """Checks the flows together: quotes of an earlier check-in must exist.

    What `unsure` flows contain is not checked.
    """
    problems: list[Problem] = []
    for flow in flows.values():
        for step in flow.steps:
            for ref, values in _earlier_refs(step):
                name, _, step_id = ref.partition(".")
                if name in unsure:
                    continue
                other = flows.get(name)
                target = other.by_id.get(step_id) if other else None
                if target is not None and not target.keeps_answer:
                    message = f"`{ref}` keeps no answer to look at"
                    problems.append(Problem(f"{flow.name}.yaml", step.line, message))
                elif target is None:
                    known = [f"{n}.{s.id}" for n, o in flows.items() for s in o.steps]
                    message = f"there is no `{ref}`{suggest(ref, known)}"
                    problems.append(Problem(f"{flow.name}.yaml", step.line, message))
                elif wrong := values - _possible(target):
                    message = f"`{ref}` can never be `{min(wrong)}`"
                    problems.append(Problem(f"{flow.name}.yaml", step.line, message))
    return problems


def _earlier_refs(step: Step) -> list[tuple[str, frozenset[str]]]:
    refs = [(c.ref, c.any_of) for c in step.conditions]
    refs += [(p, frozenset[str]()) for text in step.texts for p in placeholders(text.source)]
    return [(ref, values) for ref, values in refs if "." in ref and not ref.startswith("fact.")]


def _possible(step: Step) -> frozenset[str]:
    """What a condition on this step can match."""
    if not step.keeps_answer:
        return frozenset({"met", "unreached"})
    found = {"unreached", AnswerState.ANSWERED.value, *(c.id for c in step.choices)}
    if step.can_decline:
        found.add(RATHER_NOT_SAY)  # may be typed, also where Skip is offered
        if step.decline != RATHER_NOT_SAY:
            found.add(AnswerState.SKIPPED.value)
    return frozenset(found)


def _targets(flow: Flow, step: Step, reader: Reader) -> None:
    for target in [step.next, *(c.next for c in step.choices)]:
        if target is not None and target != END and target not in flow.by_id:
            hint = suggest(target, flow.by_id)
            reader.note(step.line, f"`{step.id}` goes to `{target}`, which does not exist{hint}")
        if target == step.id:
            reader.note(step.line, f"`{step.id}` goes to itself")
    for choice in step.choices:
        found = flow.by_id.get(choice.next or "")
        if found is not None and found.when and found.when != step.when:
            message = f"`{choice.id}` goes to `{found.id}`, which is only there `when`"
            reader.note(step.line, message)


def _conditions(flow: Flow, step: Step, reader: Reader) -> None:
    for condition in step.conditions:
        head, dot, tail = condition.ref.partition(".")
        if head == "fact":
            if tail not in FACTS:
                reader.note(step.line, f"there is no fact `{tail}`{suggest(tail, FACTS)}")
        elif not dot:
            target = flow.by_id.get(condition.ref)
            if target is None:
                hint = suggest(condition.ref, flow.by_id)
                reader.note(
                    step.line, f"`when` names `{condition.ref}`, which does not exist{hint}"
                )
            elif wrong := condition.any_of - _possible(target):
                value = min(wrong)
                hint = suggest(value, _possible(target))
                reader.note(step.line, f"`{condition.ref}` can never be `{value}`{hint}")


def _placeholders(flow: Flow, step: Step, reader: Reader) -> None:
    numbered = "{number}" in step.text.source
    for text, conditions in _said_when(step):
        for name in placeholders(text.source):
            if name.startswith("fact.") or ("." not in name and name not in (*FACTS, *_OWN)):
                hint = suggest(name, [*FACTS, *_OWN])
                reader.note(step.line, f"nothing is called `{{{name}}}`{hint}")
            if name == "number" and not numbered:
                reader.note(
                    step.line, f"`{step.id}` has {{number}} in one wording but not in `text`"
                )
            known = Condition(f"fact.{name}", frozenset({"known"}))
            if name in FACTS and name not in _ALWAYS and known not in conditions:
                message = f"{{{name}}} may be missing; it needs `when: {{fact.{name}: known}}`"
                reader.note(step.line, message)


def _said_when(step: Step) -> list[tuple[Text, tuple[Condition, ...]]]:
    """Each text of a step with the conditions it is sent under."""
    beside = [t for t in (step.text, step.why, step.hint) if t is not None]
    parts = [(text, step.when) for text in beside]
    parts += [(i.text, (*step.when, *i.when)) for i in step.instead]
    return parts + [(c.label, (*step.when, *c.when)) for c in step.choices]


def _reach(flow: Flow, reader: Reader) -> None:
    """Every step can be met, every step can end, and no participant is talked at."""
    ahead = {step.id: [t.id if t else END for t in edges(flow, step)] for step in flow.steps}
    met = _closure({flow.steps[0].id}, ahead)
    # A first step with a `when` may be skipped, which its own edges already include.
    behind: dict[str, list[str]] = {}
    for source, targets in ahead.items():
        for target in targets:
            behind.setdefault(target, []).append(source)
    ending = _closure({END}, behind)
    for step in flow.steps:
        if step.id not in met:
            reader.note(step.line, f"nothing ever leads to `{step.id}`")
        if step.id not in ending:
            reader.note(step.line, f"`{step.id}` can never come to an end")
        if not step.asks and _said_in_a_row(flow, step, frozenset()) > MOST_SAID_IN_A_ROW:
            reader.note(
                step.line,
                f"from `{step.id}` on, more than {MOST_SAID_IN_A_ROW} messages come without"
                " a question",
            )


def _closure(start: set[str], edges_of: Mapping[str, list[str]]) -> set[str]:
    found, look = set(start), list(start)
    while look:
        for target in edges_of.get(look.pop(), ()):
            if target not in found:
                found.add(target)
                look.append(target)
    return found


def _said_in_a_row(flow: Flow, step: Step, path: frozenset[str]) -> int:
    """The messages that can come from here before a question, counted up to one too many."""
    if step.id in path or len(path) > MOST_SAID_IN_A_ROW:
        return MOST_SAID_IN_A_ROW + 1
    most = 0
    for target in edges(flow, step):
        if target is not None and not target.asks:
            most = max(most, _said_in_a_row(flow, target, path | {step.id}))
        elif target is None or not target.when:
            break
    return 1 + most
