"""Coming back to a question after a while: nothing typed is taken as its answer unseen.

Under a follow-up, after a pause, and more than a day after the question was asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from bot.conversation import small_talk, typed_choices
from bot.conversation.checkin import not_now, said_when
from bot.conversation.context import Context
from bot.conversation.last_asked import FRESH, LastAsked
from bot.conversation.next_step import Next
from bot.conversation.safety import opening_line
from bot.domain.participant import Checkin, FollowUp, Participant
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.parts import ButtonPart
from flows.engine.replies.reply_words import ReplyMeaning

_FOLLOW_UP, _NOT_NOW, _UNKNOWN = "hello", "not_now", "unknown"
_TAPS = {"carry_on": "open", "not_today": "not_today", "stop": "stop"}
_LATER: Mapping[ReplyMeaning | None, str] = {
    ReplyMeaning.LATER: "tonight",
    ReplyMeaning.NOT_TODAY: "tomorrow",
    ReplyMeaning.NO: "tomorrow",
}


def question_asked_at(ctx: Context, live: Checkin) -> dt.datetime | None:
    """When the open question was last asked, as far as this process knows."""
    known = [live.moved_at]
    if ctx.asked is not None:
        known.append(ctx.asked.question_at)
    return max((at for at in known if at is not None), default=None)


def asks_to_carry_on(asked: LastAsked) -> bool:
    """Whether the last message was the line of `ask_under`."""
    return any(button.phrase == _FOLLOW_UP for button in asked.buttons)


def is_long_ago(ctx: Context, participant: Participant, live: Checkin) -> bool:
    """Whether the open question was asked too long ago for a text to be its answer."""
    at = question_asked_at(ctx, live)
    if at is None:
        return False
    paused_since = participant.state is ParticipantState.PAUSED and at <= participant.moved_at
    return paused_since or ctx.now - at > FRESH


def ask_under(ctx: Context, follow_up: FollowUp) -> None:
    """Asks whether to carry on, with the buttons of the follow-up; nothing is kept."""
    _ask(ctx, {c: PhraseButton(_FOLLOW_UP, taps, follow_up.id) for c, taps in _TAPS.items()})


async def answer(ctx: Context, participant: Participant, live: Checkin, text: str) -> Next | None:
    """Handles a text long after the question: goes on, puts it off, or asks which; keeps none."""
    meaning = typed_choices.meaning_of(ctx, text)
    if meaning is ReplyMeaning.YES:
        return Next.START
    if (said := said_when.read(ctx, text)) is not None:
        await not_now.typed(ctx, participant, live, said)
        return None
    if meaning in _LATER:
        await not_now.chosen(ctx, participant, live, _LATER[meaning])
        return None
    if opening_line.is_phone_shared(ctx, participant):
        ctx.say_without_buttons(small_talk.not_understood(ctx, "unknown_new"))
        opening_line.ask_who(ctx, participant)  # it may be anyone who holds this phone
        return None
    if small_talk.says_farewell(ctx, text):
        return None
    await small_talk.before_question(ctx, text)
    buttons = {
        "carry_on": PhraseButton(_UNKNOWN, "carry_on"),
        "not_today": PhraseButton(_NOT_NOW, "tomorrow", live.id),
        "stop": PhraseButton(_UNKNOWN, "stop"),
    }
    _ask(ctx, buttons)
    return None


def _ask(ctx: Context, buttons: Mapping[str, PhraseButton]) -> None:
    ctx.say_with_buttons(
        "carry_on_ask",
        [ButtonPart(ctx.label("carry_on_ask", c), b.encode()) for c, b in buttons.items()],
    )
