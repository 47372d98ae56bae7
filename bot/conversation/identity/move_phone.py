"""Numbers that move one person to another phone: made, read as people type them, and undone.

Digits, because every language and script has them, they can be said aloud, and on paper they look
like nothing. They work once, for seven days, and only their keyed hash is kept.

A worker may ask for numbers for their own people, and could then use them as well as the person.
So a story that such numbers have moved shows nothing of what was said before, on any phone. The
chat that was left is told in neutral words and can undo it for seven days; because somebody else
may hold that phone by then, undoing closes the earlier words too.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.onboarding import onboarding
from bot.conversation.safety import opening_line
from bot.domain.ids import new_id
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.messages.builder import phrase_message
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import Message, Reply

WORKS_FOR = dt.timedelta(days=7)
WAITS_FOR = dt.timedelta(days=1)
"""How long numbers that a worker asked for wait, unless a yes comes from the old chat before."""
_GROUPS, _EACH = 5, 3
DIGITS = _GROUPS * _EACH
"""49 bits."""
_BETWEEN = frozenset("PZSC")
"""Kinds of signs that may stand between digits: people write them with blanks, dots or strokes."""


def new_digits() -> str:
    """Numbers nobody can guess."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def grouped(digits: str) -> str:
    """The same as they are shown: five groups of three."""
    return " ".join(digits[at : at + _EACH] for at in range(0, DIGITS, _EACH))


def digits_in(text: str) -> str | None:
    """The numbers in what was typed, in any script's digits; None when it is something else."""
    if len(text) > 4 * DIGITS:
        return None
    digits = ""
    for sign in text:
        if sign.isdecimal():
            digits += str(unicodedata.decimal(sign))
        elif unicodedata.category(sign)[0] not in _BETWEEN:
            return None
    return digits if len(digits) == DIGITS else None


async def issue_code(ctx: Context, participant: Participant) -> None:
    """Gives somebody numbers for another phone of theirs."""
    digits = new_digits()
    await ctx.uow.identity.issue_transfer_code(participant.id, digits, ctx.now, ctx.now + WORKS_FOR)
    ctx.say("rejoin", {"numbers": grouped(digits), "label": ctx.label("came_back", "ask")})


async def move(ctx: Context, participant: Participant, *, closes: bool) -> None:
    """Moves a story to this chat; the one it was in is cut off, and told so in neutral words."""
    stories, now = ctx.uow.identity, ctx.now
    _asked_anew(ctx, participant, closes=closes)
    # On a phone that others see, whoever holds it is not asked whether it was them: it may be the
    # one who was fled from, and an undo would cut the new phone off on their word alone.
    seen = participant.shared_phone or await stories.shared_by_others(participant)
    left = await stories.move(participant, ctx.update.chat)
    if closes:
        await stories.hide_history(participant.id, now)
    if left is None:
        return
    # Whoever sees this phone is not known yet, so that it is seen by others.
    participant.shared_phone = True
    ctx.uow.participants.save(participant)
    farewell = None if seen else await stories.add_transfer_undo(participant, left, now + WORKS_FOR)
    if seen:
        await stories.no_farewell(participant.id)
    _tell(ctx, participant, left, farewell)


def _asked_anew(ctx: Context, participant: Participant, *, closes: bool) -> None:
    """Makes every button of the chat they leave an old one; message numbers begin anew too."""
    participant.pending_input = {}
    ctx.uow.participants.save(participant)
    if participant.open_checkin is not None:
        live = participant.open_checkin
        picks = () if closes else live.session.picks
        live.session = replace(live.session, turn=live.session.turn + 1, picks=picks)
        live.last_answer_message_id = None
        ctx.uow.checkins.save(participant, live, ctx.now)


def _tell(ctx: Context, participant: Participant, chat: int, farewell: int | None) -> None:
    """Tells a chat that it is closed, without saying why; undone with the button, if it has one."""
    localizer, phrases = ctx.env.languages[participant.language], ctx.env.library.phrases
    if farewell is not None:
        message = phrase_message("moved_away", localizer, phrases, about=farewell)
    else:
        words = localizer.phrase("moved_back")
        message = Message(words, right_to_left=localizer.right_to_left)
    words = localizer.phrase("cleared_words")
    ctx.other_replies.append(
        Reply(new_id(), chat, (message,), standalone=True, supersedes_queue=True, blank_text=words)
    )


async def undo(ctx: Context, button: PhraseButton) -> Participant | None:
    """Brings a story back to the chat it left; the other phone is cut off. None if too late.

    What was said until now is closed: who holds this phone may be the one they fled from.
    """
    stories, now = ctx.uow.identity, ctx.now
    person_id = await stories.left_from(button.about, ctx.update.chat, now)
    found = await ctx.uow.participants.load_by_id([person_id]) if person_id is not None else {}
    participant = next(iter(found.values()), None)
    if participant is None or participant.chat_id == ctx.update.chat:
        return None
    if ctx.participant is not None:
        await stories.deactivate(ctx.participant)
    _asked_anew(ctx, participant, closes=True)
    left = await stories.move(participant, ctx.update.chat)
    await stories.hide_history(participant.id, now)
    await stories.no_farewell(participant.id)
    if left is not None:
        _tell(ctx, participant, left, None)
    return participant


def greeting(
    ctx: Context, participant: Participant, *, closed: bool = False, asks_phone: bool = False
) -> None:
    """Greets a participant who is back, in their own language and with none of their answers.

    First says whether what they said before is `closed`, and asks who sees this phone.
    """
    ctx.participant, ctx.language, ctx.onboarding = participant, participant.language, None
    opening_line.is_them(ctx, participant)
    if participant.state is ParticipantState.STOPPED:
        ctx.say_without_buttons("story_stopped")
    if closed:
        ctx.say_without_buttons("story_closed")
    if participant.state is ParticipantState.STOPPED:
        onboarding.greet(ctx)
        return
    if asks_phone:
        ctx.say("safety")
    ctx.say("story_open")
