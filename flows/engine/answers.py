"""Makes the stored answer of a step from taps, text and voice notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flows.engine.flow import NOT_SURE, RATHER_NOT_SAY, Step
from flows.engine.session import Answer, AnswerState, Voice, Words


def answer_of(
    step: Step,
    *,
    choices: tuple[str, ...] = (),
    words: str | None = None,
    voice: tuple[Mapping[str, Any], ...] = (),
) -> Answer:
    """The stored answer of a step with this content and nothing else."""
    return with_choices(Answer(step.id, AnswerState.ANSWERED, (), words, voice), step, choices)


def with_more(
    said: Answer | None, step: Step, incoming: Words | Voice, picks: tuple[str, ...]
) -> Answer:
    """The answer with text or a voice note added; nothing written before is lost."""
    if said is None or said.state is not AnswerState.ANSWERED:
        said = Answer(step.id, AnswerState.ANSWERED)
    if picks:
        said = with_choices(said, step, picks)
    if isinstance(incoming, Voice):
        return replace(said, voice=(*said.voice, incoming.reference))
    words = f"{said.words}\n{incoming.text}" if said.words else incoming.text
    return replace(said, words=words)


def with_choices(said: Answer | None, step: Step, choices: tuple[str, ...]) -> Answer:
    """The answer with these choices; its text and voice notes stay."""
    state = next((_STATE_OF[c] for c in choices if c in _STATE_OF), AnswerState.ANSWERED)
    labels = tuple(c.label for c in step.choices if c.id in choices)
    words, voice = (said.words, said.voice) if said else (None, ())
    if words or voice:
        state = AnswerState.ANSWERED
    return Answer(step.id, state, choices, words, voice, labels)


_STATE_OF = {NOT_SURE: AnswerState.NOT_SURE, RATHER_NOT_SAY: AnswerState.RATHER_NOT_SAY}
