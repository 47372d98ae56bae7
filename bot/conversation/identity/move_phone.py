"""Transfer codes that move a participant to another phone: created, parsed, and undone.

Digits, because every language and script has them, they can be said aloud, and on paper they look
like nothing. They work once, for seven days, and only their keyed hash is stored.

A worker may request a code for their own cases, and could then use it as well as the participant.
So after a move by such a code nothing of the earlier answers is shown, on any phone. The chat that
was left is notified in neutral text and can undo it for seven days; because another person may hold
that phone by then, undoing hides the earlier answers too.
"""

from __future__ import annotations

import datetime as dt
import secrets
import unicodedata
from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.next_step import Next
from bot.conversation.safety import opening_line
from bot.domain.participant import Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import OtherReply, phrase_part, text_part

WORKS_FOR = dt.timedelta(days=7)
WAITS_FOR = dt.timedelta(days=1)
"""How long a code that a worker requested waits, unless a yes comes from the old chat before."""
_GROUPS, _EACH = 5, 3
DIGITS = _GROUPS * _EACH
"""49 bits."""
_BETWEEN = frozenset("PZSC")
"""Unicode categories allowed between digits: they are written with spaces, dots or strokes."""


def new_digits() -> str:
    """A code that cannot be guessed."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def grouped(digits: str) -> str:
    """The code as it is shown: five groups of three."""
    return " ".join(digits[at : at + _EACH] for at in range(0, DIGITS, _EACH))


def digits_in(text: str) -> str | None:
    """The code in a text, in any script's digits; None when it is something else."""
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
    """Creates a code for another phone of the participant."""
    digits = new_digits()
    await ctx.uow.identity.issue_transfer_code(participant.id, digits, ctx.now, ctx.now + WORKS_FOR)
    ctx.say("rejoin", {"numbers": grouped(digits), "label": ctx.label("came_back", "ask")})


async def move(ctx: Context, participant: Participant, *, closes: bool) -> None:
    """Moves a participant to this chat; the previous chat is closed, with a neutral notice."""
    stories, now = ctx.uow.identity, ctx.now
    _asked_anew(ctx, participant, closes=closes)
    # On a shared phone its holder is not asked whether it was them: they may be the person who was
    # fled from, and an undo would cut the new phone off on their word alone.
    seen = participant.shared_phone or await stories.shared_by_others(participant)
    left = await stories.move(participant, ctx.update.chat)
    if closes:
        await stories.hide_history(participant.id, now)
    if left is None:
        return
    # Phone privacy at this phone is not known yet, so it counts as shared.
    participant.shared_phone = True
    ctx.uow.participants.save(participant)
    farewell = None if seen else await stories.add_transfer_undo(participant, left, now + WORKS_FOR)
    if seen:
        await stories.no_farewell(participant.id)
    _tell(ctx, participant, left, farewell)


def _asked_anew(ctx: Context, participant: Participant, *, closes: bool) -> None:
    """Invalidates every button of the chat they leave; message ids begin again too."""
    participant.pending_input = None
    ctx.uow.participants.save(participant)
    if participant.open_checkin is not None:
        live = participant.open_checkin
        picks = () if closes else live.session.picks
        live.session = replace(live.session, turn=live.session.turn + 1, picks=picks)
        live.last_answer_message_id = None
        ctx.uow.checkins.save(participant, live, ctx.now)


def _tell(ctx: Context, participant: Participant, chat: int, farewell: int | None) -> None:
    """Notifies a chat that it is closed, without a reason.

    Undone with the button, if it has one.
    """
    localizer, phrases = ctx.env.languages[participant.language], ctx.env.library.phrases
    if farewell is not None:
        part = phrase_part("moved_away", localizer, phrases, about=farewell)
    else:
        part = text_part(phrases["moved_back"].text, localizer)
    ctx.other_replies.append(OtherReply(chat, (part,), supersedes_queue=True))


async def undo(ctx: Context, button: PhraseButton) -> Participant | None:
    """Moves a participant back to the chat they left; the other phone is cut off. None if too late.

    Answers until now are hidden: the holder of this phone may be the person they fled from.
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
) -> Next | None:
    """Greets a returning participant, in their own language and without their answers.

    First whether their earlier answers are hidden, then the question who sees this phone.
    """
    ctx.participant, ctx.language, ctx.onboarding = participant, participant.language, None
    opening_line.is_them(ctx, participant)
    if participant.state is ParticipantState.STOPPED:
        ctx.say_without_buttons("story_stopped")
    if closed:
        ctx.say_without_buttons("story_closed")
    if participant.state is ParticipantState.STOPPED:
        return Next.ONBOARD
    if asks_phone:
        ctx.say("safety")
    ctx.say("story_open")
    return None
