"""What is said of the organisation before consent: its name, and how to reach it."""

from __future__ import annotations

from bot.content.environment import Environment
from bot.messages.parts import lazy
from flows.engine import Lines, Value


def name(env: Environment) -> Value:
    """The name of the organisation, or what is said where none is set."""
    return env.org_name or lazy(env.library.phrases.org_name)


def details(env: Environment) -> Lines | None:
    """How to reach it, who answers for data, and to whom to complain; only what is set."""
    phrases = env.library.phrases
    known = (
        ("org_contact", env.org_contact),
        ("org_data_contact", env.org_data_contact),
        ("org_authority", env.org_authority),
    )
    lines = tuple(
        lazy(phrases[phrase].text, {"org_name": name(env), "told": told})
        for phrase, told in known
        if told is not None
    )
    return Lines(lines) if lines else None
