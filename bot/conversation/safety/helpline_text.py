"""Helplines as lines of a message: the emergency number first, always.

The numbers of the place come from `bot.content.helplines`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from bot.content.environment import Environment
from bot.content.helplines import Helpline, HelplineKind
from bot.i18n import bidi
from bot.i18n.localizer import Localizer
from bot.messages.renderer import phrase_message
from bot.messages.reply import Message

ADULT, YOUNG, UNKNOWN = "adult", "young", "anyone"
"""The audience of the lines, as in the helpline files; a participant of unknown age sees all."""

EVERY = tuple(kind.value for kind in HelplineKind)
BULLET = "• "
_LABELS = {"urgent": "health", "men_abuse": "men", "text": "texting"}


def chosen(
    env: Environment, kinds: Collection[str], audience: str, now: dt.datetime
) -> list[Helpline]:
    """The numbers of these kinds for an audience here and today, the most urgent first."""
    shown = env.helplines.show(
        env.country, env.region, kinds=kinds, audience=audience, today=now.date()
    )
    return [found.helpline for found in shown]


def emergency(env: Environment, now: dt.datetime) -> str:
    """The number to call in danger; there is one for every place."""
    return next(h.shown for h in chosen(env, (), UNKNOWN, now) if h.kind is HelplineKind.EMERGENCY)


def with_lines(
    name: str,
    localizer: Localizer,
    env: Environment,
    found: Collection[Helpline],
    now: dt.datetime,
    about: int = 0,
) -> Message:
    """A phrase with helplines in it, each on a line of its own."""
    call = {"call": emergency(env, now)}
    message = phrase_message(name, localizer, env.library.phrases, call, about)
    block = "\n".join(bidi.signed(BULLET, _line(line, localizer, env)) for line in found)
    # Not filled in as a value: a value is one piece, and these lines contain pieces of their own.
    # The mark before the placeholder, where the line is right-to-left, comes with each of them.
    text = message.text.replace(f"{bidi.RLM}{{lines}}", "{lines}").replace("{lines}", block)
    return replace(message, text=text)


def _line(line: Helpline, localizer: Localizer, env: Environment) -> str:
    call = {"call": line.shown}
    if line.kind is HelplineKind.EMERGENCY:
        said = localizer.phrase("line_emergency", call)
        if line.press:
            said += " " + localizer.phrase("line_silent", {**call, "digits": line.press})
        return said
    labels = env.library.phrases["line_kind"].choices
    label = labels.get(_LABELS.get(line.kind.value, line.kind.value))
    if line.kind is HelplineKind.URGENT and label is not None:
        # It has no name but its kind.
        return f"{localizer.text(label)} {localizer.format_value(line.shown)}"
    values = {"name": line.name(localizer.code), "keyword": line.text, **call}
    said = localizer.phrase("line_keyword" if line.text else "line", values)
    return f"{localizer.text(label)} {said}" if label is not None else said
