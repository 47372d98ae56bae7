"""What a step says or asks: its words, its buttons, and the values that fill them in."""

from __future__ import annotations

from collections.abc import Mapping

from flows.engine import flow as f
from flows.engine.flow import NOT_QUOTED, Choice, Flow, Step, Text
from flows.engine.machine import Position
from flows.engine.session import Answer, AnswerState, Session
from flows.engine.turn import Button, Prompt, Quoted, Recap, Value

Facts = Mapping[str, Value]
_DECLINED = (AnswerState.SKIPPED, AnswerState.RATHER_NOT_SAY)


def position_of(session: Session, facts: Facts) -> Position:
    """The position of a session, for the machine and for conditions."""
    return Position(
        session.step, dict(session.answers), session.passed, session.trail, session.earlier, facts
    )


def prompt_of(flow: Flow, session: Session, step: Step, facts: Facts) -> Prompt:
    """What a step says or asks at this point of a session."""
    place = position_of(session, facts)
    text = next((i.text for i in step.instead if place.meets_all(i.when)), step.text)
    buttons = tuple(
        Button(c.id, c.label, on=c.id in session.picks)
        for c in step.choices
        if place.meets_all(c.when) and not _is_unheard(c, facts)
    )
    labels = (b.label for b in buttons)
    shown = tuple(t for t in (text, step.why, step.hint, *labels) if t is not None)
    return Prompt(
        step=step.id,
        turn=session.turn,
        text=text,
        why=step.why,
        hint=step.hint,
        choices=buttons,
        controls=tuple(_controls(flow, session, step)) if step.asks else (),
        values=_values(flow, session, step, shown, facts),
        several=step.kind.traits.several,
        stands=quoted(session.answers[step.id]) if _came_back(session, step) else None,
    )


def _is_unheard(choice: Choice, facts: Facts) -> bool:
    """Whether a choice asks for a person where no worker would hear: it is not offered."""
    return choice.does == "contact" and facts.get("unheard") is True


def stands(session: Session, step: Step) -> bool:
    """Whether there is an answer to a step, so that passing it by would keep that one."""
    said = session.answers.get(step.id)
    return step.can_decline and said is not None and said.state not in _DECLINED


def _came_back(session: Session, step: Step) -> bool:
    return stands(session, step) and not session.begun


def _controls(flow: Flow, session: Session, step: Step) -> list[Button]:
    """The controls that the engine adds to every question, so that no author can forget them."""
    names: list[str] = []
    answered, several = stands(session, step), step.kind.traits.several
    same = answered and not session.begun and session.picks == _picked(session, step)
    if session.begun or (several and not same):
        names.append(f.DONE)
    if session.trail and step.id != session.trail[-1]:
        names.append(f.BACK)
    if same:
        names.append(f.KEEP_IT)
    if answered and step.decline == f.SKIP:
        names.append(f.TAKE_BACK)  # else "Rather not say" does it
    elif step.can_decline:
        names.append(step.decline)
    names += [f.NOT_NOW, f.STOP]
    return [Button(n) for n in names]


def _picked(session: Session, step: Step) -> tuple[str, ...]:
    """The ticks that a question is asked with: those of its answer."""
    return session.answers[step.id].choices if step.kind.traits.several else ()


def _values(
    flow: Flow, session: Session, step: Step, shown: tuple[Text, ...], facts: Facts
) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name in dict.fromkeys(n for text in shown for n in f.placeholders(text.source)):
        if name == "number":
            values[name] = flow.numbered.index(step) + 1
        elif name == "total":
            values[name] = len(flow.numbered)
        elif name == "answers":
            values[name] = recap(flow, session.answers)
        elif "." in name:
            earlier, _, step_id = name.partition(".")
            answer = session.earlier.get(earlier, {}).get(step_id)
            values[name] = quoted(answer) if answer else Quoted(state="unreached")
        elif name in facts:
            values[name] = facts[name]
    return values


def recap(flow: Flow, answers: Mapping[str, Answer]) -> Recap:
    """Each question of a flow that was reached, with its answer.

    Of one about the check-in itself only words: they are meant to be seen.
    """
    return Recap(
        tuple(
            (step.heading, quoted(said))
            for step in flow.steps
            if (said := answers.get(step.id)) is not None
            and (step.meaning not in NOT_QUOTED or said.words)
        )
    )


def quoted(answer: Answer) -> Quoted:
    """An answer as it may be quoted to the participant who gave it."""
    return Quoted(answer.words, answer.labels, bool(answer.voice), answer.state.value)
