"""Asks gently "Are you safe right now?", where words sound like danger and no list has them.

What they wrote is kept as any other answer, and the next question waits. It is asked once a
check-in, elsewhere once a day. Nothing is stored of what they say to it, except that it was asked.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation import typed_choices
from bot.conversation.checkin import answering, returning
from bot.conversation.context import Context
from bot.conversation.last_asked import FRESH, LastAsked, newer
from bot.conversation.next_step import Next
from bot.conversation.safety import contact_button, danger, opening_line, settings_screen
from bot.conversation.safety import help as helping
from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import AwaitingCorrection
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from bot.messages.incoming import TextMessage, VoiceMessage
from flows.engine.replies.reply_words import ReplyMeaning
from flows.engine.session import SAFETY_ASKED

BUTTONS = ("safety_question", "safety_question_seen")
"""The phrase, and the one for a phone that others see: it says nothing of why it is asked."""
_PIECES_WITHIN = dt.timedelta(seconds=10)
"""The pieces of one thought arrive this close to one another; clocks differ by more at times."""


def is_asked(asked: LastAsked) -> bool:
    """Whether its buttons are the last."""
    return any(button.phrase in BUTTONS for button in asked.buttons)


def asked_at(ctx: Context) -> dt.datetime | None:
    """Since when the question stands: in the open check-in, else under the newest message."""
    if (live := _live(ctx)) is not None:
        return live.session.safety_asked_at
    stored = ctx.participant.last_asked if ctx.participant is not None else None
    # As it is stored by an update of this very batch, too.
    asked = newer(ctx.asked, LastAsked.from_json(stored) if stored else None)
    stands = asked is not None and is_asked(asked) and ctx.now - asked.at <= FRESH
    return asked.at if asked is not None and stands else None


def sounds_like_danger(ctx: Context) -> bool:
    """Whether a text sounds like danger, and something is to be done: not once it was answered."""
    what, model = ctx.update.content, ctx.env.danger_model
    if model is None or not isinstance(what, TextMessage):
        return False
    live = _live(ctx)
    was_asked = ctx.safety_asked if live is None else SAFETY_ASKED in live.session.passed
    if ctx.keyword is not None or ctx.danger is not None:
        return False
    if was_asked and asked_at(ctx) is None:
        return False
    # "Bye", "not really" and "no, I am 15" are understood as what they are.
    age = ctx.env.library.replies.read_age(what.text, ctx.localizer.code)
    understood = age is not None or typed_choices.short_reply(ctx, what.text) is not None
    return not understood and model.may_be_danger(what.text)


def comes_before_it(ctx: Context) -> bool:
    """Whether a message was sent before its sender could have seen the question that stands.

    By the clock, which may be ahead of Telegram's, no answer to it is taken for an earlier piece.
    """
    at, update = asked_at(ctx), ctx.update
    if at is None or ctx.now - at > _PIECES_WITHIN:
        return False
    if _is_of_this_batch(ctx):
        return update.queued_behind
    # Telegram's dates are whole seconds: no one reads and answers within that one.
    return update.sent_at <= at and answered(ctx) is None


def _is_of_this_batch(ctx: Context) -> bool:
    """Whether it was asked in this very batch, in which all happens at one moment."""
    return asked_at(ctx) == ctx.now


def answered(ctx: Context) -> str | None:
    """The choice under the question that a text stands for, while it stands; also "no?"."""
    what = ctx.update.content
    if not isinstance(what, TextMessage) or asked_at(ctx) is None:
        return None
    if _is_of_this_batch(ctx) and ctx.update.queued_behind:
        return None  # sent before it could be read
    asked = ctx.asked
    if ctx.answered_follow_up is not None or (
        asked is not None and asked.buttons and not is_asked(asked)
    ):
        return None  # a hello, or another question, came since: a no is for that
    phrases = ctx.env.library.phrases
    for name in BUTTONS:
        found = typed_choices.typed_choice(ctx, what.text, phrases[name].choices.items())
        if found is not None:
            return found
    read = ctx.env.library.replies.read(what.text, ctx.localizer.code)
    return "unsafe" if read is not None and read.meaning is ReplyMeaning.NO else None


async def asked_by_words(ctx: Context, what: TextMessage | VoiceMessage) -> None:
    """Keeps what they wrote, and asks; answers as danger where it sounds so again."""
    again, early = asked_at(ctx) is not None, comes_before_it(ctx)
    participant, live = ctx.participant, _live(ctx)
    if participant is not None and live is not None and _is_answer(ctx, participant, live):
        await answering.keep(ctx, participant, live, what)
    if early:
        return  # the question is below it in the chat
    if again:
        await danger.answer_unsure(ctx)
    else:
        ask(ctx)


def ask(ctx: Context) -> None:
    """Asks it, as the last message of the reply."""
    participant, live = ctx.participant, _live(ctx)
    seen = danger.is_phone_seen(ctx)
    ctx.say(BUTTONS[seen], about=live.id if live is not None else 0)
    if participant is not None and live is not None:
        live.session = live.session.with_safety_asked(ctx.now)
        ctx.uow.checkins.save(participant, live, ctx.now)


def _live(ctx: Context) -> Checkin | None:
    """The open check-in of a participant who has not stopped."""
    return ctx.participant.open_checkin if ctx.participant is not None else None


def _is_answer(ctx: Context, participant: Participant, live: Checkin) -> bool:
    """Whether a text would be stored as the answer to the open question."""
    return (
        ctx.answered_follow_up is None
        and participant.state is not ParticipantState.STOPPED
        and not returning.is_long_ago(ctx, participant, live)
        and not settings_screen.due(ctx.env.library, participant, live)
    )


# --- its buttons, tapped or typed ----------------------------------------------------------------


async def chosen(ctx: Context, button: PhraseButton) -> Next | None:
    """Handles a tap under it, also long afterwards."""
    if button.choice == "unsafe":
        await danger.answer_unsure(ctx)
        return None
    if button.choice == "numbers":
        heard = contact_button.is_heard(ctx)
        ctx.urgent = True
        ctx.parts.append(helping.said(ctx.safety_localizer, ctx.env, ctx.now, heard=heard))
        return None
    participant, live = ctx.participant, _live(ctx)
    if participant is not None and _may_be_another(ctx, participant, live):
        ctx.say("other_person", about=participant.id)
        return None
    return await _safe(ctx) if button.choice == "safe" else Next.BACK


def _may_be_another(ctx: Context, participant: Participant, live: Checkin | None) -> bool:
    """Whether another person may hold a phone that others see by now."""
    if live is None or ctx.is_identified or not opening_line.is_phone_shared(ctx, participant):
        return False
    return returning.is_long_ago(ctx, participant, live)


async def _safe(ctx: Context) -> Next | None:
    participant, live = ctx.participant, _live(ctx)
    if participant is None or live is None or participant.state is ParticipantState.STOPPED:
        ctx.say_without_buttons("safety_thanks")
        return Next.BACK if ctx.onboarding is not None else None
    held = isinstance(participant.pending_input, AwaitingCorrection)
    if held or danger.pending_text(participant, live) is not None:
        ctx.say_without_buttons("safety_thanks")
        return Next.BACK  # which asks first what is to become of it
    await answering.ask(ctx, participant, live, ctx.phrase("safety_thanks"))
    return None
