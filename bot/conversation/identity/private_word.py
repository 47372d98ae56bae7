"""A private word, by which somebody comes back to their own story on a phone that others use too.

Keeps no word, only what it can be known by; who comes back by one is in `identity_repository`.
"""

from __future__ import annotations

import unicodedata
from itertools import product

from bot.conversation.context import Context
from bot.domain.participant import Participant
from bot.messages.incoming import ButtonPress, Command, TextMessage
from flows.engine.normalise import normalise, normalise_letters

WORD = "word"
SHORTEST, LONGEST = 3, 64
"""Letters; shorter is guessed, and longer is a sentence that nobody types twice alike."""


def ask(ctx: Context, participant: Participant) -> None:
    """Asks for a word; what they type next is it."""
    participant.pending_input, participant.pending_since = {"to": WORD}, ctx.now
    ctx.uow.participants.save(participant)
    ctx.say("word_ask")


def awaits_private_word(ctx: Context) -> bool:
    """Whether the words that have come are to be somebody's private word."""
    typed = isinstance(ctx.update.content, TextMessage)
    return typed and ctx.participant is not None and ctx.participant.pending_input.get("to") == WORD


def let_go(ctx: Context, participant: Participant) -> None:
    """Forgets that a word was waited for once they do something else: an answer is no word."""
    what = ctx.update.content
    if participant.pending_input.get("to") == WORD and (
        ctx.starts or isinstance(what, ButtonPress | Command)
    ):
        participant.pending_input = {}
        ctx.uow.participants.save(participant)


def usable(ctx: Context, text: str) -> str | None:
    """The word as it is compared, or None: too short, too long, or one that does something else."""
    word = kept_form(text)
    if len(word) < SHORTEST or len(normalise(text)) > LONGEST or ctx.keyword:
        return None
    return word


def kept_form(text: str) -> str:
    """A word as its hash is made: letters, digits and their marks only.

    Another keyboard writes another apostrophe or hyphen, a blank or an invisible joiner; none of
    them changes which word it is.
    """
    return _letters(normalise(text))


def _letters(text: str) -> str:
    signs = (sign for sign in text if sign not in _APOSTROPHES)  # one counts as a letter
    return "".join(sign for sign in signs if unicodedata.category(sign)[0] in "LNM")


def forms(text: str) -> list[str]:
    """What was typed, in every form in which a word may have been kept.

    Hashes of earlier versions were made with the apostrophes, hyphens and blanks of that day.
    """
    before = normalise_letters(text)
    found = [kept_form(text), _letters(before), before]
    for apostrophe, hyphen in product(_APOSTROPHES, _HYPHENS):
        signs = {**dict.fromkeys(_APOSTROPHES, apostrophe), **dict.fromkeys(_HYPHENS, hyphen)}
        found.append("".join(signs.get(sign, sign) for sign in before))
    return list(dict.fromkeys(form for form in found if form))


_APOSTROPHES = ("'", "\u2019", "\u2018", "\u02bc", "`", "\u00b4")
_HYPHENS = ("-", "\u2010", "\u2011", "\u2013", " ")
