"""Replays the path of a button before consent in the engine; nothing of it is stored."""

from __future__ import annotations

from functools import lru_cache

from bot.i18n.localizer import Localizer
from bot.messages.renderer import prompt_text
from flows import engine
from flows.engine import Flow, Tap, Turn

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""The place of a choice in its step, as a path holds it."""


@lru_cache(maxsize=1024)  # paths are few, and the result never changes
def walk(flow: Flow, path: str, known: tuple[tuple[str, engine.Value], ...]) -> Turn | None:
    """The turn at the end of a path; None if it cannot be walked."""
    facts = dict(known)
    turn = engine.begin(flow, facts=facts)
    for digit in path:
        step = flow.by_id.get(turn.session.step)
        place = DIGITS.find(digit)
        if turn.ended or step is None or not 0 <= place < len(step.choices):
            return None
        tap = Tap(step.id, turn.session.turn, step.choices[place].id)
        turn = engine.hear(flow, turn.session, tap, facts=facts)
        if turn.note is not None:
            return None
    return None if turn.ended else turn


@lru_cache(maxsize=1024)  # as for `walk`
def said_until(
    step_id: str,
    flow: Flow,
    path: str,
    known: tuple[tuple[str, engine.Value], ...],
    localizer: Localizer,
) -> list[str]:
    """The texts of each screen on a path, until a step was shown for the last time."""
    facts, said, last = dict(known), list[str](), 0
    turn = engine.begin(flow, facts=facts)
    for digit in path:
        said += [prompt_text(prompt, localizer) for prompt in turn.prompts]
        at = flow.by_id[turn.session.step]
        if at.id == step_id:
            last = len(said)
        tap = Tap(at.id, turn.session.turn, at.choices[DIGITS.index(digit)].id)
        turn = engine.hear(flow, turn.session, tap, facts=facts)
    return said[:last]
