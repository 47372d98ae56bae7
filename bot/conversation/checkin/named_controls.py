"""Finds the control of a question that a text names in another language, or in other words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from bot.conversation import typed_choices
from bot.conversation.context import Context
from bot.i18n.localizer import Languages
from flows.engine import Text
from flows.engine.flow import NOT_NOW, STOP
from flows.engine.replies.control_words import ControlWord, joined
from flows.engine.replies.reply_words import ReplyMeaning
from flows.engine.replies.short_replies import ENGLISH

_PUTS_OFF = (ReplyMeaning.LATER, ReplyMeaning.NOT_TODAY)


def meant(ctx: Context, text: str) -> str | None:
    """The control that a whole message names: by our label in any language, or by another word.

    A word of another language counts only where it is no short reply in this one.
    """
    word, library = joined(text), ctx.env.library
    found = library.choice_meanings.controls.get(word) or _labels(
        ctx.env.languages, tuple(library.phrases.controls.items())
    ).get(word)
    if found is None:
        return None
    code = ctx.localizer.code
    if found.languages.isdisjoint((code, ENGLISH)):
        said = typed_choices.short_reply(ctx, text)
        puts_off = said is not None and said.meaning in _PUTS_OFF and found.control == NOT_NOW
        if said is not None and said.language in (code, ENGLISH) and not puts_off:
            return None
    return found.control


@lru_cache(maxsize=8)
def _labels(
    languages: Languages, controls: tuple[tuple[str, Text], ...]
) -> Mapping[str, ControlWord]:
    """The labels of the controls in every language offered; stopping is heard elsewhere."""
    found: dict[str, ControlWord] = {}
    for code in languages.codes:
        for control, label in controls:
            word = joined(languages[code].text(label))
            known = found.get(word, ControlWord(control, frozenset()))
            if control != STOP and known.control == control:
                found[word] = ControlWord(control, known.languages | {code})
    return found
