"""The first screen: beside its own buttons, every other language by its own name.

One tap shows the same screen in that language. Nothing is stored: the language is in its buttons.
"""

from __future__ import annotations

from dataclasses import replace

from bot.conversation import chat_menu, typed_choices
from bot.conversation.context import Context
from bot.messages.callback_data import SHOW, OnboardingButton, PhraseButton, first_path
from bot.messages.parts import ButtonPart, MessagePart

ASK = "-"
"""Stands for the guessed language where none was offered, so that it is asked."""


def guess(ctx: Context) -> str:
    """The language to greet in: chosen in this chat, else the link's, the phone's, or asked."""
    languages, way, link = ctx.env.languages, ctx.onboarding, ctx.lookups.claimed_case
    chosen = way is not None and not way.is_stop and (way.digits or way.guess != ASK)
    if not chosen and ctx.participant is None and link and link.language in languages.codes:
        return link.language
    matches = languages.match(ctx.update.language_code)
    known = ctx.participant is not None or chosen or matches is not None
    spoken = ctx.localizer.code
    return spoken if known and spoken in languages.codes else matches or ASK


def complete(ctx: Context, screen: MessagePart, start: OnboardingButton) -> MessagePart:
    """The screen with the other languages under it and, in a draft, the note about that."""
    here = ctx.localizer.code
    names = [
        ButtonPart(name, _button(start, code).encode())
        for code, name in ctx.language_names()
        if code != here
    ]
    lines, choices = screen.lines, screen.choices
    if ctx.localizer.draft:
        lines = (*lines, ctx.phrase("draft"))
        wrong = ButtonPart(ctx.label("draft", "wrong"), PhraseButton("draft", "wrong").encode())
        choices = (*choices, wrong)
    if here != chat_menu.of_phone(ctx):
        chat_menu.show(ctx)
    return replace(screen, lines=lines, choices=choices, compact=tuple(names))


def named(ctx: Context, way: OnboardingButton, text: str) -> OnboardingButton | None:
    """The button of the language that a typed text names, in whatever tongue."""
    code = typed_choices.typed_language(ctx, text)
    if code is None or code not in ctx.env.languages.codes:
        return None
    return _button(replace(way, path=first_path(way.told_age)), code)


def _button(start: OnboardingButton, code: str) -> OnboardingButton:
    return replace(start, guess=code, choice=SHOW)
