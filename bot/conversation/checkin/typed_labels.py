"""Finds the button of the open question that was typed instead of tapped."""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import typed_choices
from bot.conversation.checkin import named_controls
from bot.conversation.context import Context
from bot.conversation.safety import settings_screen
from bot.conversation.typed_choices import Option
from bot.domain.participant import Checkin
from flows import engine
from flows.engine import Flow, Step
from flows.engine.flow import DONE, KEEP_IT, RATHER_NOT_SAY, SKIP
from flows.engine.keywords import GO_ON


def named(ctx: Context, text: str) -> bool:
    """Whether a text stands for a button under the open question: its label, or its meaning."""
    participant = ctx.participant
    if participant is None or participant.open_checkin is None:
        return False
    live = participant.open_checkin
    if settings_screen.due(ctx.env.library, participant, live):
        return settings_screen.named(ctx, text) is not None
    return typed_label(ctx, revive(ctx, live), live, text) is not None


def is_label(ctx: Context, text: str) -> bool:
    """Whether a text is exactly a label: danger comes before what only means a button."""
    participant = ctx.participant
    if participant is None or participant.open_checkin is None:
        return False
    live, phrases = participant.open_checkin, ctx.env.library.phrases
    if settings_screen.due(ctx.env.library, participant, live):
        return typed_choices.labelled(ctx, text, phrases["safety"].choices.items()) is not None
    prompt = engine.ask(revive(ctx, live), live.session, facts=ctx.facts()).prompts[0]
    choices = [(b.id, b.label) for b in prompt.choices if b.label is not None]
    controls = [(b.id, phrases.controls[b.id]) for b in prompt.controls]
    found = typed_choices.labelled(ctx, text, choices, prompt.values)
    return found is not None or typed_choices.labelled(ctx, text, controls) is not None


def typed_label(ctx: Context, flow: Flow, live: Checkin, text: str) -> str | None:
    """The same as `_named`; the labels of one question are compared with one text only once."""
    asked = (live.id, live.session.turn, text)
    if asked not in ctx.typed_labels:
        ctx.typed_labels[asked] = _named(ctx, flow, live, text)
    return ctx.typed_labels[asked]


def _named(ctx: Context, flow: Flow, live: Checkin, text: str) -> str | None:
    """The choice or control that a text stands for."""
    prompt = engine.ask(flow, live.session, facts=ctx.facts()).prompts[0]
    step = flow.by_id[live.session.step]
    choices = [(b.id, b.label) for b in prompt.choices if b.label is not None]
    controls = [(b.id, ctx.env.library.phrases.controls[b.id]) for b in prompt.controls]
    found = typed_choices.labelled(ctx, text, choices, prompt.values)
    if found is None:
        if (control := typed_choices.labelled(ctx, text, controls)) is not None:
            return control
        found = _meant(ctx, step, text, choices, controls)
    if found is not None:
        chosen = any(found == choice for choice, _ in choices)
        return f"+{found}" if prompt.several and chosen else found
    there = {button.id for button in prompt.controls}
    ways = there & {SKIP, RATHER_NOT_SAY, KEEP_IT, DONE}
    if (control := named_controls.meant(ctx, text)) is not None:
        if control in there:
            return control
        if control in (SKIP, KEEP_IT):
            return _passed_by(live, GO_ON, ways)
    own = text == getattr(ctx.update.content, "text", None)
    return _passed_by(live, ctx.keyword if own else ctx.env.library.keywords(text), ways)


def _passed_by(live: Checkin, meant: str | None, ways: set[str]) -> str | None:
    """The control that a text such as "I'd rather not" or "next" stands for, where there is one.

    Rather not say deletes the answer; going on keeps it, as Skip and Done do.
    """
    if not ways or meant not in (RATHER_NOT_SAY, GO_ON):
        return None
    if meant == RATHER_NOT_SAY:
        return RATHER_NOT_SAY
    ways_on = (KEEP_IT, SKIP, RATHER_NOT_SAY)
    if live.session.begun or (live.session.picks and KEEP_IT not in ways):
        return DONE
    return next((way for way in ways_on if way in ways), None)


def _meant(
    ctx: Context, step: Step, text: str, choices: list[Option], controls: list[Option]
) -> str | None:
    """The button that a short reply stands for; where words are an answer, they stay one."""
    if step.takes_words or step.kind.traits.several:
        return None
    return typed_choices.meant(ctx, text, choices, () if step.can_decline else controls)


def takes_any_words(ctx: Context, live: Checkin) -> bool:
    """Whether any words are a whole answer to the open question."""
    flow = ctx.env.library.get_version(live.session.version)
    step = flow.by_id.get(live.session.step)
    return step is not None and step.takes_words and step.takes_any_words


def revive(ctx: Context, live: Checkin) -> Flow:
    """The flow of the version they began with, and their answers with its labels."""
    library = ctx.env.library
    flow = library.get_version(live.session.version)
    answers, earlier = live.session.answers, live.session.earlier
    if live.follows_version is not None:
        earlier = {
            f: library.with_labels(live.follows_version, said) for f, said in earlier.items()
        }
    live.session = replace(
        live.session, answers=library.with_labels(flow.version, answers), earlier=earlier
    )
    return flow
