"""The age group that a worker has told with a link: where it holds, and how it is corrected."""

from __future__ import annotations

import re

from bot.conversation import typed_choices
from bot.conversation.context import Context
from bot.messages.callback_data import OnboardingButton
from flows.engine import Flow

WRONG = "wrong_age"
"""The choice of a participant whose age is another."""
_NUMBER = re.compile(r"\d+")
_YOUNG = range(5, 18)
"""Numbers that may be the age of a child, wherever they stand in a text."""


def of_link(ctx: Context) -> str | None:
    """The age told with the link that this chat holds; who was here before has said it before."""
    case = ctx.lookups.claimed_case
    return case.told_age if ctx.participant is None and case is not None else None


def holds(ctx: Context, button: OnboardingButton) -> bool:
    """Whether a button carries no age, or that of the link: it may be corrected, or another's."""
    return button.told_age in (None, of_link(ctx))


def is_said(ctx: Context, flow: Flow, text: str) -> bool:
    """Whether a text holds an age, or says that it is another: better to ask than to compare."""
    wrong = [(c.id, c.label) for step in flow.steps for c in step.choices if c.id == WRONG]
    if typed_choices.typed_choice(ctx, text, wrong) is not None:
        return True
    if ctx.env.library.replies.read_age(text, ctx.localizer.code) is not None:
        return True
    return any(int(number) in _YOUNG for number in _NUMBER.findall(text[:200]))


async def correct(ctx: Context) -> None:
    """Forgets what the worker told: the age is asked from now on, whichever way they come."""
    case = ctx.lookups.claimed_case
    if case is not None:
        case.told_age = None
        await ctx.uow.cases.save(case, "told_age")
