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
from bot.domain.participant import Participant
from bot.messages.builder import phrase_message
from bot.messages.callback_data import PhraseButton
from bot.messages.reply import Message, Reply
from bot.store.crypto.system_keys import new_id
from bot.store.tables import ParticipantState

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


async def issue_code(visit: Context, person: Participant) -> None:
    """Gives somebody numbers for another phone of theirs."""
    digits = new_digits()
    await visit.uow.stories.issue_transfer_code(person.id, digits, visit.now, visit.now + WORKS_FOR)
    visit.say("rejoin", {"numbers": grouped(digits), "label": visit.label("came_back", "ask")})


async def move(visit: Context, person: Participant, *, closes: bool) -> None:
    """Moves a story to this chat; the one it was in is cut off, and told so in neutral words."""
    stories, now = visit.uow.stories, visit.now
    _asked_anew(visit, person, closes=closes)
    # On a phone that others see, whoever holds it is not asked whether it was them: it may be the
    # one who was fled from, and an undo would cut the new phone off on their word alone.
    seen = person.shared_phone or await stories.shared_by_others(person)
    left = await stories.move(person, visit.update.chat)
    if closes:
        await stories.hide_history(person.id, now)
    if left is None:
        return
    # Whoever sees this phone is not known yet, so that it is seen by others.
    person.shared_phone = True
    visit.uow.update_participant(person)
    farewell = None if seen else await stories.add_transfer_undo(person, left, now + WORKS_FOR)
    if seen:
        await stories.no_farewell(person.id)
    _tell(visit, person, left, farewell)


def _asked_anew(visit: Context, person: Participant, *, closes: bool) -> None:
    """Makes every button of the chat they leave an old one; message numbers begin anew too."""
    person.pending_input = {}
    visit.uow.update_participant(person)
    if person.open_checkin is not None:
        live = person.open_checkin
        picks = () if closes else live.session.picks
        live.session = replace(live.session, turn=live.session.turn + 1, picks=picks)
        live.last_answer_message_id = None
        visit.uow.save_checkin(person, live, visit.now)


def _tell(visit: Context, person: Participant, chat: int, farewell: int | None) -> None:
    """Tells a chat that it is closed, without saying why; undone with the button, if it has one."""
    tongue, phrases = visit.env.languages[person.language], visit.env.library.phrases
    if farewell is not None:
        message = phrase_message("moved_away", tongue, phrases, about=farewell)
    else:
        words = tongue.phrase("moved_back")
        message = Message(words, right_to_left=tongue.right_to_left)
    words = tongue.phrase("cleared_words")
    visit.other_replies.append(
        Reply(new_id(), chat, (message,), standalone=True, supersedes_queue=True, blank_text=words)
    )


async def undo(visit: Context, button: PhraseButton) -> Participant | None:
    """Brings a story back to the chat it left; the other phone is cut off. None if too late.

    What was said until now is closed: who holds this phone may be the one they fled from.
    """
    stories, now = visit.uow.stories, visit.now
    person_id = await stories.left_from(button.about, visit.update.chat, now)
    found = await visit.uow.load_by_id([person_id]) if person_id is not None else {}
    person = next(iter(found.values()), None)
    if person is None or person.chat_id == visit.update.chat:
        return None
    if visit.participant is not None:
        await stories.deactivate(visit.participant)
    _asked_anew(visit, person, closes=True)
    left = await stories.move(person, visit.update.chat)
    await stories.hide_history(person.id, now)
    await stories.no_farewell(person.id)
    if left is not None:
        _tell(visit, person, left, None)
    return person


def greeting(visit: Context, person: Participant) -> None:
    """What somebody hears who is back, in their own language and without a word of theirs."""
    visit.participant, visit.language, visit.onboarding = person, person.language, None
    opening_line.is_them(visit, person)
    if person.state is ParticipantState.STOPPED:
        visit.say_without_buttons("story_stopped")
        onboarding.greet(visit)
    else:
        visit.say("story_open")
