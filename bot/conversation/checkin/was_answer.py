"""A stop, a call for help or a greeting that may have been an answer: "quit", "help", "hi".

It was answered as what it is all the same; one button says that it was the answer. A stop is taken
back then, and until the button is tapped nothing is sent or asked.
"""

from __future__ import annotations

import datetime as dt

from bot.conversation.checkin import answering, starting
from bot.conversation.context import Context
from bot.conversation.last_asked import LastAsked
from bot.conversation.next_step import Next
from bot.conversation.safety import contact_request, opening_line, settings_screen
from bot.conversation.safety.help import HELP_ANSWER
from bot.domain.participant import Checkin, Participant
from bot.domain.participant_inputs import PendingSmallTalk, PendingText
from bot.domain.states import ParticipantState
from bot.messages.callback_data import PhraseButton
from flows.engine import Voice, Words

WAITS_FOR = dt.timedelta(days=1)


async def tapped(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Stores what was typed as the answer it was, and takes a stop back."""
    if button.choice == HELP_ANSWER:
        return await _after_help(ctx, participant, button)
    live = participant.open_checkin
    if live is not None:
        await _after_small_talk(ctx, participant, live, button)
        return None
    held = _held(ctx, participant)
    past = next((p for p in participant.checkins if p.id == button.about), None)
    if held is None or past is None or held.checkin_id != past.id:
        ctx.toast_phrase("stale")
        return None
    participant.pending_input = participant.pending_since = None
    stopped_at = participant.moved_at
    # All follow-ups, a reminder too, are as they were: the stop was none.
    await ctx.uow.follow_ups.bring_back(participant, "stop", ctx.now)
    ctx.uow.participants.move(participant, "undo_stop", ctx.now)
    live = starting.reopen(ctx, participant, past)
    ctx.say_without_buttons("stop_undo")
    await contact_request.tell_after_undo(ctx, stopped_at)
    said = Voice(held.voice) if held.voice else Words(held.text or "")
    await answering.store(ctx, participant, live, said)
    return None


async def _after_small_talk(
    ctx: Context, participant: Participant, live: Checkin, button: PhraseButton
) -> None:
    """Stores the greeting, or what it was, that they say was their answer."""
    held = participant.pending_input
    here = (live.id, live.session.step)
    if (
        not isinstance(held, PendingSmallTalk)
        or (held.checkin_id, held.step) != here
        or live.id != button.about
    ):
        ctx.toast_phrase("stale")
        return
    participant.pending_input = participant.pending_since = None
    ctx.uow.participants.save(participant)
    ctx.say_without_buttons("stop_undo")
    await answering.store(ctx, participant, live, Words(held.text))


async def _after_help(ctx: Context, participant: Participant, button: PhraseButton) -> Next | None:
    """Stores the word that was answered with help; only this process remembers it, until now."""
    live, asked = participant.open_checkin, ctx.asked
    if (
        live is None
        or live.id != button.about
        or asked is None
        or not asked.help_word
        or asked.open_question != (live.id, live.session.turn)
        or participant.pending_input is not None
        or _is_followed_up(participant, asked)
        or opening_line.is_phone_shared(ctx, participant)
        or settings_screen.due(ctx.env.library, participant, live)
    ):
        ctx.toast_phrase("stale")
        return Next.RESUME if live is not None and asked is None else None  # a start forgot it
    ctx.say_without_buttons("stop_undo")
    await answering.store(ctx, participant, live, Words(asked.help_word))
    return None


def _is_followed_up(participant: Participant, asked: LastAsked) -> bool:
    """Whether a follow-up, or a pause, came after the question: then it was asked long ago."""
    came, at = participant.last_follow_up_at, asked.question_at
    since = came is not None and at is not None and came > at
    return since or participant.state is ParticipantState.PAUSED


def _held(ctx: Context, participant: Participant) -> PendingText | None:
    held, since = participant.pending_input, participant.pending_since
    if participant.state is not ParticipantState.STOPPED or not isinstance(held, PendingText):
        return None
    fresh = since is not None and ctx.now - since < WAITS_FOR
    return held if fresh and participant.delete_at is None else None
