"""Text typed at a step of the onboarding: the button it stands for, or what to say instead."""

from __future__ import annotations

from bot.conversation import small_talk, typed_choices
from bot.conversation.context import Context
from flows.engine import Meaning, Prompt, Step
from flows.engine.flow import RATHER_NOT_SAY


def choice(ctx: Context, step: Step, prompt: Prompt, text: str) -> str | None:
    """The choice or control that a text stands for: by label, meaning, age or language."""
    names = ctx.env.library.phrases.controls
    choices = [(b.id, b.label) for b in prompt.choices if b.label is not None]
    controls = [(b.id, names[b.id]) for b in prompt.controls]
    if step.meaning is Meaning.LANGUAGE:
        named = typed_choices.typed_language(ctx, text)
        if any(named == code for code, _ in choices):
            return named
    declines = ctx.keyword == RATHER_NOT_SAY and step.choice(RATHER_NOT_SAY) is not None
    return (
        typed_choices.labelled(ctx, text, [*choices, *controls], prompt.values)
        or typed_choices.meant(ctx, text, choices, controls)
        or (RATHER_NOT_SAY if declines else None)
    )


async def say_unclear(ctx: Context, step: Step, text: str) -> None:
    """Says what was not understood, before the step is repeated."""
    if await small_talk.before_question(ctx, text):
        return
    if step.meaning is Meaning.LANGUAGE and typed_choices.typed_language(ctx, text) is not None:
        ctx.say("language_other")
    elif step.meaning is Meaning.AGE:
        name = small_talk.not_understood(ctx, "age_unclear")
        ctx.say_without_buttons(name)
    else:
        ctx.say_without_buttons(small_talk.not_understood(ctx, "unknown_new"))
