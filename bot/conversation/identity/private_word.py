"""Private words, by which a participant returns to their own data on a shared phone.

Only hashes are stored; returning by a word is in `shared_phone`.
"""

from __future__ import annotations

import unicodedata
from itertools import product

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.domain.participant_inputs import AwaitingPrivateWord
from bot.messages.incoming import TextMessage
from flows.engine.normalise import normalise, normalise_letters

SHORTEST, LONGEST = 3, 64
"""Letters; shorter is guessed, and longer is a sentence that is never typed twice alike."""


def ask(ctx: Context, participant: Participant) -> None:
    """Asks for a word; the next text is it."""
    participant.pending_input, participant.pending_since = AwaitingPrivateWord(), ctx.now
    ctx.uow.participants.save(participant)
    ctx.say("word_ask")


def awaits_private_word(ctx: Context) -> bool:
    """Whether the text is to be a new private word."""
    typed = isinstance(ctx.update.content, TextMessage)
    awaited = ctx.participant.pending_input if ctx.participant is not None else None
    return typed and isinstance(awaited, AwaitingPrivateWord)


def discard(ctx: Context, participant: Participant) -> None:
    """Discards the pending word once the participant does something else: an answer is no word."""
    if isinstance(participant.pending_input, AwaitingPrivateWord):
        participant.pending_input = None
        ctx.uow.participants.save(participant)


def usable(ctx: Context, text: str) -> str | None:
    """The word as it is compared, or None: too short, too long, or a keyword."""
    word = kept_form(text)
    if len(word) < SHORTEST or len(normalise(text)) > LONGEST or ctx.keyword:
        return None
    return None if _is_label(ctx, text) else word


def _is_label(ctx: Context, text: str) -> bool:
    """Whether it is a button's label, which another holder of the phone would try first."""
    library, said = ctx.env.library, normalise(text)
    labels = [c.label for flow in library.current.values() for s in flow.steps for c in s.choices]
    for phrase in library.phrases.said.values():
        labels += phrase.choices.values()
    labels += library.phrases.controls.values()
    return any(normalise(ctx.localizer.text(label)) == said for label in labels)


def kept_form(text: str) -> str:
    """A word as it is hashed: letters, digits and their marks only.

    Another keyboard writes another apostrophe or hyphen, a space or an invisible joiner; none of
    them changes which word it is.
    """
    return _letters(normalise(text))


def _letters(text: str) -> str:
    signs = (sign for sign in text if sign not in _APOSTROPHES)  # one counts as a letter
    return "".join(sign for sign in signs if unicodedata.category(sign)[0] in "LNM")


def forms(text: str) -> list[str]:
    """A typed word in every form in which it may have been hashed.

    Hashes of earlier versions were made with the apostrophes, hyphens and spaces of that day.
    """
    before = normalise_letters(text)
    found = [kept_form(text), _letters(before), before]
    for apostrophe, hyphen in product(_APOSTROPHES, _HYPHENS):
        signs = {**dict.fromkeys(_APOSTROPHES, apostrophe), **dict.fromkeys(_HYPHENS, hyphen)}
        found.append("".join(signs.get(sign, sign) for sign in before))
    return list(dict.fromkeys(form for form in found if form))


_APOSTROPHES = ("'", "\u2019", "\u2018", "\u02bc", "`", "\u00b4")
_HYPHENS = ("-", "\u2010", "\u2011", "\u2013", " ")
