"""Renders prompts and phrases as messages in a language, with their callback data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.i18n.bidi import signed
from bot.i18n.localizer import Localizer, truncate
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import InlineButton, Message
from flows.engine import Phrases, Prompt, Quoted, Recap, Text, Value

ON = "✓ "
LONGEST_MESSAGE = 4000
"""Under Telegram's 4096 with room for the formatting of other parts."""
LONGEST_KEY = 64


def prompt_message(
    prompt: Prompt, localizer: Localizer, phrases: Phrases, data: Callable[[str], str]
) -> Message:
    """One prompt in a language. `data` returns the callback data of a choice."""

    def label(text: Text, *, on: bool) -> str:
        words = truncate(localizer.say(text, prompt.values), LONGEST_KEY)
        return signed(ON, words) if on else words

    def choice(choice_id: str, *, on: bool) -> str:
        if not prompt.several:
            return choice_id
        return ("-" if on else "+") + choice_id

    return Message(
        text=prompt_text(prompt, localizer),
        reason=localizer.say(prompt.why, prompt.values) if prompt.why else None,
        choices=tuple(
            InlineButton(label(b.label, on=b.on), data(choice(b.id, on=b.on)))
            for b in prompt.choices
            if b.label is not None
        ),
        controls=tuple(
            InlineButton(localizer.text(phrases.controls[b.id]), data(b.id))
            for b in prompt.controls
        ),
        right_to_left=localizer.right_to_left,
        source_ref=prompt.text.context,
        protect_content=_quotes(prompt.values),
    )


def prompt_text(prompt: Prompt, localizer: Localizer) -> str:
    """The text of one prompt, without the reason and the buttons."""
    text = localizer.say(prompt.text, prompt.values)
    if prompt.hint is not None:
        text += "\n\n" + localizer.say(prompt.hint, prompt.values)
    return truncate(text, LONGEST_MESSAGE)


def _quotes(values: Mapping[str, Value]) -> bool:
    """Whether a text quotes its participant: it must not be forwarded."""
    return any(isinstance(value, Quoted | Recap) for value in values.values())


def phrase_message(
    name: str,
    localizer: Localizer,
    phrases: Phrases,
    values: Mapping[str, Value] | None = None,
    about: int = 0,
) -> Message:
    """One phrase in a language, with its buttons if it has any."""
    phrase = phrases[name]
    return Message(
        text=truncate(localizer.say(phrase.text, values), LONGEST_MESSAGE),
        choices=tuple(
            InlineButton(localizer.say(text, values), PhraseButton(name, choice, about).encode())
            for choice, text in phrase.choices.items()
        ),
        right_to_left=localizer.right_to_left,
        source_ref=phrase.text.context,
        protect_content=_quotes(values or {}),
    )
